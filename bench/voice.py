"""What a voice process adds to the model's time, beside a peer and beside a bare relay, on the same wire.

One process each, one after another: the server on the first core; the model, the load and PostgreSQL on the second.
Ours is the whole of it: signed handshakes, the call's row, every turn stored. The peer is Twilio's own framework,
twilio-agent-connect, which keeps nothing. Turns come every 2.6 s, three to four times as often as people talk.
"""

import base64
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet

from app.carriers.addresses import CallAddresses
from app.carriers.signature import sign
from app.dev import ports, processes
from app.dev.occupancy import occupied
from app.dev.processes import ROOT, Threads
from app.dev.services import services
from app.dev.supervisor import supervised
from bench.processes import cpu_seconds, descendants, resident_mb
from bench.report import line, title
from bench.voice_load import Line, Turns, talk

CALLS = (10, 50, 100, 200)
SECONDS = float(os.environ.get("BENCH_VOICE_SECONDS", "15"))
SETTLING_SECONDS = 5.0
PEER = ROOT / "var" / "bench-peers" / "tac"
PEER_PACKAGES = ("twilio-agent-connect==2.5.0", "fastapi", "uvicorn[standard]", "openai")
TOKEN = "bench-token"

Lines = Callable[[int], list[Line]]


def main() -> None:
    title(f"Voice: milliseconds added to the model's 200, {SECONDS:.0f} s for each number of live calls")
    pinned = (os.cpu_count() or 1) > 1 and hasattr(os, "sched_setaffinity")
    if pinned:
        os.sched_setaffinity(0, {1})
    model_port = ports.free()
    with _process([sys.executable, "-m", "bench.voice_model", str(model_port)], model_port):
        control = _null(model_port, pinned)
        ours = _ours(model_port, pinned)
        peer = _peer(model_port, pinned)
        again = _null(model_port, pinned)
    for calls in CALLS:
        print(f"  {calls} live calls")
        _show("bare relay (control), before", control[calls])
        _show("bare relay (control), after", again[calls])
        _show("this hub", ours[calls])
        if peer:
            _show("twilio-agent-connect 2.5.0", peer[calls])
            ratio = ours[calls].cpu / peer[calls].cpu
            line("CPU a turn, this hub : peer", f"{ratio:.2f}")


class Figures:
    """What one server did under one load. CPU in milliseconds a turn, memory in MB."""

    def __init__(self, turns: Turns, spent: "Spent", resident: float) -> None:
        self.turns = turns
        self.cpu = spent.seconds * 1000 / max(turns.between(spent.start_at, spent.end_at), 1)
        self.resident = resident


class Spent(threading.Thread):
    """Processor time of a server while all calls talk: from when they have begun until shortly before they end."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.start_at = self.end_at = self.seconds = 0.0

    def run(self) -> None:
        began = time.monotonic()
        time.sleep(SETTLING_SECONDS)
        self.start_at, before = time.monotonic(), _cpu(self.pid)
        time.sleep(max(began + SECONDS - time.monotonic(), 0))
        self.end_at, self.seconds = time.monotonic(), _cpu(self.pid) - before


def _show(name: str, figures: Figures) -> None:
    turns = figures.turns
    failed = f", {turns.failed} calls failed" if turns.failed else ""
    note = f"p95 {turns.percentile(0.95):.1f} ms, CPU {figures.cpu:.1f} ms a turn, {figures.resident:.0f} MB{failed}"
    line(name, f"p50 {turns.percentile(0.5):.1f} ms", note)


def _null(model_port: int, pinned: bool) -> dict[int, Figures]:
    port = ports.free()
    command = [sys.executable, "-m", "bench.voice_null", str(port), str(model_port)]
    with _process(command, port, pinned=pinned) as pid:
        return _measure(pid, lambda count: [Line(port, "/relay", _sid()) for _ in range(count)])


def _peer(model_port: int, pinned: bool) -> dict[int, Figures] | None:
    if not _peer_installed():
        return None
    port = ports.free()
    command = [str(PEER / "bin" / "python"), str(ROOT / "bench" / "voice_peer.py"), str(port), str(model_port)]
    with _process(command, port, pinned=pinned, TAC_ANALYTICS_DISABLED="true") as pid:
        return _measure(pid, lambda count: [Line(port, "/relay", _sid()) for _ in range(count)])


def _peer_installed() -> bool:
    if not (PEER / "installed").exists():
        print("  installing the peer into a virtual environment of its own …", flush=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=False)
        pip = [str(PEER / "bin" / "python"), "-m", "pip", "install", "-q", *PEER_PACKAGES]
        if made.returncode or subprocess.run(pip, check=False).returncode:
            print("  the peer could not be installed; its rows are left out")
            return False
        (PEER / "installed").touch()
    return True


def _ours(model_port: int, pinned: bool) -> dict[int, Figures]:
    with tempfile.TemporaryDirectory(prefix="mio-bench-") as name, occupied(Path(name)):
        folder = Path(name)
        prepared = services(folder, postgres_port=ports.free(), redis_port=ports.free())
        with supervised(*prepared.programs):
            port = ports.free()
            environment = os.environ | {
                "DATABASE_URL": prepared.database_url,
                "REDIS_URL": prepared.redis_url,
                "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
                "SANDBOX_AUTH_TOKEN": TOKEN,
                "SANDBOX_URL": f"http://127.0.0.1:{model_port}",
                "SANDBOX_CALLBACK_URL": f"http://127.0.0.1:{port}",
                "VOICE_MAX_CALLS": "220",
                "LOG_LEVEL": "WARNING",
            }
            migrate = [sys.executable, "-m", "flask", "--app", "wsgi", "migrate"]
            subprocess.run(migrate, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            hub = processes.hub(
                environment, api_port=0, voice_port=port, sandbox_port=0, threads=Threads(voice=240), log=folder / "log"
            )
            with _process(list(hub.voice.command), port, pinned=pinned, **environment) as pid:
                return _measure(pid, lambda count: _calls(prepared.database_url, port, count))


def _calls(database_url: str, port: int, count: int) -> list[Line]:
    """Calls that the carrier has just connected, and the signed addresses of their relays."""
    found = []
    with psycopg.connect(database_url) as connection:
        account = uuid.uuid4()
        connection.execute(
            "INSERT INTO account (id, name, phone_number) VALUES (%s, 'Bench', '+15550000000')", (account,)
        )
        for number in range(count):
            call, sid = uuid.uuid4(), _sid()
            connection.execute(
                "INSERT INTO call (id, account_id, mode, status, to_number, from_number, instructions, first_message,"
                " dial_state, carrier_sid) VALUES (%s, %s, 'test', 'in-progress', %s, '+15550100100',"
                " 'Answer all questions.', 'Hello!', 'dialled', %s)",
                (call, account, f"+1555{number:07d}", sid),
            )
            at = CallAddresses(f"http://127.0.0.1:{port}", "test", call)
            header = _signature(at.relay)
            found.append(Line(port, at.path("relay"), sid, {"X-Twilio-Signature": header}))
    return found


def _signature(url: str) -> str:
    return base64.b64encode(sign(TOKEN, url, {})).decode()


def _measure(pid: int, lines: Lines) -> dict[int, Figures]:
    talk(lines(5), 4)
    found = {}
    for calls in CALLS:
        prepared, spent = lines(calls), Spent(pid)
        spent.start()
        turns = talk(prepared, SECONDS)
        spent.join()
        found[calls] = Figures(turns, spent, _resident(pid))
    return found


@contextmanager
def _process(command: list[str], port: int, *, pinned: bool = False, **environment: str) -> Iterator[int]:
    """A server on the first core (if `pinned`), once it listens; its process id."""
    usual = os.sched_getaffinity(0) if pinned else set()
    if pinned:
        os.sched_setaffinity(0, {0})
    process = subprocess.Popen(command, env=os.environ | environment, cwd=ROOT)
    if pinned:
        os.sched_setaffinity(0, usual)
    try:
        until = time.monotonic() + 30
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command} does not listen")
            time.sleep(0.05)
        time.sleep(1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    return ports.taken(port)


def _family(pid: int) -> list[int]:
    return [pid, *descendants(pid)]


def _cpu(pid: int) -> float:
    return sum(map(cpu_seconds, _family(pid)))


def _resident(pid: int) -> float:
    return max(map(resident_mb, _family(pid)))


def _sid() -> str:
    return "CA" + secrets.token_hex(16)


if __name__ == "__main__":
    main()

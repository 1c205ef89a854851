"""A whole hub: the API, the voice process, the sandbox and the worker as real processes, with a PostgreSQL database
and a Redis of their own."""

import http.client
import json
import os
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import psycopg
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from app.accounts.keys import digest, new_key, prefix
from app.config import Mode, Settings
from app.dev import ports, processes
from app.dev.children import Child
from app.dev.guard import Guard
from app.dev.redis import redis

Found = TypeVar("Found")

OVER = ("completed", "no-answer", "busy", "failed", "canceled")
SANDBOX_TOKEN = "5a" * 16


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    json: Any


@dataclass(frozen=True, slots=True)
class Holder:
    """An account of the hub's with a key for each mode."""

    id: uuid.UUID
    test_key: str
    live_key: str


class Hub:
    """`url`, `voice_url` and `sandbox_url` are where its servers listen; `settings` is what its processes run with."""

    def __init__(self, database_url: str, folder: Path, **changes: Any) -> None:
        api, voice, sandbox, bell = (ports.free() for _ in range(4))
        self.url, self.voice_url, self.sandbox_url = (f"http://127.0.0.1:{port}" for port in (api, voice, sandbox))
        prepared = redis(folder, bell)
        self.settings = _settings(self, database_url, prepared.url, changes)
        parts = processes.hub(
            os.environ | _environment(self.settings),
            api_port=api,
            voice_port=voice,
            sandbox_port=sandbox,
            threads=processes.Threads(),
            log=folder / "log",
        )
        programs = (prepared.program, parts.sandbox, parts.voice, parts.api, parts.worker)
        self._programs = {program.name: program for program in programs}
        self._children: dict[str, Child] = {}
        self._guard = Guard()
        self.connect()

    # Its processes

    def __enter__(self) -> Self:
        self.start(*self._programs)
        return self

    def __exit__(self, *_: object) -> None:
        for stage in (("worker",), ("api", "voice", "sandbox"), ("redis",)):
            self.stop(*stage)
        self._guard.dismiss()
        self._database.close()

    def start(self, *names: str) -> None:
        """Start some of redis, sandbox, voice, api and worker, and wait until they serve."""
        for name in names:
            self._children[name] = Child(self._programs[name])
            self._tell_guard()
        for name in names:
            wait_until(self._children[name].ready, seconds=60)

    def stop(self, *names: str) -> None:
        """Stop some of them as an operator would, and wait until they are gone."""
        running = [child for name in names if (child := self._children.pop(name, None))]
        for child in running:
            child.ask_to_stop()
        for child in running:
            wait_until(lambda child=child: child.exit_code is not None, seconds=30)  # type: ignore[misc]
        self._tell_guard()

    def restore(self) -> None:
        """Start what was stopped or killed and not started again."""
        self.start(*(name for name in self._programs if name not in self._children))

    def kill(self, name: str) -> None:
        """SIGKILL a process and all that it started, at one stroke."""
        self.send_signal(name, signal.SIGKILL)
        self._children.pop(name).kill()
        self._tell_guard()

    def send_signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and all that it started."""
        os.killpg(self._children[name].pid, number)

    def kill_worker(self) -> None:
        self.kill("worker")

    def start_worker(self) -> None:
        self.start("worker")

    def stop_redis(self) -> None:
        self.stop("redis")

    def start_redis(self) -> None:
        self.start("redis")

    def log(self, name: str) -> str:
        """What a process has printed."""
        return self._programs[name].log.read_text()

    # Its API

    def account(self, *, balance: int = 500, unmetered: bool = False) -> Holder:
        """A new account that may make live calls, with its keys."""
        holder = Holder(uuid.uuid4(), new_key("test"), new_key("live"))
        self.rows(
            "INSERT INTO account (id, name, phone_number, balance, unmetered, caller_name, terms_accepted_at)"
            " VALUES (%s, 'Jane', '+15551234567', %s, %s, 'Jane', now())",
            (holder.id, balance, unmetered),
        )
        if balance:
            self.rows(
                "INSERT INTO ledger_entry (account_id, kind, balance_change, held_change) VALUES (%s, 'credit', %s, 0)",
                (holder.id, balance),
            )
        modes: dict[Mode, str] = {"test": holder.test_key, "live": holder.live_key}
        for mode, key in modes.items():
            self.rows(
                "INSERT INTO api_key (id, account_id, mode, prefix, hash) VALUES (%s, %s, %s, %s, %s)",
                (uuid.uuid4(), holder.id, mode, prefix(key), digest(key)),
            )
        return holder

    def ask(
        self, method: str, path: str, key: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request to /api/v1, on a connection of its own."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=40)
        given = {"X-API-Key": key, "Content-Type": "application/json"} | dict(headers or {})
        try:
            connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), given)
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers.items()), json.loads(response.read()))
        finally:
            connection.close()

    def get(self, path: str, key: str) -> Answer:
        return self.ask("GET", path, key)

    def post(self, path: str, body: Any, key: str) -> Answer:
        return self.ask("POST", path, key, body)

    def put(self, path: str, body: Any, key: str) -> Answer:
        return self.ask("PUT", path, key, body)

    def call(self, key: str, phone_number: str = "+15552000001", **fields: Any) -> dict[str, Any]:
        """Place a call; the call object."""
        body = {"phoneNumber": phone_number, "instructions": "Ask for the opening hours."} | fields
        answer = self.post("/calls", body, key)
        assert answer.status == 201, answer
        placed: dict[str, Any] = answer.json
        return placed

    def wait_call(self, call_id: str, key: str, *statuses: str, seconds: float = 30) -> dict[str, Any]:
        """The call as soon as it has one of the statuses; without any, as soon as it has ended."""
        wanted = statuses or OVER

        def reached() -> dict[str, Any] | None:
            call: dict[str, Any] = self.get(f"/calls/{call_id}", key).json
            return call if call["status"] in wanted else None

        return wait_until(reached, seconds=seconds)

    def webhook(self, url: str, key: str, **fields: Any) -> dict[str, Any]:
        """Register a webhook; its object, with the secret."""
        answer = self.post("/webhooks", {"url": url} | fields, key)
        assert answer.status == 201, answer
        made: dict[str, Any] = answer.json
        return made

    # Its database

    def connect(self) -> None:
        """Connect to the database; again, when it was started again."""
        self._database = psycopg.connect(self.settings.database_url, autocommit=True, row_factory=dict_row)

    def rows(self, sql: str, parameters: Any = ()) -> list[dict[str, Any]]:
        """Run one statement, committed at once; its rows, if it has any."""
        cursor = self._database.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []

    def _tell_guard(self) -> None:
        self._guard.watch([[(signal.SIGTERM, child.pid) for child in reversed(self._children.values())]])


def wait_until(look: Callable[[], Found | None], *, seconds: float = 10, every: float = 0.02) -> Found:
    """What `look` finds, as soon as it is neither None nor False. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(every)
    raise TimeoutError(f"Not within {seconds} s: {look}")


@contextmanager
def running_hub(database_url: str, **changes: Any) -> Iterator[Hub]:
    """A hub on an empty, migrated database, with other settings where `changes` names them."""
    with tempfile.TemporaryDirectory(prefix="mio-hub-") as name:
        folder = Path(name)
        (folder / "log").mkdir()
        with Hub(database_url, folder, **changes) as hub:
            yield hub


def _settings(hub: Hub, database_url: str, redis_url: str, changes: Mapping[str, Any]) -> Settings:
    """Times short enough for tests. Live calls, too, go to the sandbox, which cannot be told from the real carrier."""
    values: dict[str, Any] = {
        "database_url": database_url,
        "redis_url": redis_url,
        "encryption_keys": Fernet.generate_key().decode(),
        "public_url": hub.voice_url,
        "api_public_url": hub.url,
        "twilio_account_sid": "AC" + "5a" * 16,
        "twilio_auth_token": SANDBOX_TOKEN,
        "twilio_from_number": "+15559876543",
        "twilio_base_url": hub.sandbox_url,
        "openai_api_key": SANDBOX_TOKEN,
        "openai_base_url": f"{hub.sandbox_url}/v1",
        "sandbox_url": hub.sandbox_url,
        "sandbox_callback_url": hub.voice_url,
        "sandbox_auth_token": SANDBOX_TOKEN,
        "sandbox_speed": 40.0,
        "silence_seconds": 10.0,
        "model_stall_seconds": 2.0,
        "requests_per_second": 10_000,
        "account_concurrent_calls": 100,
        "account_calls_per_second": 100,
        "carrier_calls_per_second": 100,
        "callee_daily_calls": 1000,
        "doubt_seconds": 3.0,
        "lease_seconds": 3.0,
        "silent_after_seconds": 3.0,
        "webhook_allow_http_loopback": True,
        "webhook_retry_scale": 0.02,
        "crm_retry_scale": 0.02,
        "crm_timeout_seconds": 3.0,
        "database_pool": 8,
    }
    return Settings(**values | dict(changes))


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables."""
    values = {field.name.upper(): getattr(settings, field.name) for field in fields(settings)}
    return {name: str(int(value) if isinstance(value, bool) else value) for name, value in values.items()}

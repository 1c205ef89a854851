"""A PostgreSQL of a test's own, with durable commits as in production, that can be stopped and crashed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.fernet import Fernet

from app.dev import ports
from app.dev.children import Child, Program
from app.dev.guard import Guard
from app.dev.postgres import postgres
from app.dev.processes import ROOT
from tests.hub import wait_until
from tests.services import state


class OwnPostgres:
    """`url` is that of its database, which has the hub's tables."""

    def __init__(self, program: Program, url: str) -> None:
        self.url = url
        self._program = program
        self._guard = Guard()
        self.start()

    def start(self) -> None:
        self._child = Child(self._program)
        self._guard.watch([[(self._program.stop_signal, self._child.pid)]])
        wait_until(self._child.ready, seconds=30)

    def stop(self) -> None:
        """As an operator would: sessions are ended, what was committed is kept."""
        self._end(self._program.stop_signal)

    def crash(self) -> None:
        """Its immediate shutdown: every process is gone at once, nothing is flushed, the next start recovers."""
        self._end(signal.SIGQUIT)

    def close(self) -> None:
        self.stop()
        self._guard.dismiss()

    def _end(self, number: signal.Signals) -> None:
        if self._child.exit_code is None:
            os.kill(self._child.pid, number)
        wait_until(lambda: self._child.exit_code is not None, seconds=30)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    with state() as folder:
        prepared = postgres(folder, ports.free(), durable=True)
        server = OwnPostgres(prepared.program, prepared.url)
        try:
            _migrate(server.url)
            yield server
        finally:
            server.close()


def _migrate(url: str) -> None:
    """By the operator's command."""
    settings = {
        "DATABASE_URL": url,
        "REDIS_URL": "redis://127.0.0.1",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "migrate"]
    subprocess.run(command, env=os.environ | settings, cwd=ROOT, check=True, capture_output=True)

"""A program that is run as a child, and the child it becomes."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.dev.errors import CannotStart

LOG_LINES: Final = 15
LOG_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How to start, recognise and stop one program.

    `ready` is given the process id and says whether the program serves. `user` is (uid, gid) where it must not be
    ours. What it prints goes to `log`, of at most about `log_bytes`; `stdin` is what it reads.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    ready: Callable[[int], bool]
    stdin: str = ""
    user: tuple[int, int] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    log_bytes: int = LOG_BYTES


class Child:
    """A running program. It has a session of its own, so that Ctrl-C in the terminal reaches only its supervisor."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.started_at = time.monotonic()
        self._process = _spawn(program)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def ready(self) -> bool:
        """Whether it serves. Raises CannotStart, with the last lines of its log, when it has ended instead."""
        if self.exit_code is not None:
            raise CannotStart(f"{self.program.name} ended with code {self.exit_code}.\n{last_words(self.program)}")
        return self.program.ready(self.pid)

    def ask_to_stop(self) -> None:
        if self.exit_code is None:
            self._process.send_signal(self.program.stop_signal)

    def kill(self) -> None:
        """End it, and what it started, at once."""
        if self.exit_code is None:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def last_words(program: Program) -> str:
    """The last lines of a program's log, indented, and where the rest is."""
    lines = program.log.read_text(errors="replace").splitlines()[-LOG_LINES:] if program.log.exists() else []
    return "\n".join([*(f"  {line}" for line in lines), f"  (more in {program.log})"])


def turn_log(program: Program) -> None:
    """Begin a log anew that has grown too long; what it held is kept beside it, in place of what was kept before.

    The program goes on writing to the same file, at its end: it was opened for appending.
    """
    if program.log.exists() and program.log.stat().st_size > program.log_bytes:
        shutil.copyfile(program.log, program.log.with_suffix(".log.1"))
        os.truncate(program.log, 0)


def _spawn(program: Program) -> subprocess.Popen[bytes]:
    uid, gid = program.user or (None, None)
    with program.log.open("ab") as log:
        process = subprocess.Popen(
            program.command,
            env=dict(program.environment),
            cwd=program.folder,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
        )
    assert process.stdin is not None  # noqa: S101 - it was made with a pipe
    with suppress(BrokenPipeError), process.stdin as pipe:  # who ends at once is found out by `ready`
        pipe.write(program.stdin.encode())
    return process

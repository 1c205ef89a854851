"""Applications of the tests, served by gunicorn as the hub's are."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from app.dev import ports
from app.dev.processes import ROOT, healthy
from tests.hub import wait_until


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens; `log` is what it and its workers print."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def served(
    application: str, log: Path, *, threads: int, worker: str = "app.processes.serving.Worker", **more: str
) -> Iterator[Served]:
    """The application of a module; `more` are variables of its environment. It is stopped at the end of the block."""
    port = ports.free()
    options: Mapping[str, str] = {
        "--worker-class": worker,
        "--threads": str(threads),
        "--bind": f"127.0.0.1:{port}",
        "--keep-alive": "30",
        "--graceful-timeout": "3",
    }
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", *chain(*options.items()), application]
    with log.open("wb") as output, subprocess.Popen(command, cwd=ROOT, env=os.environ | more, stderr=output) as process:
        try:
            wait_until(lambda: healthy(port), seconds=40)
            yield Served(port, process, log)
        finally:
            process.terminate()
            process.wait(timeout=20)

"""The hub's own processes as programs: the API, the voice process, the sandbox and the worker."""

import http.client
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.dev.children import Program
from app.dev.ports import HOST

ROOT: Final = Path(__file__).parents[2]
_GRACE_SECONDS: Final = 3
_KEEP_ALIVE_SECONDS: Final = 75


@dataclass(frozen=True, slots=True)
class Hub:
    """The programs of one hub that share an environment."""

    api: Program
    voice: Program
    sandbox: Program
    worker: Program


def hub(
    environment: Mapping[str, str], *, api_port: int, voice_port: int, sandbox_port: int, threads: "Threads", log: Path
) -> Hub:
    """The processes on their ports; what they print goes to files in the folder `log`."""

    def server(name: str, port: int, application: str, count: int) -> Program:
        command = _gunicorn(application, port, count)
        return _program(name, command, environment, log, ready=lambda _: healthy(port))

    return Hub(
        api=server("api", api_port, "wsgi:app", threads.api),
        voice=server("voice", voice_port, "wsgi:voice", threads.voice),
        sandbox=server("sandbox", sandbox_port, "wsgi:sandbox", threads.sandbox),
        worker=_program("worker", (sys.executable, "worker.py"), environment, log, ready=lambda _: True),
    )


@dataclass(frozen=True, slots=True)
class Threads:
    """How many requests each server answers at once. A live call holds one of the voice process's."""

    api: int = 16
    voice: int = 128
    sandbox: int = 128


def healthy(port: int) -> bool:
    """Whether the server on this port answers /healthz with 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _gunicorn(application: str, port: int, threads: int) -> tuple[str, ...]:
    options = {
        "--bind": f"{HOST}:{port}",
        "--worker-class": "app.processes.serving.Worker",
        "--workers": "1",
        "--threads": str(threads),
        "--keep-alive": str(_KEEP_ALIVE_SECONDS),
        "--graceful-timeout": str(_GRACE_SECONDS),
        "--log-level": "warning",
    }
    flat = (part for option in options.items() for part in option)
    return (sys.executable, "-m", "gunicorn", "--no-control-socket", *flat, application)


def _program(
    name: str, command: tuple[str, ...], environment: Mapping[str, str], log: Path, ready: Callable[[int], bool]
) -> Program:
    return Program(
        name=name, command=command, environment=environment, folder=ROOT, log=log / f"{name}.log", ready=ready
    )

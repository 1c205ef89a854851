"""The ports of `make run`: which are taken, and by which setting another is chosen."""

import errno
import socket
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.dev.errors import CannotStart

HOST = "127.0.0.1"
_TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Port:
    """A port, what it is for, and the environment variable that changes it."""

    number: int
    purpose: str
    setting: str


def read(environment: Mapping[str, str], setting: str, purpose: str, default: int) -> Port:
    """The port named by `setting`. Raises CannotStart when it is not a port number."""
    text = environment.get(setting, "").strip() or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise CannotStart(f"{setting}={text!r} is not a port: use a whole number from 1 to 65535.")
    return Port(int(text), purpose, setting)


def require_free(ports: Iterable[Port]) -> None:
    """Raises CannotStart naming every port that cannot be used, with a command that chooses others."""
    wanted = list(ports)
    shared = Counter(port.number for port in wanted)
    obstacles = {port: "chosen twice" if shared[port.number] > 1 else obstacle(port.number) for port in wanted}
    blocked = [port for port in wanted if obstacles[port]]
    if not blocked:
        return
    words = "\n".join(
        f"  port {port.number} ({port.purpose}) is {obstacles[port]}; {port.setting} chooses another"
        for port in blocked
    )
    command = " ".join(f"{port.setting}={other}" for port, other in zip(blocked, _others(wanted, blocked), strict=True))
    raise CannotStart(f"Not every port can be used:\n{words}\nFor example:\n  {command} make run")


def obstacle(number: int) -> str | None:
    """Why the port cannot be listened on, if so: something on this machine does, or the system keeps it from us."""
    with socket.socket() as probe:
        if probe.connect_ex((HOST, number)) == 0:
            return _TAKEN
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError as error:
            return reason(error)
    return None


def reason(error: OSError) -> str:
    """Why a port could not be bound, as the end of "the port is …"."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "not for ordinary users (most systems keep those below 1024 for root)"
    return _TAKEN if error.errno == errno.EADDRINUSE else f"not to be had ({error.strerror})"


def taken(number: int) -> bool:
    """Whether the port cannot be listened on, for whatever reason."""
    return obstacle(number) is not None


def free() -> int:
    """A port that nothing uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _others(wanted: list[Port], blocked: list[Port]) -> list[int]:
    used = {port.number for port in wanted}
    found: list[int] = []
    for port in blocked:
        number = next(n for n in _candidates(port.number) if n not in used and not taken(n))
        used.add(number)
        found.append(number)
    return found


def _candidates(number: int) -> Iterable[int]:
    yield from range(number + 100, 65536, 100)
    yield from range(number - 100, 1024, -100)
    yield from range(20000, 65536)

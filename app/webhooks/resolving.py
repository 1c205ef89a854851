"""Host names to addresses, by c-ares: no thread waits for a name, so names that never answer hold up nobody.

One question a name is under way at a time, whoever waits for it; answers are kept for as long as they say, within
bounds. Callbacks come on c-ares's own thread.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from socket import SOCK_STREAM
from typing import Any, Final

import pycares
from pycares import errno

TRY_SECONDS: Final = 2.0
TRIES: Final = 2
SHORTEST_KEPT: Final = 5.0
LONGEST_KEPT: Final = 60.0
FAILURE_KEPT: Final = 2.0
MOST_KEPT: Final = 10_000
MOST_ASKED: Final = 2_000
HEALTHY_SECONDS: Final = 60.0

# Whoever asks learns nothing of the name from these: the answer was not to be had.
_NO_ANSWER: Final = frozenset({errno.ARES_ETIMEOUT, errno.ARES_ESERVFAIL, errno.ARES_EREFUSED})
_OURS: Final = frozenset(
    {errno.ARES_ECONNREFUSED, errno.ARES_ENOMEM, errno.ARES_EFILE, errno.ARES_ECANCELLED, errno.ARES_EDESTRUCTION}
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The addresses of a name; none, and `problem`, when it has none. `ours` tells that our resolver failed."""

    addresses: tuple[str, ...]
    problem: str | None = None
    ours: bool = False


Told = Callable[[Resolved], None]
BUSY: Final = Resolved((), "too many names are being looked up", ours=True)


class Resolver:
    """The system's resolvers, or `servers` (`address:port`). From any thread."""

    def __init__(self, servers: Sequence[str] | None = None) -> None:
        self._channel = pycares.Channel(timeout=TRY_SECONDS, tries=TRIES, servers=servers)
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Resolved, float]] = {}
        self._asked: dict[str, list[Told]] = {}
        self._answered_at = -HEALTHY_SECONDS

    def known(self, host: str) -> Resolved | None:
        """What was learnt of a name a short while ago, without asking anybody."""
        kept = self._known.get(host)
        return kept[0] if kept is not None and time.monotonic() < kept[1] else None

    def ask(self, host: str, told: Told) -> None:
        """Have `told` called with the addresses of a name, from another thread or at once."""
        with self._lock:
            waiting = self._asked.get(host)
            if waiting is not None:
                waiting.append(told)
                return
            full = len(self._asked) >= MOST_ASKED
            if not full:
                self._asked[host] = [told]
        if full:
            told(BUSY)
            return
        try:
            self._channel.getaddrinfo(
                host, None, type=SOCK_STREAM, callback=lambda found, error: self._hear(host, found, error)
            )
        except (ValueError, pycares.AresError) as problem:
            self._tell(host, Resolved((), f"the name cannot be looked up: {problem}"), FAILURE_KEPT)

    def close(self) -> None:
        self._channel.close()

    def _hear(self, host: str, found: Any, error: int | None) -> None:
        if error is not None:
            self._tell(host, self._failure(error), FAILURE_KEPT)
            return
        self._answered_at = time.monotonic()
        addresses = tuple(dict.fromkeys(node.addr[0].decode() for node in found.nodes))
        kept = min((node.ttl for node in found.nodes), default=0)
        self._tell(host, Resolved(addresses), min(max(kept, SHORTEST_KEPT), LONGEST_KEPT))

    def _failure(self, error: int) -> Resolved:
        """A resolver that has answered for other names lately works: then the silence is the name's own."""
        said = _text(errno.strerror(error))
        if error in _NO_ANSWER:
            healthy = time.monotonic() - self._answered_at < HEALTHY_SECONDS
            return Resolved((), f"the name was not resolved: {said}", ours=not healthy)
        if error not in _OURS:
            self._answered_at = time.monotonic()
        return Resolved((), f"the name was not resolved: {said}", ours=error in _OURS)

    def _tell(self, host: str, resolved: Resolved, seconds: float) -> None:
        with self._lock:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[host] = (resolved, time.monotonic() + seconds)
            waiting = self._asked.pop(host, [])
        for told in waiting:
            told(resolved)


def _text(said: str | bytes) -> str:
    return said.decode("latin-1") if isinstance(said, bytes) else said

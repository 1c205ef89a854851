"""One viewer of a live page: its socket, and what it has not been told yet."""

import random
import socket
import time
from contextlib import suppress
from typing import Final

FOLD_SECONDS: Final = 0.1  # what changes within it after something was written is written together
HEARTBEAT_SECONDS: Final = 15.0  # proxies hang up on who is silent for a minute
STALLED_SECONDS: Final = 20.0  # without reading what was written
SEND_BUFFER: Final = 16 * 1024  # bytes that the system keeps for one who does not read
RETRY_MS: Final = (1000, 4000)  # when browsers come again: not all of them at once


class Viewer:
    """`account` and `topics` say what it hears of; it is shown out at `until`, and waits to be written to until
    `ready_at` (on the monotonic clock).

    What waits is bounded: a topic that has not been written yet is written once, however often it changes meanwhile.
    """

    def __init__(self, sock: socket.socket, account: str, topics: frozenset[str], head: bytes, until: float) -> None:
        self.socket = sock
        self.account = account
        self.topics = topics
        self.ready_at = 0.0
        self._until = until
        self._unsent = head + f"retry: {random.randint(*RETRY_MS)}\n\n".encode()  # noqa: S311 - spreads load
        self._due: dict[str, None] = {}
        self._moved_at = time.monotonic()
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def tell(self, topic: str) -> None:
        """Have a topic written soon."""
        self._due[topic] = None

    def turn(self, state: str, *, within: float) -> None:
        """Have this written instead of all that waits, at some moment of the next seconds."""
        self._due = {state: None}
        self.ready_at = time.monotonic() + random.uniform(0, within)  # noqa: S311 - spreads load

    def write(self) -> bool:
        """Write what waits as far as it goes; whether there is something left. Raises OSError for one who is gone."""
        while self._unsent or self._due:
            if not self._unsent:
                self._unsent = "".join(f"data: {topic}\n\n" for topic in self._due).encode()
                self._due = {}
                self.ready_at = time.monotonic() + FOLD_SECONDS
            try:
                sent = self.socket.send(self._unsent)
            except BlockingIOError:
                return True
            self._unsent = self._unsent[sent:]
            self._moved_at = time.monotonic()
        return False

    def over(self, moment: float) -> bool:
        """Whether its time is over, or it has not read for too long."""
        return moment >= self._until or (bool(self._unsent) and moment - self._moved_at >= STALLED_SECONDS)

    def beat(self, moment: float) -> bool:
        """Whether a comment is to be written, as it has heard nothing for a while."""
        if self._unsent or moment - self._moved_at < HEARTBEAT_SECONDS:
            return False
        self._unsent = b":\n\n"
        return True

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

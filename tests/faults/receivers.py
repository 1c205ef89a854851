"""Receivers of every temper on one port: what they saw of each request, and what they answered."""

import asyncio
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, NamedTuple, Self


class Reply(NamedTuple):
    """A status, given `after` seconds, and the Retry-After header."""

    status: int
    after: float = 0.0
    retry_after: int | None = None


@dataclass(slots=True)
class Seen:
    """A request as it came; header names in small letters, times by the clock that PostgreSQL uses too.

    `status` is what the receiver makes of it, None where it stays silent; `answered_at` is when it said so.
    """

    temper: str
    headers: dict[str, str]
    body: bytes
    at: float
    status: int | None = None
    retry_after: int | None = None
    answered_at: float | None = None

    @property
    def delivery(self) -> str:
        return self.headers["x-mio-delivery"]

    @property
    def accepted(self) -> bool:
        return self.status == 204


# What each temper says to the first, second, … request of a delivery; None never answers.
_TEMPERS: Final[dict[str, Callable[[int], Reply | None]]] = {
    "prompt": lambda _: Reply(204),
    "slow": lambda _: Reply(204, after=random.uniform(0.05, 0.2)),
    "flaky": lambda turn: Reply(204) if turn > 2 else Reply(500),
    "limited": lambda turn: Reply(204) if turn > 1 else Reply(429, retry_after=1),
    "silent": lambda _: None,
    "broken": lambda _: Reply(500),
}
HEALTHY: Final = ("prompt", "slow", "flaky", "limited")
HOPELESS: Final = ("silent", "broken", "refused")


class Receivers:
    """Listen on 127.0.0.1 while the block lasts, on a thread of their own."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.turns: Counter[str] = Counter()
        self.held: list[Callable[[], None]] | None = None
        self.loop = asyncio.new_event_loop()
        self.open: set[asyncio.Transport] = set()
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self.loop.run_forever, name="receivers", daemon=True)
        self._socket, self._refusing = _bound(), _bound()

    def url(self, temper: str) -> str:
        port = (self._refusing if temper == "refused" else self._socket).getsockname()[1]
        return f"http://127.0.0.1:{port}/{temper}"

    def __enter__(self) -> Self:
        self._thread.start()
        self.serve(self._socket)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._hang_up)
        self._thread.join()
        self.loop.close()
        self._refusing.close()

    def serve(self, listening: socket.socket) -> None:
        """Answer on one more socket."""
        made = self.loop.create_server(lambda: _Conversation(self), sock=listening, backlog=1024)
        self._servers.append(asyncio.run_coroutine_threadsafe(made, self.loop).result())

    def forget(self) -> None:
        self.seen.clear()
        self.turns.clear()

    @contextmanager
    def holding(self) -> Iterator[list[Callable[[], None]]]:
        """Requests are taken and not answered before the block ends; gives the answers that wait."""
        held: list[Callable[[], None]] = []
        self.held = held
        try:
            yield held
        finally:
            self.held = None
            for answer in held:
                self.loop.call_soon_threadsafe(answer)

    @contextmanager
    def shut(self) -> Iterator[str]:
        """A prompt receiver with whom nobody gets a connection before the block ends; gives its URL."""
        door = _bound()
        door.listen(0)
        crowd = list(_crowd(door.getsockname()))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/prompt"
        finally:
            for one in crowd:
                one.close()
            self.serve(door)

    def _hang_up(self) -> None:
        for server in self._servers:
            server.close()
        for transport in self.open:
            transport.abort()
        self.loop.call_soon(self.loop.stop)  # after what hanging up has put in line


class _Conversation(asyncio.Protocol):
    """A connection that is kept alive: one request after the other."""

    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._receivers.open.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._receivers.open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, rest = self._read.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers["content-length"])
        if len(rest) >= length:
            self._read = rest[length:]
            self._take(Seen(first.split()[1].strip("/"), headers, rest[:length], time.time()))

    def _take(self, seen: Seen) -> None:
        receivers = self._receivers
        receivers.seen.append(seen)
        receivers.turns[seen.delivery] += 1
        reply = _TEMPERS[seen.temper](receivers.turns[seen.delivery])
        if reply is None:
            return
        seen.status, seen.retry_after = reply.status, reply.retry_after
        if receivers.held is not None:
            receivers.held.append(lambda: self._answer(seen, reply))
        elif reply.after:
            receivers.loop.call_later(reply.after, self._answer, seen, reply)
        else:
            self._answer(seen, reply)

    def _answer(self, seen: Seen, reply: Reply) -> None:
        if self._transport.is_closing():
            return
        seen.answered_at = time.time()
        wait = f"Retry-After: {reply.retry_after}\r\n" if reply.retry_after else ""
        self._transport.write(f"HTTP/1.1 {reply.status} .\r\n{wait}Content-Length: 0\r\n\r\n".encode())


def _bound() -> socket.socket:
    """A socket with a port of its own that does not listen yet: whoever comes is refused."""
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    return made


def _crowd(address: tuple[str, int]) -> Iterator[socket.socket]:
    """Connections until the queue of a socket that nobody accepts from is full, and one more that waits in vain."""
    connected = True
    while connected:
        one = socket.socket()
        one.settimeout(0.2)
        connected = False
        with suppress(TimeoutError):
            one.connect(address)
            connected = True
        yield one

"""Receivers that cost little: one process, HTTP by hand, and the moment at which each event came."""

import asyncio
import multiprocessing
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final

HOST: Final = "127.0.0.1"
ANSWER: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
_MARK: Final = b'"call":{"id":"'  # the call's id tells events apart; the body begins with it
_MARK_LENGTH: Final = 36
_LENGTH: Final = b"content-length:"

Arrivals = dict[str, float]


class Receiver:
    """Its process: `ports` answer 204 after the delay that was set last, `silent` ports take and never answer."""

    def __init__(self, *, count: int, silent: int = 0) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_main, args=(theirs, count, silent), daemon=True)
        self._process.start()
        theirs.close()
        ports: list[int] = self._pipe.recv()
        self.ports, self.silent = ports[:count], ports[count:]

    def delay(self, seconds: float) -> None:
        """Answer so much later from now on."""
        self._ask("delay", seconds)

    def count(self) -> int:
        """How many different events came since the last `take`."""
        return int(self._ask("count"))

    def take(self) -> Arrivals:
        """When each event came first, on the monotonic clock, since the last time."""
        arrivals: Arrivals = self._ask("take")
        return arrivals

    def close(self) -> None:
        self._pipe.close()
        self._process.join()

    def _ask(self, *order: object) -> Any:
        self._pipe.send(order)
        return self._pipe.recv()


class _Book:
    """What came, and how late answers are."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.arrivals: Arrivals = {}

    def obey(self, name: str, seconds: float = 0.0) -> object:
        if name == "delay":
            self.delay = seconds
        if name == "count":
            return len(self.arrivals)
        arrivals = self.arrivals
        if name == "take":
            self.arrivals = {}
        return arrivals if name == "take" else None


class _Line(asyncio.Protocol):
    """One connection; requests follow each other on it."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        moment = time.monotonic()
        data = self._received + data
        while (end := data.find(b"\r\n\r\n") + 4) > 3:
            whole = end + _length(data[:end])
            if len(data) < whole:
                break
            self._take(data[end:whole], moment)
            data = data[whole:]
        self._received = data

    def _take(self, body: bytes, moment: float) -> None:
        start = body.find(_MARK) + len(_MARK)
        self._book.arrivals.setdefault(body[start : start + _MARK_LENGTH].decode(), moment)
        if self._book.delay:
            asyncio.get_running_loop().call_later(self._book.delay, self._transport.write, ANSWER)
        else:
            self._transport.write(ANSWER)


def _length(head: bytes) -> int:
    head = head.lower()
    start = head.index(_LENGTH) + len(_LENGTH)
    return int(head[start : head.index(b"\r\n", start)])


def _main(pipe: Connection, count: int, silent: int) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 20_000), most))
    asyncio.run(_serve(pipe, count, silent))


async def _serve(pipe: Connection, count: int, silent: int) -> None:
    loop, book, closed = asyncio.get_running_loop(), _Book(), asyncio.Event()
    kinds: list[Callable[[], asyncio.Protocol]] = [lambda: _Line(book)] * count + [asyncio.Protocol] * silent
    servers = [await loop.create_server(kind, HOST, 0, backlog=1024) for kind in kinds]

    def obey() -> None:
        try:
            pipe.send(book.obey(*pipe.recv()))
        except EOFError:
            closed.set()

    loop.add_reader(pipe.fileno(), obey)
    pipe.send([server.sockets[0].getsockname()[1] for server in servers])
    await closed.wait()

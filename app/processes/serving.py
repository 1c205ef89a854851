"""The worker class of gunicorn that every server runs with: threads that no slow client can hold.

gunicorn's own threaded worker waits for the rest of a request without a limit, five seconds on a thread for its first
byte, on the thread that accepts connections for a client to close, and without a limit for an answer to be read.
Whoever opens as many connections as there are threads would stop the server. What an application does with a request
(a long poll, a WebSocket) has no limit here. An answer may take its connection along (`handing_over.py`): the worker
knows nothing of it from then on.
"""

import json
import time
from functools import partial
from selectors import EVENT_READ
from socket import socket
from types import FrameType
from typing import Any, Final
from wsgiref.types import WSGIApplication

from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from app.processes.crowd import Crowd
from app.processes.handing_over import Taking, handing_over
from app.processes.sending import WRITE_SECONDS, Outgoing
from app.web.taking import Keeper

READ_SECONDS: Final = 10.0  # for all the waiting for one request, its head and its body
CROWDED_SECONDS: Final = 1.0  # likewise, while too many threads wait
LINGER_SECONDS: Final = 1.0  # for a client to close after its last answer, which a reset would cut
LONGEST_LINE: Final = 8190  # bytes of method and address: a URL of 2,000 characters fits in as a parameter

# What is refused before it is a request, told as the API tells errors: status, reason, code and sentence.
REFUSALS: Final = {
    LimitRequestLine: (414, "URI Too Long", "address_too_long", f"The address is longer than {LONGEST_LINE:,} bytes."),
    LimitRequestHeaders: (431, "Request Header Fields Too Large", "headers_too_large", "The headers are too large."),
}


class Reader(SocketUnreader):  # type: ignore[misc]
    """Reads requests from a socket. Raises NoMoreData, as for a client that has gone, when one is too slow."""

    def __init__(self, sock: socket, crowd: Crowd, seconds: float) -> None:
        super().__init__(sock)
        self._crowd = crowd
        self._seconds = seconds
        self._waited = 0.0

    def begin(self) -> None:
        """The next request may take its own time."""
        self._waited = 0.0

    def chunk(self, size_hint: int | None = None) -> bytes:
        before = self.sock.gettimeout()
        try:
            with self._crowd:
                return self._next(size_hint)
        finally:
            self.sock.settimeout(before)

    def _next(self, size_hint: int | None) -> bytes:
        while self._patient():
            began = time.monotonic()
            self.sock.settimeout(min(CROWDED_SECONDS, self._seconds - self._waited))
            try:
                read: bytes = super().chunk(size_hint)
                return read
            except TimeoutError:
                continue
            finally:
                self._waited += time.monotonic() - began
        raise NoMoreData

    def _patient(self) -> bool:
        return self._waited < self._seconds and not (self._crowd.full and self._waited >= CROWDED_SECONDS)


class Connection(TConn):  # type: ignore[misc]
    """One client, over all its requests."""

    def __init__(self, *arguments: Any, crowd: Crowd, seconds: float) -> None:
        super().__init__(*arguments)
        self.taken = False
        self._crowd = crowd
        self._seconds = seconds

    def init(self) -> None:
        """Make ready for the next request; called on its thread."""
        self.sock.begin()
        if self.initialized:
            self.parser.unreader.begin()
        else:
            super().init()
            self.parser.unreader = Reader(self.sock, self._crowd, self._seconds)

    def part(self) -> None:
        """Close after the last answer; on a thread, as this may wait for the client."""
        with self._crowd:
            util.close_graceful(self.sock, timeout=0 if self._crowd.full else LINGER_SECONDS)

    def close(self, graceful: bool = False) -> None:
        """Close at once, be it for the second time. Whoever has taken the socket closes it."""
        if not self.taken:
            util.close(self.sock)


class Worker(ThreadWorker):  # type: ignore[misc]
    """`--worker-class app.processes.serving.Worker`"""

    read_seconds = READ_SECONDS
    write_seconds = WRITE_SECONDS

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.cfg.set("limit_request_line", LONGEST_LINE)
        self.cfg.set("sendfile", False)  # it waits for the client in its own way
        self._crowd = Crowd(max(self.cfg.threads // 8, 1))
        self._keepers: set[Keeper] = set()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi: WSGIApplication = handing_over(self.app.wsgi())

    def run(self) -> None:
        super().run()
        self._end_taken()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop. What was taken ends at once: its clients come again, to whoever serves then."""
        if self.alive:
            self.method_queue.defer(self._end_taken)
        super().handle_exit(sig, frame)

    def _end_taken(self) -> None:
        for keeper in tuple(self._keepers):
            keeper.close()

    def accept(self, listener: socket) -> None:
        """Take a connection; it gets a thread when its first byte is there."""
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        sock = Outgoing(sock, self._crowd, self.write_seconds)
        made = Connection(self.cfg, sock, client, listener.getsockname(), crowd=self._crowd, seconds=self.read_seconds)
        made.timeout = time.monotonic() + self.read_seconds
        self.pending_conns.append(made)
        self.poller.register(made.sock, EVENT_READ, partial(self.on_pending_socket_readable, made))

    def handle(self, conn: Connection) -> object:
        kept = super().handle(conn)
        if not kept and not conn.taken:
            conn.part()
        return kept

    def handle_request(self, req: object, conn: Connection) -> object:
        try:
            return super().handle_request(req, conn)
        except Taking as taking:
            self._keepers.add(taking.taker.keeper)
            taking.taker.take(conn.sock, taking.head)
            conn.taken = True
            return False

    def handle_error(self, req: object, client: socket, addr: object, exc: BaseException) -> None:
        """Answer what cannot be served."""
        refusal = REFUSALS.get(type(exc))
        if refusal is None:
            super().handle_error(req, client, addr, exc)
            return
        status, reason, code, sentence = refusal
        body = json.dumps({"error": sentence, "code": code})
        head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        self.log.info("refused: %s", reason)
        util.write_nonblock(client, f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())

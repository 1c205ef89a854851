"""A carrier's HTTP server that answers as it is told, byte by byte if need be, and keeps what it was asked."""

import json
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Asked:
    """One request: `form` holds the values of a POST's body or of a GET's query; `port` is the client's."""

    method: str
    path: str
    form: dict[str, list[str]]
    authorization: str
    port: int


@dataclass
class Script:
    """The answers to come, in order, and the requests so far."""

    base_url: str = ""
    answers: deque[Answer] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def then(self, *answers: Answer) -> "Script":
        self.answers.extend(answers)
        return self


def says(status: int, body: object, **headers: str) -> Answer:
    """A JSON answer, or with `str` any text."""
    text = body if isinstance(body, str) else json.dumps(body)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(text.encode())

    return answer


def problem(status: int, code: int, **headers: str) -> Answer:
    """An error as Twilio words it."""
    body = {"code": code, "message": "No.", "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return says(status, body, **headers)


def raw(data: bytes) -> Answer:
    """These bytes, and the end of the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return answer


def resets(handler: BaseHTTPRequestHandler) -> None:
    """The connection is reset once the request has been read."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def says_nothing(script: Script) -> Answer:
    """Silence until the test is over."""
    return lambda _: script.over.wait() and None


@contextmanager
def scripted() -> Iterator[Script]:
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            script.asked.append(
                Asked(
                    self.command,
                    url.path,
                    parse_qs(body if self.command == "POST" else url.query),
                    self.headers.get("Authorization", ""),
                    self.client_address[1],
                )
            )
            script.answers.popleft()(self)

        do_GET = do_POST = _answer

        def finish(self) -> None:
            if self.connection.fileno() != -1:
                super().finish()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.base_url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield script
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()

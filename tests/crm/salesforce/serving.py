"""An HTTP server that can be away for a while, and can lose an answer on its way."""

import json
import socket
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Answered:
    """`content` is sent as JSON, None as nothing. With `lost` the connection is broken instead."""

    status: int
    content: Any
    retry_after: int | None = None
    lost: bool = False


class Served:
    """Listens at `url` while the block lasts, and not between `down` and `up`."""

    def __init__(self) -> None:
        self._server = self._listening(0)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._listens = False

    def __enter__(self) -> Self:
        self._serve()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def down(self) -> None:
        if self._listens:
            self._server.shutdown()
            self._server.server_close()
            self._listens = False

    def up(self) -> None:
        if not self._listens:
            self._server = self._listening(self._server.server_port)
            self._serve()

    def answer(self, method: str, target: str, bearer: str, body: bytes) -> Answered:
        raise NotImplementedError

    def _listening(self, port: int) -> ThreadingHTTPServer:
        return _Server(("127.0.0.1", port), _handler(self))

    def _serve(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self._listens = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # many ask at once


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            bearer = (self.headers["Authorization"] or "").removeprefix("Bearer ")
            answered = served.answer(self.command, self.path, bearer, body)
            if answered.lost:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            data = b"" if answered.content is None else json.dumps(answered.content).encode()
            self.send_response(answered.status)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(data)))
            if answered.retry_after is not None:
                self.send_header("Retry-After", str(answered.retry_after))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler

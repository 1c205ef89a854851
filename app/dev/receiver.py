"""A webhook's receiver as a customer would write it: it verifies signatures by the API document alone."""

import hashlib
import hmac
import json
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from app.dev.ports import HOST

PATH: Final = "/webhook"
_LONGEST_BODY: Final = 4 * 1024 * 1024
_OLDEST_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Receipt:
    """One request as it came, and whether its signature is right."""

    headers: Mapping[str, str]
    body: bytes
    genuine: bool

    @property
    def event(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


def genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether X-Mio-Signature is HMAC-SHA256(secret, "{timestamp}.{body}") and not older than five minutes."""
    timestamp = headers.get("X-Mio-Timestamp", "")
    if not timestamp.isdigit() or abs(now - int(timestamp)) > _OLDEST_SECONDS:
        return False
    expected = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, headers.get("X-Mio-Signature", ""))


class Receiver:
    """Listens on 127.0.0.1 in a thread of its own; what came waits in `receipts`."""

    def __init__(self, port: int) -> None:
        self.receipts: queue.SimpleQueue[Receipt] = queue.SimpleQueue()
        self.secret = ""
        self._server = ThreadingHTTPServer((HOST, port), _handler(self))
        threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_port}{PATH}"

    def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Note a request; whether it is genuine."""
        receipt = Receipt(headers, body, genuine(self.secret, headers, body, time.time()))
        self.receipts.put(receipt)
        return receipt.genuine

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != PATH or not length.isdigit() or int(length) > _LONGEST_BODY:
                self.send_error(404)
                return
            taken = receiver.take(dict(self.headers.items()), self.rfile.read(int(length)))
            self.send_response(204 if taken else 401)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the terminal shows what came."""

    return Handler

"""HubSpot's module behind real HTTP, as the hub's inbound route asks it, with Arrivals that are kept in lists."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from app.crm.hubspot.platform import HubSpot
from app.crm.platform import Inbound, Reply
from app.errors import AppError, InvalidRequest, NotFound, Unauthenticated
from tests.crm.hubspot.lines import Kept

_STATUSES = {InvalidRequest: 400, Unauthenticated: 401, NotFound: 404}


class Asked:
    """Listens while the block lasts; `down` makes it fail as a hub without its database does."""

    def __init__(self, hubspot: HubSpot, kept: Kept) -> None:
        self.down = False
        self._hubspot, self._kept = hubspot, kept
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        if self.down:
            return Reply(503)
        parts = urlsplit(target)
        request = Inbound(method, self.url + target, headers, body, dict(parse_qsl(parts.query)))
        try:
            return self._hubspot.receive(parts.path.removeprefix("/crm/hubspot/"), request, self._kept)
        except AppError as refused:
            return Reply(_STATUSES[type(refused)], json.dumps(refused.told()).encode())


def _handler(asked: Asked) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = asked.answer(self.command, self.path, headers, body)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler

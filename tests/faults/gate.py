"""A gate on the way from the hub to the sandbox: tests do something at the very moment a request passes."""

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

Step = Callable[[], None]


@dataclass(slots=True)
class Plan:
    """What to do, once, when a request whose path ends so comes by: before it goes on, or before its answer returns."""

    path: str
    before: Step | None = None
    after: Step | None = None


class Gate:
    """Forwards everything to `target`, which is set once the sandbox's address is known."""

    def __init__(self) -> None:
        self.target = ""
        self._plans: list[Plan] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def once(self, path: str, *, before: Step | None = None, after: Step | None = None) -> None:
        with self._lock:
            self._plans.append(Plan(path, before, after))

    def plan_for(self, path: str) -> Plan | None:
        with self._lock:
            found = next((plan for plan in self._plans if path.endswith(plan.path)), None)
            if found:
                self._plans.remove(found)
            return found


def _handler(gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass()

        def do_POST(self) -> None:
            plan = gate.plan_for(self.path)
            if plan and plan.before:
                plan.before()
            self._pass(plan.after if plan else None)

        def _pass(self, after: Step | None = None) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            onward = http.client.HTTPConnection(urlsplit(gate.target).netloc, timeout=30)
            try:
                onward.request(self.command, self.path, body, headers)
                answer = onward.getresponse()
                content = answer.read()
            finally:
                onward.close()
            if after:
                after()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler

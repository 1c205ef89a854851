"""A real HTTP server between a connector and the hub: it counts what passes, and fails as a test tells it to."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

OF_ITS_CONNECTION = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Passed:
    """One request of a connector's; header names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answers:
    """An answer in place of the hub's."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Loses:
    """The hub gets the request, unless `before`; the connector's connection ends without an answer."""

    before: bool = False


@dataclass(frozen=True, slots=True)
class Holds:
    """Neither an answer nor an end, for so long; then it passes, or the connection ends."""

    seconds: float
    passes: bool = False


Fault = Answers | Loses | Holds | None


class Between:
    """Listens on 127.0.0.1 while the block lasts. `fault` says what becomes of each request; None lets it pass."""

    def __init__(self, hub_url: str, fault: Callable[[Passed], Fault] = lambda _: None) -> None:
        self.fault = fault
        self.passed: list[Passed] = []
        self._hub = urlsplit(hub_url).netloc
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _serving(self))
        self._server.daemon_threads = True
        self._over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def requests(self) -> list[str]:
        return [f"{passed.method} {passed.path.split('?')[0]}" for passed in self.passed]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, passed: Passed) -> Answers | None:
        """What the connector gets; None for no answer."""
        self.passed.append(passed)
        fault = self.fault(passed)
        if isinstance(fault, Answers):
            return fault
        if isinstance(fault, Holds):
            self._over.wait(fault.seconds)
            return self._of_the_hub(passed) if fault.passes else None
        if isinstance(fault, Loses) and fault.before:
            return None
        answer = self._of_the_hub(passed)
        return None if isinstance(fault, Loses) else answer

    def _of_the_hub(self, passed: Passed) -> Answers:
        connection = HTTPConnection(self._hub, timeout=40)
        connection.request(passed.method, passed.path, passed.body, {**passed.headers, "connection": "close"})
        response = connection.getresponse()
        headers = {name: value for name, value in response.getheaders() if name.lower() not in OF_ITS_CONNECTION}
        answer = Answers(response.status, headers, response.read())
        connection.close()
        return answer


def _serving(between: Between) -> type[BaseHTTPRequestHandler]:
    class Serving(BaseHTTPRequestHandler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items() if name.lower() != "host"}
            answer = between.answer(Passed(self.command, self.path, headers, body))
            self.close_connection = True
            if answer is None:
                return
            self.send_response(answer.status)
            for name, value in ({**answer.headers, "Content-Length": str(len(answer.body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = _pass

        def log_message(self, *_: object) -> None:
            pass

    return Serving

"""Hand a connection over to an answer that takes it along: see `app.web.taking`.

That is offered on plain connections with HTTP/1 alone.
"""

import ssl
from collections.abc import Callable, Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gunicorn.util import http_date

from app.web.taking import HANDS_OVER, Taker

_OURS: Final = frozenset({"connection", "date", "keep-alive", "transfer-encoding"})


class Taking(Exception):
    """Raised instead of an answer that can be written."""

    def __init__(self, taker: Taker, head: bytes) -> None:
        super().__init__(taker)
        self.taker = taker
        self.head = head


def handing_over(application: WSGIApplication) -> WSGIApplication:
    """The same application, but that Taking is raised for an answer of its that takes the connection."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            begun[:] = status, headers
            return start_response(status, headers, *more)

        environ[HANDS_OVER] = _plain(environ)
        answer = application(environ, start)
        if isinstance(answer, Taker):
            raise Taking(answer, _head(*begun))
        return answer

    return serve


def _plain(environ: WSGIEnvironment) -> bool:
    return environ.get("HTTP_VERSION") != "2" and not isinstance(environ.get("gunicorn.socket"), ssl.SSLSocket)


def _head(status: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """A response that ends with its connection."""
    theirs = [(name, value) for name, value in headers if name.lower() not in _OURS]
    lines = [f"{name}: {value}" for name, value in (("Date", http_date()), ("Connection", "close"), *theirs)]
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode("latin-1")

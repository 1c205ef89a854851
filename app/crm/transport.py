"""One HTTP request to a CRM: a deadline over all of it, an answer of bounded size, no redirects and no cookies.

A time-out of `requests` is for each read, so a server that drips would hold a thread for ever: what has not ended by
the deadline is cut off at its socket.
"""

import socket
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ConnectionError, ConnectTimeout, ContentDecodingError, Timeout
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from app.crm.failures import Later, Refused

MOST_ANSWER: Final = 8 * 1024 * 1024  # bytes; an object of Salesforce's with 800 fields is described in 3 MB
_CHUNK: Final = 16 * 1024
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back; header names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def vetted(url: str, hosts: Iterable[str]) -> str:
    """`url`, if it is one of these `hosts` (see `Settings.crm_hosts`), over https or on this machine.

    Raises Refused: what is asked for would send a token where it does not belong.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    known = any(host == one or (one.startswith(".") and host.endswith(one)) for one in hosts)
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not known or not safe or parts.username is not None:
        raise Refused(f"{parts.scheme}://{host} is not an address that this hub takes for the CRM's.")
    return url


def send(method: str, url: str, *, headers: Mapping[str, str], data: bytes | None, seconds: float) -> Heard:
    """Ask, and read the answer, within `seconds`. Raises Later, and Refused for an answer that is too large."""
    deadline = _Deadline(seconds)
    _thread.deadline = deadline
    try:
        return _heard(method, url, dict(headers), data, seconds)
    except (ConnectionError, Timeout, ChunkedEncodingError, ContentDecodingError) as error:
        raise _later(error, deadline, seconds) from None
    finally:
        deadline.over()
        if deadline.passed:
            _thread.session.close()


def _heard(method: str, url: str, headers: dict[str, str], data: bytes | None, seconds: float) -> Heard:
    with _session().request(
        method, url, headers=headers, data=data, timeout=seconds, stream=True, allow_redirects=False
    ) as response:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > MOST_ANSWER:
                raise Refused(f"The answer is larger than {MOST_ANSWER // 1024:,} KiB.", response.status_code)
        if _thread.deadline.passed:  # an answer without a length looks whole when it is cut off
            raise Timeout
        found = {name.lower(): value for name, value in response.headers.items()}
        return Heard(response.status_code, found, bytes(body))


def _later(error: requests.RequestException, deadline: "_Deadline", seconds: float) -> Later:
    if isinstance(error, ConnectTimeout) or isinstance(_reason(error), NewConnectionError):
        return Later("No connection could be made.", perhaps_done=False)
    if deadline.passed or isinstance(error, Timeout):
        return Later(f"There was no whole answer within {seconds:g} seconds.")
    if isinstance(error, requests.exceptions.SSLError):
        return Later("No secure connection could be made: the certificate or its TLS is not accepted.")
    return Later("The connection broke before the answer was there.")


def _reason(error: requests.RequestException) -> object:
    return getattr(error.args[0], "reason", None) if error.args else None


class _Deadline:
    """Shuts down the socket that a request uses when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self.socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True
        self._timer.start()

    def over(self) -> None:
        self._timer.cancel()

    def _pass(self) -> None:
        self.passed = True
        if self.socket is not None:
            with suppress(OSError):  # it is closed already
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)  # also beneath TLS, which may be reading


class _Thread(threading.local):
    """Each thread has a session of its own: they are not made to be shared."""

    session: requests.Session
    deadline: _Deadline


_thread: Final = _Thread()


def _session() -> requests.Session:
    if not hasattr(_thread, "session"):
        session = requests.Session()
        session.trust_env = False  # a .netrc would replace our Authorization
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # connections share it
        session.headers = {"User-Agent": "Mio-Hub", "Accept": "application/json", "Accept-Encoding": "identity"}
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Adapter())
        _thread.session = session
    return _thread.session


class _Watched:
    """A connection whose socket the deadline of its thread's request can shut down."""

    sock: socket.socket | None

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        _thread.deadline.socket = self.sock

    def request(self, *given: Any, **named: Any) -> None:
        _thread.deadline.socket = self.sock
        super().request(*given, **named)  # type: ignore[misc]


class _Http(_Watched, HTTPConnection): ...


class _Https(_Watched, HTTPSConnection): ...


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

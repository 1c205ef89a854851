"""One POST of an attempt, by libcurl: a deadline for the whole of it, vetted addresses, a bounded answer."""

import errno
import functools
import io
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import certifi
import pycurl

from app.webhooks.guard import may_dial
from app.webhooks.resolving import NameNotResolved, Resolver

ANSWER_BYTES: Final = 16 * 1024
KEPT_CHARACTERS: Final = 2000

# libcurl's error numbers to our classes; https://curl.se/libcurl/c/libcurl-errors.html
_ERRORS: Final = {
    pycurl.E_COULDNT_RESOLVE_HOST: "dns",
    pycurl.E_COULDNT_CONNECT: "refused",
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_PEER_FAILED_VERIFICATION: "tls",
    pycurl.E_GOT_NOTHING: "reset",
    pycurl.E_RECV_ERROR: "reset",
    pycurl.E_SEND_ERROR: "reset",
    pycurl.E_PARTIAL_FILE: "reset",
}
_NO_ROUTE: Final = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt: `error` is None for a 2xx; `retry_after` in seconds where the receiver gave one.

    `ours` marks a failure on our side (no route, the resolver down): it never counts against the receiver.
    """

    status_code: int | None
    error: str | None
    detail: str | None
    duration_ms: int
    address: str | None = None
    answer: str | None = None
    retry_after: float | None = None
    ours: bool = False

    @property
    def delivered(self) -> bool:
        return self.error is None


class Poster:
    """Sends attempts from any thread. Loopback may be dialled only where the setting allows it."""

    def __init__(self, *, timeout_seconds: float, allow_loopback: bool, resolver: Resolver | None = None) -> None:
        self._timeout = timeout_seconds
        self._allow_loopback = allow_loopback
        self._resolver = resolver or Resolver()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """POST once: no redirects, no proxy, TLS verified, `timeout_seconds` from name look-up to last byte."""
        started = time.monotonic()
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            addresses = self._resolver.addresses(host, port, self._timeout)
        except NameNotResolved as error:
            return Outcome(None, "dns", str(error), _since(started), ours=error.ours)
        except UnicodeError:
            return Outcome(None, "dns", "the host is no valid name", _since(started))
        safe = [address for address in addresses if may_dial(address, allow_loopback=self._allow_loopback)]
        if not safe or len(safe) < len(addresses):
            return Outcome(None, "blocked_address", "the name leads to a private or reserved address", _since(started))
        left = self._timeout - (time.monotonic() - started)
        return self._send(url, f"{host}:{port}:{','.join(_bracketed(a) for a in safe)}", headers, body, started, left)

    def _send(
        self, url: str, pin: str, headers: Mapping[str, str], body: bytes, started: float, left: float
    ) -> Outcome:
        answer, curl = _Answer(), pycurl.Curl()
        try:
            curl.setopt(pycurl.URL, url)
            curl.setopt(pycurl.RESOLVE, [pin])
            curl.setopt(pycurl.OPENSOCKETFUNCTION, functools.partial(self._open_socket, answer))
            curl.setopt(pycurl.TIMEOUT_MS, max(int(left * 1000), 1))
            curl.setopt(pycurl.NOSIGNAL, 1)
            curl.setopt(pycurl.PROXY, "")
            curl.setopt(pycurl.CAINFO, certifi.where())
            curl.setopt(pycurl.FOLLOWLOCATION, 0)
            curl.setopt(pycurl.POSTFIELDS, body)
            curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in headers.items()] + ["Expect:"])
            curl.setopt(pycurl.WRITEFUNCTION, answer.write)
            curl.setopt(pycurl.HEADERFUNCTION, answer.header)
            try:
                curl.perform()
            except pycurl.error as failure:
                answer.failed(*failure.args, os_error=int(curl.getinfo(pycurl.OS_ERRNO)))
            address = str(curl.getinfo(pycurl.PRIMARY_IP)) or None
        finally:
            curl.close()
        return answer.outcome(_since(started), address)

    def _open_socket(
        self, answer: "_Answer", _purpose: int, address: tuple[int, int, int, tuple[str, int]]
    ) -> socket.socket | int:
        """The last look at the address that is really dialled."""
        family, kind, protocol, place = address
        if not may_dial(place[0], allow_loopback=self._allow_loopback):
            answer.blocked = True
            return pycurl.SOCKET_BAD
        return socket.socket(family, kind, protocol)


class _Answer:
    """What the receiver said, up to a bound, and what went wrong."""

    def __init__(self) -> None:
        self.blocked = False
        self._status: int | None = None
        self._retry_after: float | None = None
        self._body = io.BytesIO()
        self._cut = False
        self._error: str | None = None
        self._detail: str | None = None
        self._ours = False

    def header(self, line: bytes) -> None:
        if line.startswith(b"HTTP/"):
            words = line.split(None, 2)
            self._status = int(words[1]) if len(words) > 1 and words[1].isdigit() else None
        elif line.lower().startswith(b"retry-after:"):
            value = line.partition(b":")[2].strip()
            self._retry_after = float(value[:9]) if value.isdigit() else None

    def write(self, data: bytes) -> int:
        self._body.write(data[: ANSWER_BYTES - self._body.tell()])
        self._cut = self._body.tell() >= ANSWER_BYTES
        return 0 if self._cut else len(data)

    def failed(self, number: int, detail: str, *, os_error: int) -> None:
        if number == pycurl.E_WRITE_ERROR and self._cut:
            return  # we have read all we want
        self._detail = detail
        if self.blocked:
            self._error = "blocked_address"
        elif number == pycurl.E_COULDNT_CONNECT and os_error in _NO_ROUTE:
            self._error, self._ours = "no_route", True
        else:
            self._error = _ERRORS.get(number, "reset")

    def outcome(self, duration_ms: int, address: str | None) -> Outcome:
        text = self._body.getvalue().decode("utf-8", "replace").replace("\x00", "")[:KEPT_CHARACTERS] or None
        error, detail = self._error, self._detail
        if error is None and self._status is None:
            error, detail = "reset", "the answer was not HTTP"
        elif error is None and self._status is not None and not 200 <= self._status < 300:
            error, detail = f"http_{self._status // 100}xx", f"answered {self._status}"
        return Outcome(self._status, error, detail, duration_ms, address, text, self._retry_after, self._ours)


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address

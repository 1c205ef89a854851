"""One POST by libcurl: its options, a bounded answer, and what came of it.

A deadline holds for the whole, from the first connect to the last byte; there are no redirects and no proxy; TLS is
verified; the address that is really dialled is looked at once more; the answer is read up to a bound, decoded.
"""

import errno
import socket
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Final

import certifi
import pycurl

from app.text import storable
from app.times import now
from app.webhooks.guard import Reach
from app.webhooks.outcome import Outcome, Phases

ANSWER_BYTES: Final = 16 * 1024
KEPT_CHARACTERS: Final = 2000
IDLE_CONNECTION_SECONDS: Final = 60
LONGEST_CONNECTION_SECONDS: Final = 600

# libcurl's error numbers to our classes; https://curl.se/libcurl/c/libcurl-errors.html
_ERRORS: Final = {
    pycurl.E_COULDNT_RESOLVE_HOST: "dns",
    pycurl.E_COULDNT_CONNECT: "refused",
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_PEER_FAILED_VERIFICATION: "tls",
    pycurl.E_SEND_FAIL_REWIND: "reset",
    pycurl.E_GOT_NOTHING: "reset",
    pycurl.E_RECV_ERROR: "reset",
    pycurl.E_SEND_ERROR: "reset",
    pycurl.E_PARTIAL_FILE: "reset",
    pycurl.E_UNSUPPORTED_PROTOCOL: "protocol",
    pycurl.E_BAD_CONTENT_ENCODING: "protocol",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "protocol",
    100: "protocol",  # CURLE_TOO_LARGE: headers without end
    pycurl.E_WRITE_ERROR: "protocol",
}
_NO_ROUTE: Final = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})


class Transfer:
    """A libcurl handle that can be used again and again; not for two requests at once."""

    def __init__(self, reach: Reach, timeout_seconds: float) -> None:
        self._reach = reach
        self.curl = curl = pycurl.Curl()
        curl.setopt(pycurl.POST, 1)
        curl.setopt(pycurl.TIMEOUT_MS, max(int(timeout_seconds * 1000), 1))
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PROXY, "")
        curl.setopt(pycurl.CAINFO, certifi.where())
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.ACCEPT_ENCODING, "gzip")  # so that a compressed answer is counted decoded
        curl.setopt(pycurl.MAXAGE_CONN, IDLE_CONNECTION_SECONDS)
        curl.setopt(pycurl.MAXLIFETIME_CONN, LONGEST_CONNECTION_SECONDS)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open_socket)
        curl.setopt(pycurl.HEADERFUNCTION, self._header)
        curl.setopt(pycurl.WRITEFUNCTION, self._write)
        # Read, not given: libcurl would send what it was given again by itself when a kept connection has broken.
        curl.setopt(pycurl.READFUNCTION, self._read)

    def prepare(self, url: str, headers: Sequence[str], body: bytes, pin: str | None) -> None:
        """What to send; `pin` is `host:port:address,…`, None where the URL names an address itself."""
        self._blocked = self._no_sockets = self._cut = False
        self._opened = 0
        self._retry_after: bytes | None = None
        self._body = bytearray()
        self.curl.setopt(pycurl.URL, url)
        self.curl.setopt(pycurl.HTTPHEADER, list(headers))
        self.curl.setopt(pycurl.POSTFIELDSIZE, len(body))
        self._unsent = body
        self.curl.setopt(pycurl.RESOLVE, [f"+{pin}"] if pin else [])

    def outcome(self, failure: tuple[int, str] | None, dns_ms: int | None) -> Outcome:
        """What came of it; `failure` is libcurl's error number and text, None when it had none."""
        info = self.curl.getinfo
        status: int | None = info(pycurl.RESPONSE_CODE) or None
        error, detail = self._error(failure, status)
        return Outcome(
            status_code=status,
            error=error,
            detail=None if detail is None else storable(detail),
            duration_ms=round(info(pycurl.TOTAL_TIME) * 1000),
            phases=self._phases(dns_ms),
            address=info(pycurl.PRIMARY_IP) or None,
            answer=storable(self._body.decode("utf-8", "replace"))[:KEPT_CHARACTERS] or None,
            retry_after=_seconds(self._retry_after),
            ours=error in ("no_route", "internal"),
        )

    def _error(self, failure: tuple[int, str] | None, status: int | None) -> tuple[str | None, str | None]:
        if self._blocked:
            return "blocked_address", "the name leads to a private or reserved address"
        if self._no_sockets:
            return "internal", "no socket could be opened on our side"
        if failure is not None and not (failure[0] == pycurl.E_WRITE_ERROR and self._cut):
            number, detail = failure
            unreachable = number == pycurl.E_COULDNT_CONNECT and self.curl.getinfo(pycurl.OS_ERRNO) in _NO_ROUTE
            if unreachable and self._opened == 1:  # of several addresses, another may have been refused
                return "no_route", detail
            return _ERRORS.get(number, "internal"), detail or f"libcurl's error {number}"
        if status is None:
            return "protocol", "the answer was not HTTP"
        if 200 <= status < 300:
            return None, None
        return (f"http_{status // 100}xx" if status < 600 else "protocol"), f"answered {status}"

    def _phases(self, dns_ms: int | None) -> Phases:
        info = self.curl.getinfo
        times = (info(pycurl.CONNECT_TIME), info(pycurl.APPCONNECT_TIME), info(pycurl.STARTTRANSFER_TIME))
        connect, tls, first_byte = (round(seconds * 1000) if seconds else None for seconds in times)
        return Phases(dns_ms, connect, tls, first_byte)

    def _open_socket(self, _purpose: int, address: tuple[int, int, int, tuple[str, int]]) -> socket.socket | int:
        """The last look at the address that is really dialled."""
        family, kind, protocol, place = address
        if not self._reach.may_dial(place[0]):
            self._blocked = True
            return pycurl.SOCKET_BAD
        try:
            opened = socket.socket(family, kind, protocol)
        except OSError:
            self._no_sockets = True
            return pycurl.SOCKET_BAD
        self._opened += 1
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def _read(self, size: int) -> bytes:
        part, self._unsent = self._unsent[:size], self._unsent[size:]
        return part

    def _header(self, line: bytes) -> None:
        if line[:12].lower() == b"retry-after:":
            self._retry_after = line[12:112].strip()

    def _write(self, data: bytes) -> int:
        room = ANSWER_BYTES - len(self._body)
        self._body += data[:room]
        self._cut = len(data) >= room
        return 0 if self._cut else len(data)


def _seconds(retry_after: bytes | None) -> float | None:
    """Retry-After (RFC 9110, section 10.2.3): seconds, or a date."""
    if not retry_after:
        return None
    if retry_after.isdigit():
        return float(retry_after[:9])
    try:
        moment = parsedate_to_datetime(retry_after.decode("latin-1"))
        return max((moment - now()).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None

"""The wire: hundreds of requests at once over one libcurl multi loop, on a thread of its own.

Names are resolved before libcurl is asked, their addresses vetted and pinned. Connections are kept and used again.
"""

import logging
import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Generic, TypeVar
from urllib.parse import urlsplit

import pycurl

from app.webhooks.guard import Reach
from app.webhooks.outcome import Outcome, failed
from app.webhooks.resolving import Resolved, Resolver
from app.webhooks.transfer import Transfer

log = logging.getLogger(__name__)

_PORTS: Final = {"https": 443, "http": 80}
_LONGEST_WAIT: Final = 1.0
MANY: Final = 100
NAME_SECONDS: Final = 6.0  # the longest wait for a name, however many name servers are asked
TOO_LATE: Final = Resolved((), "the name was not resolved in time", ours=True)
_SELECTOR_MASKS: Final = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}
_CURL_MASKS: Final = {
    selectors.EVENT_READ: pycurl.CSELECT_IN,
    selectors.EVENT_WRITE: pycurl.CSELECT_OUT,
    selectors.EVENT_READ | selectors.EVENT_WRITE: pycurl.CSELECT_IN | pycurl.CSELECT_OUT,
}

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Posting(Generic[Key]):
    """A request to send, and `key`, whatever its sender knows it by. A large one takes several `slots`."""

    key: Key
    url: str
    headers: Sequence[str]
    body: bytes
    slots: int = 1


@dataclass(slots=True)
class _Asked(Generic[Key]):
    """A posting whose name is being looked up."""

    posting: Posting[Key]
    host: str
    port: int
    at: float
    over: bool = False


class Wire(Generic[Key]):
    """As many postings at once as there are `slots` for.

    `finished` is called, from the wire's thread, once there are many outcomes.
    """

    def __init__(self, reach: Reach, resolver: Resolver, *, slots: int, timeout_seconds: float) -> None:
        self.slots = slots
        self._reach = reach
        self._resolver = resolver
        self._timeout = timeout_seconds
        self.finished: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._given: deque[Posting[Key]] = deque()
        self._asked: deque[_Asked[Key]] = deque()
        self._resolved: deque[tuple[_Asked[Key], Resolved]] = deque()
        self._outcomes: list[tuple[Key, Outcome]] = []
        self._busy = self._over = 0  # slots: taken, and of these by what is over and not collected yet
        self._idle: list[Transfer] = []
        self._running: dict[pycurl.Curl, tuple[Transfer, Posting[Key], int]] = {}
        self._timer: float | None = None
        self._watched: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._hear, self._call = os.pipe()
        os.set_blocking(self._hear, False)
        os.set_blocking(self._call, False)
        self._selector.register(self._hear, selectors.EVENT_READ)
        self._multi = self._new_multi()
        self._stopped = self._closed = False
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self._thread.start()

    # From any thread

    @property
    def room(self) -> int:
        """How many slots are free; less than none where the last posting was large."""
        with self._lock:
            return self.slots - self._busy

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def busy(self) -> bool:
        """Whether anything is under way, or waits to be collected."""
        with self._lock:
            return self._busy > 0

    def send(self, postings: Sequence[Posting[Key]]) -> None:
        with self._lock:
            self._given.extend(postings)
            self._busy += sum(posting.slots for posting in postings)
        self._wake()

    def collect(self) -> list[tuple[Key, Outcome]]:
        """The outcomes since the last time, in the order in which they came. Their slots are free again."""
        with self._lock:
            outcomes, self._outcomes = self._outcomes, []
            self._busy, self._over = self._busy - self._over, 0
        return outcomes

    def close(self) -> None:
        """Stop at once; what is under way is dropped."""
        self._stopped = True
        self._wake()
        self._thread.join()
        with self._lock:  # a name that is answered only now finds the wire gone
            self._closed = True
        self._selector.close()
        os.close(self._hear)
        os.close(self._call)

    def _wake(self) -> None:
        with self._lock, suppress(BlockingIOError):  # then it is awake
            if not self._closed:
                os.write(self._call, b"!")

    # On the wire's thread

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._turn()
            except Exception:
                log.exception("the wire stumbled")  # the loop must go on: whoever waits has a lease
                time.sleep(0.1)
        self._multi.close()

    def _turn(self) -> None:
        for key, mask in self._selector.select(self._patience()):
            if key.fd == self._hear:
                os.read(self._hear, 65536)
            else:
                self._multi.socket_action(key.fd, _CURL_MASKS[mask])
        if self._timer is not None and time.monotonic() >= self._timer:
            self._timer = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._begin()
        self._gather()

    def _patience(self) -> float:
        if self._timer is None:
            return _LONGEST_WAIT
        return min(max(self._timer - time.monotonic(), 0.0), _LONGEST_WAIT)

    def _begin(self) -> None:
        while self._given:
            posting = self._given.popleft()
            with self._answering_for(posting):
                self._look_up(posting)
        while self._resolved:
            self._answered(*self._resolved.popleft())
        while self._asked and (self._asked[0].over or time.monotonic() - self._asked[0].at > NAME_SECONDS):
            self._answered(self._asked.popleft(), TOO_LATE)

    def _answered(self, asked: _Asked[Key], resolved: Resolved) -> None:
        if not asked.over:
            asked.over = True
            with self._answering_for(asked.posting):
                self._dial(asked, resolved, int((time.monotonic() - asked.at) * 1000))

    @contextmanager
    def _answering_for(self, posting: Posting[Key]) -> Iterator[None]:
        """What cannot even be started has failed, on our side; it must not be left without an outcome."""
        try:
            yield
        except (pycurl.error, ValueError, TypeError, LookupError, OSError, RuntimeError) as error:
            log.exception("a request could not be started")
            self._end(posting, failed("internal", f"the request could not be made: {type(error).__name__}", ours=True))

    def _look_up(self, posting: Posting[Key]) -> None:
        host, port, is_address = _place(posting.url)
        if is_address:
            self._start(posting, None, None)
            return
        asked = _Asked(posting, host, port, time.monotonic())
        known = self._resolver.known(host)
        if known is not None:
            self._dial(asked, known, 0)
            return

        def told(resolved: Resolved) -> None:
            self._resolved.append((asked, resolved))
            self._wake()

        self._asked.append(asked)
        self._resolver.ask(host, told)

    def _dial(self, asked: _Asked[Key], resolved: Resolved, dns_ms: int) -> None:
        if not resolved.addresses:
            problem = resolved.problem or "the name has no address"
            self._end(asked.posting, failed("dns", problem, dns_ms, ours=resolved.ours))
        elif not all(self._reach.may_dial(address) for address in resolved.addresses):
            self._end(
                asked.posting, failed("blocked_address", "the name leads to a private or reserved address", dns_ms)
            )
        else:
            addresses = ",".join(f"[{found}]" if ":" in found else found for found in resolved.addresses)
            self._start(asked.posting, f"{asked.host}:{asked.port}:{addresses}", dns_ms)

    def _start(self, posting: Posting[Key], pin: str | None, dns_ms: int | None) -> None:
        transfer = self._idle[-1] if self._idle else Transfer(self._reach, self._timeout)
        transfer.prepare(posting.url, posting.headers, posting.body, pin)
        if self._idle:
            self._idle.pop()
        self._running[transfer.curl] = (transfer, posting, dns_ms or 0)
        self._multi.add_handle(transfer.curl)

    def _gather(self) -> None:
        more = 1
        while more:
            more, done, broken = self._multi.info_read()
            for curl in done:
                self._finish(curl, None)
            for curl, number, detail in broken:
                self._finish(curl, (number, detail))

    def _finish(self, curl: pycurl.Curl, failure: tuple[int, str] | None) -> None:
        transfer, posting, dns_ms = self._running.pop(curl)
        self._multi.remove_handle(curl)
        with self._answering_for(posting):
            self._end(posting, transfer.outcome(failure, dns_ms))
            self._idle.append(transfer)

    def _end(self, posting: Posting[Key], outcome: Outcome) -> None:
        with self._lock:
            self._outcomes.append((posting.key, outcome))
            self._over += posting.slots
            many = len(self._outcomes) == MANY
        if many:
            self.finished()

    def _new_multi(self) -> pycurl.CurlMulti:
        multi = pycurl.CurlMulti()
        multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        multi.setopt(pycurl.M_MAXCONNECTS, self.slots)
        return multi

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        """libcurl wants a socket watched, otherwise watched, or forgotten."""
        if what == pycurl.POLL_REMOVE:
            self._watched.remove(fd)
            self._selector.unregister(fd)
        elif fd in self._watched:
            self._selector.modify(fd, _SELECTOR_MASKS[what])
        else:
            self._watched.add(fd)
            self._selector.register(fd, _SELECTOR_MASKS[what])

    def _set_timer(self, milliseconds: int) -> None:
        self._timer = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000


@lru_cache(10_000)
def _place(url: str) -> tuple[str, int, bool]:
    """Host and port of a URL, and whether the host is an address itself."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return host, port, False
    return host, port, True

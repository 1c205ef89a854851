"""Live views: server-sent events that name the topics that have changed. One thread serves all viewers of a process.

A stream carries no content. It says `all` when it hears from now on, so that whoever shows something fetches it anew,
and `none` when it hears nothing until further notice; besides these it names topics.
"""

import selectors
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final
from uuid import UUID

from app.changes import told
from app.queue import NEWS, Ears
from app.web.taking import Taker
from app.web.viewer import Viewer

MOST_EACH: Final = 20  # viewers of one account
LAST_SECONDS: Final = 900.0  # then the browser comes again, and is checked anew
SPREAD_SECONDS: Final = 1.0  # in which all are told to fetch anew what they show
LOOK_SECONDS: Final = 1.0
ALL: Final = "all"
NONE: Final = "none"
SESSION: Final = "session:"


class Stream(Taker):
    """The answer to one viewer."""

    def __init__(self, streams: "Streams", account: str, topics: frozenset[str]) -> None:
        super().__init__(streams)
        self._streams = streams
        self._account = account
        self._topics = topics

    def take(self, sock: socket.socket, head: bytes) -> None:
        until = time.monotonic() + self._streams.lasting
        self._streams.add(Viewer(sock, self._account, self._topics, head, until))


class Streams:
    """At most `most` viewers, and `most_each` of one account, each for `lasting` seconds."""

    def __init__(self, redis_url: str, *, most: int, most_each: int = MOST_EACH, lasting: float = LAST_SECONDS) -> None:
        self.lasting = lasting
        self._url = redis_url
        self._audience = Audience(most, most_each)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ears: Ears | None = None
        self._closed = False
        self._wishes: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)

    def room(self, account_id: UUID) -> bool:
        """Whether one more viewer of this account may come."""
        return not self._closed and self._audience.room(str(account_id))

    def open(self, account_id: UUID, session_id: UUID, topics: Iterable[str]) -> Stream:
        """An answer that names these topics of the account when they change, until the session is ended."""
        return Stream(self, str(account_id), frozenset({*topics, f"{SESSION}{session_id}"}))

    def add(self, viewer: Viewer) -> None:
        """Serve a viewer; one for whom there is no room any more is closed."""
        with self._lock:
            if self._closed:
                viewer.close()
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
                self._thread.start()
            if self._ears is None:
                self._ears = Ears(self._url, NEWS, self._heard, began=self._began, lost=self._lost)
            self._wish(partial(self._audience.add, viewer))

    def close(self) -> None:
        """End all streams, for good."""
        with self._lock:
            self._closed = True
            if self._ears is not None:
                self._ears.close()
            self._wish(lambda: None)

    def _wish(self, wish: Callable[[], None]) -> None:
        """Have something done on the thread."""
        self._wishes.put(wish)
        with suppress(BlockingIOError):  # so many have woken it that it does not sleep
            self._wake.send(b"\0")

    def _began(self) -> None:
        self._wish(partial(self._audience.turn, ALL))

    def _lost(self) -> None:
        self._wish(partial(self._audience.turn, NONE))

    def _heard(self, message: bytes) -> None:
        if self._thread is not None:
            self._wish(partial(self._audience.tell, told(message)))

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            self._audience.begin(selector)
            try:
                while not self._closed:
                    self._step(selector)
                self._grant()
            finally:  # after a bug of ours, too: browsers come again, to a new thread
                with self._lock:
                    self._thread = None
                    self._audience.end()

    def _step(self, selector: selectors.BaseSelector) -> None:
        for key, events in selector.select(self._audience.patience()):
            if key.data is None:
                with suppress(BlockingIOError):
                    self._woken.recv(4096)
            else:
                self._audience.move(key.data, events)
        self._grant()
        self._audience.attend()

    def _grant(self) -> None:
        with suppress(Empty):
            while True:
                self._wishes.get_nowait()()


class Audience:
    """The viewers, who belong to the thread of the streams; only `room` may be asked from others."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._selector: selectors.BaseSelector = selectors.DefaultSelector()
        self._viewers: set[Viewer] = set()
        self._each: Counter[str] = Counter()
        self._hearing: defaultdict[tuple[str, str], set[Viewer]] = defaultdict(set)
        self._due: set[Viewer] = set()  # who has to be told something
        self._state: str | None = None
        self._look_at = 0.0

    def room(self, account: str) -> bool:
        return len(self._viewers) < self._most and self._each[account] < self._most_each

    def begin(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector

    def add(self, viewer: Viewer) -> None:
        if not self.room(viewer.account):
            viewer.close()
            return
        self._viewers.add(viewer)
        self._each[viewer.account] += 1
        for topic in viewer.topics:
            self._hearing[viewer.account, topic].add(viewer)
        self._selector.register(viewer.socket, selectors.EVENT_READ, viewer)
        if self._state:
            viewer.turn(self._state, within=0)
        self._write(viewer)

    def drop(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        self._due.discard(viewer)
        self._each[viewer.account] -= 1
        if not self._each[viewer.account]:
            del self._each[viewer.account]
        for topic in viewer.topics:
            heard = self._hearing[viewer.account, topic]
            heard.discard(viewer)
            if not heard:
                del self._hearing[viewer.account, topic]
        self._selector.unregister(viewer.socket)
        viewer.close()

    def turn(self, state: str) -> None:
        """All are told whether anything is heard from now on."""
        self._state = state
        for viewer in self._viewers:
            viewer.turn(state, within=SPREAD_SECONDS)
        self._due |= self._viewers

    def tell(self, changed: Iterable[tuple[str, str]]) -> None:
        """Whoever hears of a topic is told; the streams of a session that was ended end."""
        for account, topic in changed:
            for viewer in tuple(self._hearing.get((account, topic), ())):
                if topic.startswith(SESSION):
                    self.drop(viewer)
                else:
                    viewer.tell(topic)
                    self._due.add(viewer)

    def move(self, viewer: Viewer, events: int) -> None:
        """Its socket is ready. One that can be read has hung up, or speaks, which it has no reason to."""
        if events & selectors.EVENT_READ:
            self.drop(viewer)
        else:
            self._write(viewer)

    def patience(self) -> float:
        """For how many seconds nothing has to be done if nothing happens."""
        until = min((viewer.ready_at for viewer in self._due), default=self._look_at)
        return max(min(until, self._look_at) - time.monotonic(), 0.0)

    def attend(self) -> None:
        """Do what it is time for."""
        moment = time.monotonic()
        if moment >= self._look_at:
            self._look(moment)
            self._look_at = moment + LOOK_SECONDS
        for viewer in [viewer for viewer in self._due if moment >= viewer.ready_at]:
            self._due.discard(viewer)
            self._write(viewer)

    def end(self) -> None:
        for viewer in tuple(self._viewers):
            self.drop(viewer)

    def _look(self, moment: float) -> None:
        for viewer in tuple(self._viewers):
            if viewer.over(moment):
                self.drop(viewer)
            elif viewer.beat(moment):
                self._write(viewer)

    def _write(self, viewer: Viewer) -> None:
        try:
            left = viewer.write()
        except OSError:
            self.drop(viewer)
        else:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if left else 0)
            self._selector.modify(viewer.socket, events, viewer)

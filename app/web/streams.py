"""Live views: server-sent events that name the topics that have changed. One thread serves all viewers of a process.

A stream carries no content. It says `all` when it hears from now on, so that whoever shows something fetches it anew,
and `none` when it hears nothing until further notice; besides these it names topics.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final
from uuid import UUID

from app.changes import told
from app.queue import NEWS, Ears
from app.web.audience import SESSION, Audience
from app.web.taking import Taker
from app.web.viewer import Viewer

MOST_EACH: Final = 20  # viewers of one account
LAST_SECONDS: Final = 900.0  # then the browser comes again, and is checked anew
ALL: Final = "all"
NONE: Final = "none"


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
    """At most `most` viewers, and `most_each` of one account, each for `lasting` seconds, served by one thread."""

    def __init__(self, redis_url: str, *, most: int, most_each: int = MOST_EACH, lasting: float = LAST_SECONDS) -> None:
        self.lasting = lasting
        self._url = redis_url
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ears: Ears | None = None
        self._closed = False
        self._wishes: SimpleQueue[Callable[[], None]] = SimpleQueue()
        bell, self._wake = socket.socketpair()
        for end in (bell, self._wake):
            end.setblocking(False)
        self._audience = Audience(most, most_each, bell)

    def room(self, account_id: UUID) -> bool:
        """Whether one more viewer of this account may come."""
        return not self._closed and self._audience.room(str(account_id))

    def viewers(self) -> int:
        """How many are served just now."""
        return len(self._audience)

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
        try:
            while not self._closed:
                self._audience.wait()
                self._grant()
                self._audience.attend()
            self._grant()
        finally:  # after a bug of ours, too: browsers come again, to a new thread
            with self._lock:
                self._thread = None
                self._audience.end()

    def _grant(self) -> None:
        with suppress(Empty):
            while True:
                self._wishes.get_nowait()()

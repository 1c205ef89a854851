"""The viewers of a process and what each hears of. All but `room` and `len` is for the one thread that serves them."""

import selectors
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from app.web.viewer import Viewer

SPREAD_SECONDS: Final = 1.0  # in which all are told to fetch anew what they show
LOOK_SECONDS: Final = 1.0
SESSION: Final = "session:"  # begins a topic that is told when the session of this id was ended


class Audience:
    """At most `most` viewers, and `most_each` of one account. `bell` is a socket that can be read when something else
    is to be done.
    """

    def __init__(self, most: int, most_each: int, bell: socket.socket) -> None:
        self._most = most
        self._most_each = most_each
        self._bell = bell
        self._selector = selectors.DefaultSelector()
        self._selector.register(bell, selectors.EVENT_READ)
        self._viewers: set[Viewer] = set()
        self._each: Counter[str] = Counter()
        self._hearing: defaultdict[tuple[str, str], set[Viewer]] = defaultdict(set)
        self._due: set[Viewer] = set()  # who has to be told something
        self._state: str | None = None
        self._look_at = 0.0

    def __len__(self) -> int:
        return len(self._viewers)

    def room(self, account: str) -> bool:
        """Whether one more viewer of this account may come."""
        return len(self._viewers) < self._most and self._each[account] < self._most_each

    def add(self, viewer: Viewer) -> None:
        """Serve a viewer; one for whom there is no room any more is closed."""
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

    def turn(self, state: str) -> None:
        """All are told whether anything is heard from now on, and so is whoever comes."""
        if state == self._state:
            return
        within = SPREAD_SECONDS if self._state else 0
        self._state = state
        for viewer in self._viewers:
            viewer.turn(state, within=within)
        self._due |= self._viewers

    def tell(self, changed: Iterable[tuple[str, str]]) -> None:
        """Whoever hears of a topic is told; the streams of a session that was ended end."""
        for account, topic in changed:
            for viewer in tuple(self._hearing.get((account, topic), ())):
                if topic.startswith(SESSION):
                    self._drop(viewer)
                else:
                    viewer.tell(topic)
                    self._due.add(viewer)

    def wait(self) -> None:
        """Wait until something happens, or has to be done; viewers whose sockets are ready are seen to."""
        for key, events in self._selector.select(self._patience()):
            if key.data is None:
                with suppress(BlockingIOError):
                    self._bell.recv(4096)
            elif events & selectors.EVENT_READ:  # it has hung up, or speaks, which it has no reason to
                self._drop(key.data)
            else:
                self._write(key.data)

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
        """Close all of them."""
        for viewer in tuple(self._viewers):
            self._drop(viewer)

    def _patience(self) -> float:
        """For how many seconds nothing has to be done if nothing happens."""
        until = min((viewer.ready_at for viewer in self._due), default=self._look_at)
        return max(min(until, self._look_at) - time.monotonic(), 0.0)

    def _look(self, moment: float) -> None:
        for viewer in tuple(self._viewers):
            if viewer.over(moment):
                self._drop(viewer)
            elif viewer.beat(moment):
                self._write(viewer)

    def _write(self, viewer: Viewer) -> None:
        try:
            left = viewer.write()
        except OSError:
            self._drop(viewer)
        else:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if left else 0)
            self._selector.modify(viewer.socket, events, viewer)

    def _drop(self, viewer: Viewer) -> None:
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

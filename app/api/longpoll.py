"""Waiting for calls and test sends to end: one LISTEN connection a process, and few waiting requests."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar
from uuid import UUID

import psycopg

from app.web.connection import borrow, give_back

log = logging.getLogger(__name__)

CHANNELS: Final = ("call_ended", "batch_ended", "delivery_ended")
RETRY_SECONDS: Final = 1.0

Found = TypeVar("Found")


class Endings:
    """Wakes threads that wait for an end. At most `most` wait at once; the others are not let in.

    Settling a call sends NOTIFY `call_ended` with its id, the end of a batch `batch_ended`, recording a sample's
    attempt `delivery_ended`. The connection is made when somebody first waits, and again when it is lost while
    somebody does; everybody is woken then, for a look of their own.
    """

    def __init__(self, database_url: str, most: int) -> None:
        self._url = database_url
        self._places = threading.BoundedSemaphore(max(most, 1))
        self._waiting: dict[str, set[threading.Event]] = defaultdict(set)
        self._lock = threading.Lock()
        self._listener: threading.Thread | None = None

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there is a place to wait in, or to be slow in otherwise; it is given back at the end."""
        taken = self._places.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                self._places.release()

    def wait_for(self, id: UUID, seconds: float, look: Callable[[], Found | None]) -> Found | None:
        """What `look` finds, as soon as it is not None, within `seconds`. The request's connection is lent out while
        it waits; `look` may use it.
        """
        until = time.monotonic() + seconds
        with self.heard(id) as heard:
            while (found := look()) is None and (left := until - time.monotonic()) > 0:
                give_back()
                heard.wait(left)
                heard.clear()
                borrow()
        return found

    @contextmanager
    def heard(self, id: UUID) -> Iterator[threading.Event]:
        """An event that is set when what has this id may have ended. Register first, then look at it, then wait."""
        name, event = str(id), threading.Event()
        with self._lock:
            self._waiting[name].add(event)
            if self._listener is None:
                self._listener = threading.Thread(target=self._run, name="endings", daemon=True)
                self._listener.start()
        try:
            yield event
        finally:
            with self._lock:
                self._waiting[name].discard(event)
                if not self._waiting[name]:
                    del self._waiting[name]

    def _run(self) -> None:
        while self._wanted():
            try:
                self._listen()
            except psycopg.Error as error:
                log.warning("not told of what ended until connected again: %s", error)
            time.sleep(RETRY_SECONDS)

    def _wanted(self) -> bool:
        """Whether anybody waits; if not, a lost connection is not made again until somebody does."""
        with self._lock:
            if not self._waiting:
                self._listener = None
            return bool(self._waiting)

    def _listen(self) -> None:
        with psycopg.connect(self._url, autocommit=True, connect_timeout=5, keepalives_idle=30) as connection:
            for channel in CHANNELS:
                connection.execute(f"LISTEN {channel}")
            self._wake(None)
            for notice in connection.notifies():
                self._wake(notice.payload)

    def _wake(self, name: str | None) -> None:
        """Wake those who wait for what has this id, or for None everybody."""
        with self._lock:
            names = list(self._waiting) if name is None else [name]
            for event in [event for name in names for event in self._waiting.get(name, ())]:
                event.set()

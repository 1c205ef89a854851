"""Waiting for calls to end: one LISTEN connection a process, and few waiting requests."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import psycopg

log = logging.getLogger(__name__)

CHANNEL: Final = "call_ended"
RETRY_SECONDS: Final = 1.0


class EndedCalls:
    """Wakes threads that wait for a call's end. At most `most` wait at once; the others are not let in.

    Settling a call sends NOTIFY `call_ended` with its id. The connection is made when somebody first waits, and
    again when it is lost while somebody does; everybody is woken then, for a look of their own.
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

    @contextmanager
    def heard(self, call_id: UUID) -> Iterator[threading.Event]:
        """An event that is set when the call may have ended. Register first, then look at the call, then wait."""
        name, event = str(call_id), threading.Event()
        with self._lock:
            self._waiting[name].add(event)
            if self._listener is None:
                self._listener = threading.Thread(target=self._run, name="call-ended", daemon=True)
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
                log.warning("not told of ended calls until connected again: %s", error)
            time.sleep(RETRY_SECONDS)

    def _wanted(self) -> bool:
        """Whether anybody waits; if not, a lost connection is not made again until somebody does."""
        with self._lock:
            if not self._waiting:
                self._listener = None
            return bool(self._waiting)

    def _listen(self) -> None:
        with psycopg.connect(self._url, autocommit=True, connect_timeout=5, keepalives_idle=30) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._wake(None)
            for notice in connection.notifies():
                self._wake(notice.payload)

    def _wake(self, name: str | None) -> None:
        """Wake those who wait for a call, or for None everybody."""
        with self._lock:
            names = list(self._waiting) if name is None else [name]
            for event in [event for name in names for event in self._waiting.get(name, ())]:
                event.set()

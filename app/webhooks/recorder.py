"""The recorder: takes outcomes off the wire and writes them down, on a thread of its own, while others are claimed."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded

from app.config import Settings
from app.db import db
from app.webhooks.claiming import Claimed
from app.webhooks.recording import Attempted, record
from app.webhooks.wire import Wire

log = logging.getLogger(__name__)

BATCH: Final = 500
LOOK_SECONDS: Final = 0.02
IDLE_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 0.5


class Recorder:
    """Writes attempts in the order in which they ended. `recorded` is called after each batch: its slots are free.

    While the database is away they wait; whoever's lease runs out meanwhile is sent again by another sender.
    """

    def __init__(self, wire: Wire[Claimed], settings: Settings, recorded: Callable[[], None]) -> None:
        self._wire = wire
        self._settings = settings
        self._recorded = recorded
        self._unwritten: list[Attempted] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many attempts are not written yet."""
        with self._lock:
            return len(self._unwritten)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def look(self) -> None:
        """There is something on the wire: take it as it ends."""
        self._wake.set()

    def put(self, attempted: Sequence[Attempted]) -> None:
        """Have attempts written that never were on the wire."""
        with self._lock:
            self._unwritten += attempted
        self._wake.set()

    def close(self, seconds: float) -> None:
        """Write what is on the wire as it ends, for at most so many seconds; the rest is taken up by another sender."""
        until = time.monotonic() + seconds
        while (self.waiting or self._wire.busy) and time.monotonic() < until:
            self._wake.set()
            time.sleep(LOOK_SECONDS)
        self._stopped = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            ended = [Attempted(delivery, outcome) for delivery, outcome in self._wire.collect()]
            with self._lock:
                self._unwritten += ended
            if not self.waiting:
                self._wake.wait(LOOK_SECONDS if self._wire.busy else IDLE_SECONDS)
            elif self._written():
                self._recorded()
            else:
                self._wake.wait(RETRY_SECONDS)

    def _written(self) -> bool:
        """Write one batch; False while the database is away."""
        with self._lock:
            batch = self._unwritten[:BATCH]
        try:
            with db.connection_context():
                _write(batch, self._settings)
        except (OperationalError, InterfaceError, MaxConnectionsExceeded) as error:
            log.warning("attempts wait for the database: %s", error)
            return False
        with self._lock:
            del self._unwritten[: len(batch)]
        return True


def _write(batch: Sequence[Attempted], settings: Settings) -> None:
    """No attempt may keep the others from being written, whatever its receiver has said, or whatever bug it meets.

    One that cannot be written even without what its receiver said is left to its lease: it is sent again.
    Raises the errors of a database that is away.
    """
    try:
        record(batch, settings)
    except (OperationalError, InterfaceError, MaxConnectionsExceeded):
        raise
    except Exception:
        log.exception("%s attempts could not be written together", len(batch))
        for attempted in batch:
            _write_alone(attempted, settings)


def _write_alone(attempted: Attempted, settings: Settings) -> None:
    for tried in (attempted, attempted.without_texts()):
        try:
            record([tried], settings)
            return
        except (OperationalError, InterfaceError, MaxConnectionsExceeded):
            raise
        except Exception:
            log.exception("delivery %s: its attempt could not be written", attempted.delivery.id)

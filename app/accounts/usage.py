"""When each key was last used, kept without a write per request: noted in memory, written together now and then."""

import atexit
import logging
import threading
from datetime import datetime
from typing import Final
from uuid import UUID

from peewee import DatabaseError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from app.db import db, execute
from app.times import now

log = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 30.0

_WRITE = """
UPDATE api_key SET last_used_at = greatest(last_used_at, used.at)
FROM unnest(%s::uuid[], %s::timestamptz[]) AS used (id, at) WHERE api_key.id = used.id
"""


class KeyUsage:
    """Notes uses from any thread. A thread of its own, started with the first use, writes them; so does the exit."""

    def __init__(self) -> None:
        self._used: dict[UUID, datetime] = {}
        self._lock = threading.Lock()
        self._started = False

    def note(self, key_id: UUID) -> None:
        with self._lock:
            self._used[key_id] = now()
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, name="key-usage", daemon=True).start()
                atexit.register(self.flush)

    def flush(self) -> None:
        """Write what was noted since the last time. Without the database it is kept for the next time."""
        with self._lock:
            used, self._used = self._used, {}
        if not used:
            return
        try:
            with db.connection_context():
                execute(_WRITE, (list(used), list(used.values())))
        except (DatabaseError, InterfaceError, MaxConnectionsExceeded) as error:
            log.warning("last uses of keys not written yet: %s", error)
            with self._lock:
                self._used = used | self._used

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(FLUSH_SECONDS):
            self.flush()

"""When each key was last used, and by which connector: noted in memory, written together now and then, so that no
request costs a write.
"""

import atexit
import logging
import threading
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg

from app.accounts.access import Identity
from app.times import now

log = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 30.0

_WRITE = """
UPDATE api_key SET last_used_at = greatest(last_used_at, used.at)
FROM unnest(%s::uuid[], %s::timestamptz[]) AS used (id, at) WHERE api_key.id = used.id
"""
_WRITE_CONNECTORS = """
INSERT INTO connector_use (account_id, connector, last_used_at)
SELECT used.account_id, used.connector, used.at
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) AS used (account_id, connector, at)
JOIN account a ON a.id = used.account_id
ORDER BY 1, 2
ON CONFLICT (account_id, connector) DO UPDATE
SET last_used_at = greatest(connector_use.last_used_at, excluded.last_used_at)
"""


class KeyUsage:
    """Notes uses from any thread. A thread of its own, started with the first use, writes them; so does the exit.

    It writes over a connection that lasts only for the statement, so that it never waits for the requests' pool.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._used: dict[UUID, datetime] = {}
        self._spoke: dict[tuple[UUID, str], datetime] = {}
        self._lock = threading.Lock()
        self._started = False

    def note(self, identity: Identity, connector: str | None) -> None:
        """A request with a key, by a connector of `connectors.CONNECTORS` or by something unknown."""
        with self._lock:
            self._used[identity.key_id] = at = now()
            if connector is not None:
                self._spoke[identity.account_id, connector] = at
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, name="key-usage", daemon=True).start()
                atexit.register(self.flush)

    def flush(self) -> None:
        """Write what was noted since the last time. Without the database it is kept for the next time."""
        with self._lock:
            used, self._used = self._used, {}
            spoke, self._spoke = self._spoke, {}
        if not used:
            return
        try:
            with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
                connection.execute(_WRITE, (list(used), list(used.values())))
                if spoke:
                    accounts, names = zip(*spoke, strict=True)
                    connection.execute(_WRITE_CONNECTORS, (list(accounts), list(names), list(spoke.values())))
        except psycopg.Error as error:
            log.warning("last uses of keys not written yet: %s", error)
            with self._lock:
                self._used = used | self._used
                self._spoke = spoke | self._spoke

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(FLUSH_SECONDS):
            self.flush()

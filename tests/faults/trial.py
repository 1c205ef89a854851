"""One account whose events go to receivers of every temper: what was recorded, and what befell their sender."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from app.dev.processes import ROOT
from app.queue import connect
from tests.faults.own_postgres import OwnPostgres
from tests.faults.receivers import HEALTHY, HOPELESS, Receivers
from tests.hub import Hub, wait_until

ALL_TEMPERS: Final = (*HEALTHY, *HOPELESS)
# Who never answers costs a slot for the whole of the time limit: it hears of failed calls alone.
_FILTERS: Final = {"silent": {"filters": {"status": ["failed"]}}}

_BUSY: Final = """
SELECT 1 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
  AND NOT state = ANY (%s)
"""
_LEASED: Final = "status = 'pending' AND lease_until > now()"
_EXPIRE: Final = f"UPDATE delivery SET lease_until = now() - interval '1 second' WHERE {_LEASED} RETURNING id::text"

Figures = dict[str, int | float]


class Kill(NamedTuple):
    """When a sender, or what it had claimed, was gone for sure, and the deliveries that were in flight then."""

    at: float
    in_flight: frozenset[str]


@dataclass(frozen=True, slots=True)
class Site:
    """A hub, the PostgreSQL it has for itself, and the receivers."""

    hub: Hub
    postgres: OwnPostgres
    receivers: Receivers

    def flush_redis(self) -> None:
        with connect(self.hub.settings.redis_url) as redis:
            redis.flushall()

    def clear(self) -> None:
        """As at the beginning: everything runs, no endpoint is known, nothing was seen."""
        self.hub.restore()
        self.hub.rows("DELETE FROM webhook")
        self.receivers.forget()


class Trial:
    """`webhooks` and `secrets` are by temper; `recorded` events have the numbers 0, 1, …"""

    def __init__(self, site: Site, tempers: Sequence[str], *, url: str | None = None) -> None:
        """Endpoints of these tempers, at `url` if it is given."""
        self.site, self.hub = site, site.hub
        self.account = site.hub.account()
        made = {temper: self._webhook(url or site.receivers.url(temper), temper) for temper in tempers}
        self.webhooks = {temper: webhook["id"] for temper, webhook in made.items()}
        self.secrets = {temper: webhook["secret"] for temper, webhook in made.items()}
        self.recorded = 0
        self.kills: list[Kill] = []
        self._began = time.monotonic()

    # What happens

    def record(self, count: int, *, die: bool = False) -> int:
        """So many more events, from a process of its own; its exit code."""
        settings = self.hub.settings
        servers = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
        order = [str(self.account.id), str(self.recorded), str(count), *(["die"] if die else [])]
        command = [sys.executable, "-m", "tests.faults.recording", *order]
        self.recorded += count
        return subprocess.run(command, env=os.environ | servers, cwd=ROOT, check=not die).returncode

    def kill_sender(self) -> None:
        """SIGKILL the worker with all its lanes; what it had in flight is noted down, and free to be claimed."""
        self.hub.kill_worker()
        self.bury()

    def bury(self) -> None:
        """Wait until PostgreSQL has noticed that the sender is gone; then its leases, too, are at an end."""
        self._quiet("idle")
        self.kills.append(Kill(time.time(), self._ids(_EXPIRE)))

    def kill_sender_at_work(self, chance: random.Random) -> None:
        """Kill it at a random moment once it has recorded something."""
        before = self._attempts()
        wait_until(lambda: self._attempts() > before, seconds=30)
        time.sleep(chance.uniform(0.0, 0.3))
        self.kill_sender()

    def crash_database(self) -> None:
        """Crash PostgreSQL under the sender, which stands still meanwhile, so that it is known what is in flight."""
        self.hub.send_signal("worker", signal.SIGSTOP)
        self._quiet("idle", "idle in transaction")
        in_flight = self._ids(f"SELECT id::text FROM delivery WHERE {_LEASED}")
        self.site.postgres.crash()
        self.hub.send_signal("worker", signal.SIGCONT)
        self._wait_for_silence()
        self.kills.append(Kill(time.time(), in_flight))
        self.site.postgres.start()
        self.hub.connect()

    def _wait_for_silence(self, seconds: float = 0.3) -> None:
        """Until what was claimed has gone out, where nothing else can be claimed."""
        heard = -1
        while heard != (heard := len(self.site.receivers.seen)):
            time.sleep(seconds)

    def restart_database(self, *, away: float) -> None:
        self.site.postgres.stop()
        time.sleep(away)
        self.site.postgres.start()
        self.hub.connect()

    def wait_delivered(self, *, seconds: float) -> None:
        """Until everything has reached every healthy endpoint."""
        wait_until(lambda: not self._undelivered(), seconds=seconds, every=0.1)

    def wait_claimed(self, count: int) -> None:
        wait_until(lambda: len(self.hub.rows(f"SELECT 1 FROM delivery WHERE {_LEASED}")) >= count)

    # What is known afterwards

    def deliveries(self) -> list[dict[str, Any]]:
        return self.hub.rows(
            "SELECT d.id::text, d.webhook_id::text AS webhook, d.event_id::text AS event, d.status, d.due_at,"
            " (e.data::jsonb -> 'number')::int AS number FROM delivery d JOIN event e ON e.id = d.event_id"
            " WHERE d.account_id = %s AND e.type = 'call.completed'",
            (self.account.id,),
        )

    def attempts(self) -> list[dict[str, Any]]:
        """In the order in which they were made, delivery by delivery; times in seconds."""
        return self.hub.rows(
            "SELECT a.delivery_id::text AS delivery, a.number, a.error, a.duration_ms / 1000.0::float8 AS duration,"
            " extract(epoch FROM a.started_at)::float8 AS start"
            " FROM attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.account_id = %s ORDER BY d.id, a.number",
            (self.account.id,),
        )

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    # Inside

    def _webhook(self, url: str, temper: str) -> dict[str, Any]:
        return self.hub.webhook(url, self.account.test_key, **_FILTERS.get(temper, {}))

    def _quiet(self, *states: str) -> None:
        wait_until(lambda: not self.hub.rows(_BUSY, (list(states),)), every=0.005)

    def _ids(self, sql: str) -> frozenset[str]:
        return frozenset(found["id"] for found in self.hub.rows(sql))

    def _attempts(self) -> int:
        found: int = self.hub.rows("SELECT count(*) AS number FROM attempt")[0]["number"]
        return found

    def _undelivered(self) -> list[dict[str, Any]]:
        healthy = [self.webhooks[temper] for temper in HEALTHY if temper in self.webhooks]
        return self.hub.rows(
            "SELECT 1 FROM delivery WHERE webhook_id = ANY(%s::uuid[]) AND status <> 'succeeded' LIMIT 1", (healthy,)
        )

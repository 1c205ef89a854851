"""The crm lane: starts the calls that CRMs ask for, and tells CRMs how they ended."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from app.calls.ports import Answerer
from app.config import Mode, Settings
from app.crew import Crew
from app.crm import claiming
from app.crm.answering import answer
from app.crm.failures import CrmFailed, Later
from app.crm.forgetting import forget
from app.crm.leaving import leave
from app.crm.platform import Platform
from app.crm.starting import start
from app.crm.task import Task
from app.crm.verdicts import Verdict, what_follows
from app.crm.writing import write
from app.db import db
from app.models.crm import CrmConnection, CrmJob
from app.vault import Vault

log = logging.getLogger(__name__)

THREADS: Final = 48  # they wait for CRMs: a few that are slow leave room for the others
UNIT_SECONDS: Final = 2.0  # after which what is left of a unit goes back into its queue

_WORK: Final[Mapping[str, Callable[[Task], Verdict | None]]] = {
    "start": start,
    "answer": answer,
    "write": write,
    "forget": forget,
    "leave": leave,
}


class CrmWorker:
    """Works the lane with a bounded crew of threads.

    `platforms` holds the CRMs by key, `answerers` the model of each mode that has one. `freed` is called whenever a
    thread is done: there may be room for more.
    """

    def __init__(
        self,
        settings: Settings,
        platforms: Mapping[str, Platform],
        answerers: Mapping[Mode, Answerer],
        *,
        freed: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._platforms = platforms
        self._answerers = answerers
        self._vault = Vault(settings.encryption_keys)
        self._freed = freed
        self._crew = Crew("crm", THREADS)

    def step(self) -> float:
        """Start what is due; the seconds after which to look again at the latest."""
        started = 0
        with db.connection_context():
            for queue in claiming.QUEUES:
                for unit in claiming.claim(queue, self._crew.room, self._settings):
                    self._crew.start(self._work, unit)
                    started += 1
            barred = None if started else claiming.seconds_barred()
        return 0.0 if started else 1.0 if barred is None else max(barred, 0.0)

    def close(self) -> None:
        """Wait for what is under way."""
        self._crew.close()

    def _work(self, unit: list[CrmJob]) -> None:
        """The jobs of a unit, one after the other; all are of one connection."""
        try:
            with db.connection_context():
                connection: CrmConnection = CrmConnection.get_by_id(unit[0].connection_id)
            until = time.monotonic() + min(UNIT_SECONDS, claiming.lease_seconds(self._settings) / 2)
            for place, job in enumerate(unit):
                if place and time.monotonic() >= until:
                    with db.connection_context():
                        claiming.let_go(unit[place:])
                    return
                self._do(job, connection)
        finally:
            self._freed()

    def _do(self, job: CrmJob, connection: CrmConnection) -> None:
        verdict = self._verdict(job, connection)
        if verdict is not None:
            with db.connection_context():
                claiming.finish(job, verdict)

    def _verdict(self, job: CrmJob, connection: CrmConnection) -> Verdict | None:
        scale = self._settings.crm_retry_scale
        try:
            platform = self._platforms[connection.platform]
            return _WORK[job.kind](Task(job, connection, platform, self._answerers, self._settings, self._vault))
        except CrmFailed as failure:
            return what_follows(failure, job.tries, scale=scale)
        except Exception:  # a bug of ours must not come back for ever at the head of its queue
            log.exception("the job %s (%s) of a CRM failed", job.id, job.kind)
            verdict = what_follows(Later("The hub failed at this."), job.tries, scale=scale)
            return replace(verdict, code="internal_error")

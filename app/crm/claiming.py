"""The queues of work for CRMs: what is done next, fairly, with only so much under way for each connection.

There are three, so that a burst of calls to start delays no telling. Claims are made one at a time (an advisory lock),
so that limits hold over any number of workers. What is claimed is a unit: a few starts of one connection, or one job of
another kind. Every account's first unit goes before any account's second, and within an account every connection's
first before any connection's second, those that were served longest ago first. A claim waits for nobody who is at work
on a connection or a job.
"""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Final, Literal

from app.config import Settings
from app.crm.verdicts import Over, Verdict
from app.db import db, execute, row, rows
from app.models.crm import CrmJob

Queue = Literal["starting", "telling", "parting"]
QUEUES: Final[tuple[Queue, ...]] = ("parting", "telling", "starting")

_GATE: Final = 6_469_868_734
_REQUESTS: Final = 6  # that a unit may make within its lease, at their full time
_STARTS: Final = 20  # calls to start in one unit: most need no request

_KINDS: Final[dict[Queue, str]] = {
    "starting": "kind = 'start'",
    "telling": "kind IN ('answer', 'write')",
    "parting": "kind IN ('forget', 'leave')",
}
# The jobs of one enrolment go one after the other: what the first finds out (answers), the next one tells too.
_ALONE: Final = """NOT EXISTS (
    SELECT FROM crm_job other WHERE other.enrolment_id = crm_job.enrolment_id AND other.id <> crm_job.id
        AND other.status = 'pending' AND other.kind IN ('answer', 'write')
        AND (other.lease_until >= now()
            OR other.due_at <= now() AND (other.due_at, other.id) < (crm_job.due_at, crm_job.id))
)"""
# Who has left at our request is told so, and what a CRM has erased is erased here, whatever the connection's state.
_MAY: Final[dict[Queue, str]] = {
    "starting": "served.open",
    "telling": f"served.open AND {_ALONE}",
    "parting": "(kind = 'forget' OR served.leaving)",
}

# A connection may take another place while it holds fewer than are free: those that are slow share the crew, and one
# that comes new nearly always finds a place.
_CLAIM: Final = """
WITH RECURSIVE waiting AS (
    (SELECT connection_id FROM crm_job WHERE {queued} ORDER BY connection_id LIMIT 1)
    UNION ALL
    SELECT (SELECT connection_id FROM crm_job WHERE {queued} AND connection_id > waiting.connection_id
            ORDER BY connection_id LIMIT 1)
    FROM waiting WHERE waiting.connection_id IS NOT NULL
), served AS (
    SELECT c.id, c.account_id, c.last_served_at,
        c.status = 'active' AND (c.barred_until > now()) IS NOT true AS open,
        c.status IN ('leaving', 'disconnected') AND (c.barred_until > now()) IS NOT true AS leaving,
        (SELECT count(DISTINCT j.claim_token) FROM crm_job j
         WHERE j.connection_id = c.id AND j.status = 'pending' AND j.claim_token IS NOT NULL
           AND j.lease_until >= now()) AS busy
    FROM crm_connection c WHERE c.id IN (SELECT connection_id FROM waiting)
), due AS (
    SELECT job.id, served.id AS connection_id, served.account_id, served.last_served_at, served.busy,
        (job.turn - 1) / %(size)s AS turn
    FROM served CROSS JOIN LATERAL (
        SELECT found.id, row_number() OVER (ORDER BY found.due_at, found.id) AS turn
        FROM (SELECT id, due_at FROM crm_job
              WHERE {queued} AND connection_id = served.id AND due_at <= now() AND (lease_until >= now()) IS NOT true
                AND {may}
              ORDER BY due_at, id LIMIT greatest(%(most)s - served.busy, 0) * %(size)s FOR UPDATE SKIP LOCKED) found
    ) job
), candidate AS (
    SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY turn, last_served_at NULLS FIRST) AS place,
        max(last_served_at) OVER (PARTITION BY account_id) AS account_served_at
    FROM (SELECT DISTINCT connection_id, account_id, last_served_at, busy, turn FROM due) each
), unit AS (
    SELECT connection_id, turn, gen_random_uuid() AS token FROM (
        SELECT *, row_number() OVER (ORDER BY place, account_served_at NULLS FIRST, connection_id) - 1 AS before
        FROM candidate
    ) ranked WHERE busy + turn < %(room)s - before
), noted AS (
    UPDATE crm_connection SET last_served_at = clock_timestamp() WHERE id IN (
        SELECT id FROM crm_connection WHERE id IN (SELECT connection_id FROM unit) FOR NO KEY UPDATE SKIP LOCKED
    )
)
UPDATE crm_job SET claim_token = unit.token, lease_until = now() + %(lease)s * interval '1 second'
FROM due JOIN unit USING (connection_id, turn) WHERE crm_job.id = due.id
RETURNING crm_job.*
"""
_CLAIMS: Final = {
    queue: _CLAIM.format(queued=f"status = 'pending' AND due_at IS NOT NULL AND {kinds}", may=_MAY[queue])
    for queue, kinds in _KINDS.items()
}

_HOLD: Final = """
UPDATE crm_job SET lease_until = now() + %s * interval '1 second'
WHERE id = %s AND claim_token = %s AND status = 'pending' AND lease_until >= now()
"""
_DONE: Final = """
UPDATE crm_job SET status = %(status)s, result = %(result)s, error = %(error)s, error_code = %(code)s,
    completed_at = now(), claim_token = NULL, lease_until = NULL
WHERE id = %(id)s AND claim_token = %(token)s AND status = 'pending'
"""
# What somebody has made due meanwhile (a call that has ended) stays so.
_AGAIN: Final = """
UPDATE crm_job SET tries = tries + %(counted)s::int, error = %(error)s, error_code = %(code)s,
    due_at = CASE WHEN due_at = %(seen)s THEN now() + %(seconds)s * interval '1 second' ELSE due_at END,
    claim_token = NULL, lease_until = NULL
WHERE id = %(id)s AND claim_token = %(token)s AND status = 'pending'
"""
_BARRED: Final = """
SELECT extract(epoch FROM min(barred_until) - now())::float8 AS left FROM crm_connection WHERE barred_until > now()
"""


def claim(queue: Queue, room: int, settings: Settings) -> list[list[CrmJob]]:
    """Up to `room` units of what is due in a queue, or whose lease has run out. The jobs of a unit, in the order of
    their due times, share a claim token and a lease.
    """
    if room <= 0:
        return []
    most = max(settings.crm_in_flight // 2, 1) if queue == "starting" else settings.crm_in_flight
    values = {
        "most": most,
        "room": room,
        "size": _STARTS if queue == "starting" else 1,
        "lease": lease_seconds(settings),
    }
    with db.atomic():
        execute("SELECT pg_advisory_xact_lock(%s)", (_GATE,))
        claimed = [CrmJob(**found) for found in rows(_CLAIMS[queue], values)]
    claimed.sort(key=lambda job: (str(job.claim_token), job.due_at, job.id))
    return [list(unit) for _, unit in groupby(claimed, key=lambda job: job.claim_token)]


def lease_seconds(settings: Settings) -> float:
    """How long a claim holds: whoever asks a CRM renews it first (`hold`), so it outlasts what one job asks."""
    return _REQUESTS * settings.crm_timeout_seconds


def hold(job: CrmJob, settings: Settings) -> bool:
    """Renew a job's lease; False when it was lost, and the job is another's."""
    return bool(execute(_HOLD, (lease_seconds(settings), job.id, job.claim_token)))


def let_go(jobs: Sequence[CrmJob]) -> None:
    """Give claimed jobs back as they were."""
    for job in jobs:
        execute(
            "UPDATE crm_job SET claim_token = NULL, lease_until = NULL WHERE id = %s AND claim_token = %s",
            (job.id, job.claim_token),
        )


def finish(job: CrmJob, verdict: Verdict) -> bool:
    """Write down what came of a job; False when its claim was lost."""
    values = asdict(verdict) | {"id": job.id, "token": job.claim_token}
    if isinstance(verdict, Over):
        return bool(execute(_DONE, values))
    return bool(execute(_AGAIN, values | {"seen": job.due_at}))


def seconds_barred() -> float | None:
    """Until the next connection that is barred takes requests again; None when none is barred."""
    found = row(_BARRED)
    return None if found is None or found["left"] is None else float(found["left"])

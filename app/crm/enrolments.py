"""Find enrolments and their jobs, and try again what has failed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID

from peewee import SQL

from app.calls.lifecycle import ENDED, STATUSES
from app.calls.ports import Spoken
from app.calls.reading import turns_of
from app.config import MODES, Mode
from app.crm.ending import ending_of, has_ended
from app.crm.platform import Ending
from app.cursors import after, next_cursor
from app.db import db, execute, rows
from app.errors import Conflict, NotFound
from app.models.call import Call
from app.models.crm import CrmEnrolment, CrmJob, CrmRequest
from app.queue import ring

Status = Literal["waiting", "calling", "ended", "refused"]
MOST_REQUESTS: Final = 10  # of those of a job that were not sent

_OPEN: Final = sorted(set(STATUSES) - ENDED)
_HOLDS: Final[dict[str, str]] = {
    "waiting": "call_id IS NULL AND refusal IS NULL",
    "refused": "refusal IS NOT NULL",
    "ended": "EXISTS (SELECT 1 FROM call c WHERE c.id = call_id AND c.summary IS NOT NULL)",
}
_UNSENT: Final = """
SELECT r.* FROM unnest(%s::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (
    SELECT * FROM crm_request q WHERE q.job_id = wanted.id AND NOT q.sent ORDER BY q.created_at DESC LIMIT %s
) r ORDER BY r.created_at
"""
_AGAIN: Final = """
UPDATE crm_job j SET status = 'pending', result = NULL, error = NULL, error_code = NULL, tries = 0, due_at = now(),
    completed_at = NULL
FROM crm_enrolment e
WHERE j.enrolment_id = e.id AND e.id = %s AND j.status = 'failed'
  AND (j.kind <> 'start' OR (e.call_id IS NULL AND e.refusal IS NULL))
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """An enrolment with its jobs, and what these would have written had the connection been live.

    `ending` is what the CRM is told of its end; None before it.
    """

    enrolment: CrmEnrolment
    status: Status
    ending: Ending | None
    jobs: tuple[CrmJob, ...]
    unsent: dict[UUID, list[CrmRequest]]


def get(account_id: UUID, key_mode: Mode, enrolment_id: UUID) -> CrmEnrolment:
    """Raises NotFound, also for another account's or a live one where the key is a test key."""
    found = CrmEnrolment.get_or_none(CrmEnrolment.id == enrolment_id, *_visible(account_id, key_mode))
    if found is None:
        raise NotFound("No such enrolment.")
    return found


def page(
    account_id: UUID,
    key_mode: Mode,
    *,
    limit: int,
    cursor: str | None = None,
    connection_id: UUID | None = None,
    rule_id: UUID | None = None,
    record_id: str | None = None,
    status: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    world: Mode | None = None,
) -> tuple[list[CrmEnrolment], str | None]:
    """Up to `limit` enrolments, newest first, and the next page's cursor; with `world` those of one mode alone.

    Raises InvalidRequest for a bad cursor.
    """
    query = CrmEnrolment.select().where(*_visible(account_id, key_mode))
    filters = {"connection_id": connection_id, "rule_id": rule_id, "record_id": record_id}
    for name, value in filters.items():
        if value is not None:
            query = query.where(getattr(CrmEnrolment, name) == value)
    if status is not None:
        query = query.where(_calling(account_id) if status == "calling" else SQL(_HOLDS[status]))
    if since is not None:
        query = query.where(CrmEnrolment.created_at >= since)
    if until is not None:
        query = query.where(CrmEnrolment.created_at < until)
    if world is not None:
        query = query.where(CrmEnrolment.mode == world)
    if cursor:
        query = query.where(after(CrmEnrolment, cursor))
    found = list(query.order_by(CrmEnrolment.created_at.desc(), CrmEnrolment.id.desc()).limit(limit + 1))
    return found[:limit], next_cursor(found, limit)


def whole(enrolments: Sequence[CrmEnrolment]) -> list[Whole]:
    """Each with all that is shown of it."""
    jobs: dict[UUID, list[CrmJob]] = defaultdict(list)
    ids = [enrolment.id for enrolment in enrolments]
    for job in CrmJob.select().where(CrmJob.enrolment_id.in_(ids)).order_by(CrmJob.created_at, CrmJob.kind):
        if job.enrolment_id is not None:
            jobs[job.enrolment_id].append(job)
    unsent = unsent_of([job for group in jobs.values() for job in group])
    endings = _endings(enrolments)
    return [
        Whole(one, status_of(one, ended=one.id in endings), endings.get(one.id), tuple(jobs[one.id]), unsent)
        for one in enrolments
    ]


def unsent_of(jobs: Sequence[CrmJob]) -> dict[UUID, list[CrmRequest]]:
    """What jobs would have written had the connection been live, by their ids; the latest of each, oldest first."""
    unsent: dict[UUID, list[CrmRequest]] = defaultdict(list)
    for found in rows(_UNSENT, ([job.id for job in jobs], MOST_REQUESTS)):
        unsent[found["job_id"]].append(CrmRequest(**found))
    return unsent


def retry(account_id: UUID, key_mode: Mode, enrolment_id: UUID) -> CrmEnrolment:
    """Make what has failed due again now. Raises NotFound, and Conflict `nothing_failed`."""
    with db.atomic():
        enrolment = get(account_id, key_mode, enrolment_id)
        if not execute(_AGAIN, (enrolment.id,)):
            raise Conflict("Nothing of this enrolment has failed.", code="nothing_failed")
        db.after_commit(partial(ring, "crm"))
    return enrolment


def _endings(enrolments: Sequence[CrmEnrolment]) -> dict[UUID, Ending]:
    """Of those whose call has ended, and of those that were refused."""
    wanted = [enrolment.call_id for enrolment in enrolments if enrolment.call_id]
    calls = {call.id: call for call in Call.select().where(Call.id.in_(wanted))} if wanted else {}
    over = {call_id: call for call_id, call in calls.items() if has_ended(call)}
    turns = turns_of(list(over))
    found = {
        one.id: ending_of(one, over[one.call_id], [Spoken(turn.role, turn.text) for turn in turns[one.call_id]])
        for one in enrolments
        if one.call_id in over
    }
    refused = {one.id: ending_of(one, None, ()) for one in enrolments if one.refusal and one.call_id is None}
    return found | refused


def status_of(enrolment: CrmEnrolment, *, ended: bool) -> Status:
    """`ended` is whether its call has."""
    if enrolment.refusal is not None:
        return "refused"
    if enrolment.call_id is None:
        return "waiting"
    return "ended" if ended else "calling"


def _calling(account_id: UUID) -> Any:
    """Begins at the few calls that are under way: among a hundred thousand enrolments there may be none of them."""
    mine = (Call.account_id == account_id, Call.mode.in_(MODES), Call.status.in_(_OPEN))
    return CrmEnrolment.call_id.in_(Call.select(Call.id).where(*mine))


def _visible(account_id: UUID, key_mode: Mode) -> list[Any]:
    mine = [CrmEnrolment.account_id == account_id]
    return mine if key_mode == "live" else [*mine, CrmEnrolment.mode == "test"]

"""What is forgotten of CRMs: records that a CRM has erased, and what is past its time."""

from typing import Final

from app.calls.erasing import erase
from app.crm.arrivals import record_named
from app.crm.task import Task
from app.crm.verdicts import Again, Verdict, done
from app.db import db, execute, rows
from app.errors import Conflict
from app.models.crm import strike_record

UNDER_WAY_SECONDS: Final = 60.0
BATCH: Final = 500
KNOWN_DAYS: Final = 30  # for which an enrolment is known at least: asked again, it is no new call

_NUMBERS: Final = """
SELECT DISTINCT c.to_number FROM crm_enrolment e JOIN call c ON c.id = e.call_id
WHERE e.connection_id = %s AND ((e.object = %s AND e.record_id = %s) OR e.person = %s)
"""
_OLD_REQUESTS: Final = """
DELETE FROM crm_request WHERE id IN (
    SELECT id FROM crm_request WHERE created_at < now() - %s * interval '1 day'
    ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
)
"""
_OLD_JOBS: Final = """
DELETE FROM crm_job WHERE id IN (
    SELECT id FROM crm_job j WHERE completed_at < now() - %s * interval '1 day' AND status <> 'pending'
      AND NOT EXISTS (SELECT 1 FROM crm_job o WHERE o.enrolment_id = j.enrolment_id AND o.status = 'pending')
    ORDER BY completed_at LIMIT %s FOR UPDATE SKIP LOCKED
)
"""
# What is still pending so long after nobody waits for it any more is of a connection that nobody has mended.
_OLD_ENROLMENTS: Final = """
DELETE FROM crm_enrolment WHERE id IN (
    SELECT id FROM crm_enrolment e WHERE created_at < now() - %(days)s * interval '1 day'
      AND (deadline_at < now() - %(days)s * interval '1 day'
           OR NOT EXISTS (SELECT 1 FROM crm_job j WHERE j.enrolment_id = e.id AND j.status = 'pending'))
      AND NOT EXISTS (SELECT 1 FROM call c WHERE c.id = e.call_id AND c.summary IS NULL)
    ORDER BY created_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
"""


def forget(task: Task) -> Verdict | None:
    """Erase every call about the job's record, and what was asked about it; again later while one is under way."""
    object, record_id = record_named(str(task.job.subject))
    with db.connection_context():
        strike_record(task.connection.id, object, record_id)
        numbers = [
            found["to_number"] for found in rows(_NUMBERS, (task.connection.id, object, record_id, task.job.subject))
        ]
        try:
            erased = sum(erase(task.connection.account_id, number, task.vault) for number in numbers)
        except Conflict as conflict:
            return Again(UNDER_WAY_SECONDS * task.settings.crm_retry_scale, conflict.message, conflict.code)
    return done(str(erased))


def forget_old_work(days: int) -> int:
    """One batch of requests to CRMs, of jobs that are done with and of enrolments, all older than `days`; how many
    (0 days: all are kept). An enrolment that is open stays, and any for as long as a CRM may ask for it again.
    """
    if days <= 0:
        return 0
    return (
        execute(_OLD_REQUESTS, (days, BATCH))
        + execute(_OLD_JOBS, (days, BATCH))
        + execute(_OLD_ENROLMENTS, {"days": max(days, KNOWN_DAYS), "most": BATCH})
    )

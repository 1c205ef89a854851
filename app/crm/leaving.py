"""The job `leave`: an authorisation is taken back at the CRM."""

from datetime import timedelta
from typing import Final

from app.crm import grants
from app.crm.connections import gone
from app.crm.failures import CrmFailed, Gone, Revoked
from app.crm.task import Task
from app.crm.verdicts import Again, Verdict, done, failed, what_follows
from app.times import now

LONGEST: Final = timedelta(days=1)


def leave(task: Task) -> Verdict | None:
    """Have the CRM take back what it granted. If it has already, or does not for a day, we have left all the same."""
    verdict = _asked(task)
    if isinstance(verdict, Again) and now() - task.job.created_at < LONGEST:
        return verdict
    gone(task.connection.id)
    if isinstance(verdict, Again):
        return failed(verdict.code or "crm_unreachable", verdict.error or "")
    return verdict


def _asked(task: Task) -> Verdict:
    door = task.door()
    try:
        grant = grants.fresh(task.connection, task.platform, door, task.settings, task.vault)
        task.platform.leave(door, task.connection, grant)
    except (Revoked, Gone):
        return done("left_before")
    except CrmFailed as failure:
        return what_follows(failure, task.job.tries, scale=task.settings.crm_retry_scale)
    return done("left")

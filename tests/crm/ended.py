"""Calls of enrolments, under way and ended as the hub ends them."""

from collections.abc import Sequence

from app.calls.settling import settle
from app.config import Mode, Settings
from app.crm.enrolling import attach_call
from app.db import db, execute
from app.models.account import Account
from app.models.call import Call
from app.models.crm import CrmEnrolment
from tests.crm.paper import Paper
from tests.making import a_call, dialled, fresh

TALK = (("agent", "Are you open?"), ("human", "Until six."))


def under_way(
    enrolment: CrmEnrolment, paper: Paper, settings: Settings, mode: Mode = "test", to: str = "+15551234567"
) -> Call:
    """The enrolment's call, dialled."""
    with db.atomic():
        call = a_call(Account.get_by_id(enrolment.account_id), settings, to, mode)
        attach_call(enrolment.id, call, paper)
        execute(
            "UPDATE crm_job SET status = 'succeeded', completed_at = now() WHERE kind = 'start' AND enrolment_id = %s",
            (enrolment.id,),
        )
    return dialled(call)


def end(call: Call, settings: Settings, said: Sequence[tuple[str, str]] = TALK, outcome: str = "completed") -> Call:
    """The call, settled, with what was said on it."""
    for position, (role, text) in enumerate(said):
        execute("INSERT INTO turn VALUES (%s, %s, %s, %s)", (call.id, position, role, text))
    execute(
        "UPDATE call SET outcome = %s, end_reason = 'callee_hangup', started_at = now(), ended_at = now(),"
        " duration = 45, answered_by = 'human', finish_due_at = now() WHERE id = %s",
        (outcome, call.id),
    )
    settle(fresh(call), "Open until six.", settings)
    return fresh(call)

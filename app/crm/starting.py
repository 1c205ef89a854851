"""The job `start`: from an enrolment to its call, once.

The transaction that makes the call locks the enrolment first and wants it without a call and a refusal: whoever else
is at work on it makes none.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.calls import caps
from app.calls.accepting import accept
from app.calls.requests import CallRequest
from app.config import Settings, mode_of
from app.crm.arrivals import other_person
from app.crm.asked import record_of
from app.crm.claiming import finish
from app.crm.enrolling import attach_call
from app.crm.failures import CrmFailed, Gone
from app.crm.planning import lacks_number, needed, person_kind, plan
from app.crm.platform import Record
from app.crm.refusing import deadline_of, last_reason, refuse
from app.crm.task import Task
from app.crm.verdicts import Again, Verdict, done, skipped, what_follows
from app.db import db, row
from app.errors import AppError
from app.models.crm import CrmEnrolment, CrmRule, note_person
from app.times import now

# What is in the way and passes, and after how many seconds it is tried again: at first, and at most.
PASSING: Final[dict[str, tuple[float, float]]] = {
    "call_active": (5, 30),
    "queue_full": (30, 120),
    "insufficient_balance": (30, 300),
    "account_paused": (15, 120),
    "daily_calls": (60, 900),
    "daily_spend": (60, 900),
    "callee_daily_calls": (60, 900),
}

_SETTLED: Final = skipped("enrolment_settled", "This request of a CRM has a call or a refusal already.")
_OPEN: Final = "SELECT * FROM crm_enrolment WHERE id = %s AND call_id IS NULL AND refusal IS NULL"


def start(task: Task) -> Verdict | None:
    """Make the call of the job's enrolment, or refuse it for good; again later where what is in the way passes.

    None when what came of the job is written down already, with that.
    """
    with db.connection_context():
        found = row(_OPEN, (task.job.enrolment_id,))
        if found is None:
            return _SETTLED
        enrolment = CrmEnrolment(**found)
        if deadline_of(enrolment) <= now():
            return _not_made(enrolment, last_reason(task.job))
        rule = CrmRule.get_or_none(CrmRule.id == enrolment.rule_id) if enrolment.rule_id else None
    try:
        record = _record(task, enrolment, rule)
        with db.connection_context():
            request = plan(enrolment, rule, record, task.connection, task.platform.objects)
            return _make(task, enrolment, request, record)
    except Gone:
        return _not_made(enrolment, {"error": "The record is not in the CRM any more.", "code": "record_gone"})
    except CrmFailed as failure:
        verdict = what_follows(failure, task.job.tries, scale=task.settings.crm_retry_scale)
        reason = {"error": verdict.error, "code": verdict.code}
        return _not_made(enrolment, reason, verdict if isinstance(verdict, Again) else None)
    except AppError as objection:
        waited = (now() - enrolment.created_at).total_seconds()
        return _not_made(enrolment, objection.told(), passing(objection.code, waited, task.settings))


def passing(code: str, waited: float, settings: Settings) -> Again | None:
    """When to try again what has met an objection for `waited` seconds; None where it stands for good.

    The longer it was in the way, the later. A line that is busy is waited for as long as a scheduled call does.
    """
    if code not in PASSING or (code == "call_active" and waited > settings.call_active_wait_seconds):
        return None
    first, longest = PASSING[code]
    return Again(min(max(first, waited / 4), longest) * settings.crm_retry_scale)


def _record(task: Task, enrolment: CrmEnrolment, rule: CrmRule | None) -> Record | None:
    """The record that a rule's call is about: as it came, where all that the rule needs came with it.

    What a workflow asks for is told by its request, but for the number of the person whom a record belongs to.
    """
    objects = task.platform.objects
    if enrolment.source != "rule":
        return _record_with_person(task, enrolment) if lacks_number(enrolment, objects) else None
    if rule is None or not rule.active:
        return None
    wanted = needed(rule, objects)
    came = record_of(enrolment.asked)
    kind = objects[rule.object]
    if came is not None and wanted.are_in(came, None if kind.person else kind.belongs_to):
        return came
    return task.platform.read(task.line(), rule.object, str(enrolment.record_id), wanted.own, wanted.of_person)


def _record_with_person(task: Task, enrolment: CrmEnrolment) -> Record:
    object = str(enrolment.object)
    person = person_kind(object, task.platform.objects)
    wanted = (*person.numbers, *person.names)
    return task.platform.read(task.line(), object, str(enrolment.record_id), (), wanted)


def _make(task: Task, enrolment: CrmEnrolment, request: CallRequest, record: Record | None) -> Verdict | None:
    """The call, its enrolment's part in it, and the end of this job in one transaction. Raises AppError."""
    with db.atomic():
        if row(f"{_OPEN} FOR UPDATE", (enrolment.id,)) is None:
            return _SETTLED
        mode = mode_of(enrolment.mode)
        if mode == "live":
            caps.lock(enrolment.account_id)
        call = accept(enrolment.account_id, None, mode, request, task.settings, locked=True)
        attach_call(enrolment.id, call, task.platform)
        if record and (person := other_person(record, enrolment.object, enrolment.record_id)):
            note_person(enrolment.id, person)
        finish(task.job, done(str(call.id)))
    return None


def _not_made(enrolment: CrmEnrolment, reason: Mapping[str, Any], again: Again | None = None) -> Again | None:
    """No call for now: `again` says when to look again, at the deadline at the latest. Without it, no call for good."""
    if again is None:
        with db.connection_context():
            refuse(enrolment.id, reason)
        return None
    left = max((deadline_of(enrolment) - now()).total_seconds(), 0.0)
    return replace(again, seconds=min(again.seconds, left), error=reason["error"], code=reason["code"])

"""Rules, dry runs and enrolments as the API shows them."""

from typing import Any

from app.crm.dry_running import DryRun, Looked
from app.crm.ending import ending_fields
from app.crm.enrolments import Whole
from app.crm.planning import name_of
from app.crm.platform import Platform, Record
from app.models.crm import CrmConnection, CrmJob, CrmRequest, CrmRule
from app.times import iso


def rule_object(rule: CrmRule) -> dict[str, Any]:
    return {
        "id": str(rule.id),
        "connectionId": str(rule.connection_id),
        "name": rule.name,
        "active": rule.active,
        "object": rule.object,
        "trigger": rule.trigger,
        "property": rule.property,
        "conditions": rule.conditions,
        "numberProperties": list(rule.number_properties),
        "instructions": rule.instructions,
        "firstMessage": rule.first_message,
        "calleeName": rule.callee_name,
        "hours": rule.hours,
        "onceWithinSeconds": rule.once_within_seconds,
        "createdAt": iso(rule.created_at),
        "updatedAt": iso(rule.updated_at),
    }


def dry_run_object(run: DryRun, rule: CrmRule, connection: CrmConnection, platform: Platform) -> dict[str, Any]:
    """`call` is there also where something else speaks against it."""
    return {
        "ruleId": str(rule.id),
        "connectionId": str(connection.id),
        "test": connection.mode == "test",
        "active": rule.active,
        "record": _record_object(run.record),
        "person": _person_object(run.person, platform),
        "conditions": [_looked_object(looked) for looked in run.conditions],
        "wouldCall": run.objection is None,
        "error": run.objection.told() if run.objection else None,
        "call": _call_object(run),
    }


def enrolment_object(whole: Whole) -> dict[str, Any]:
    """`status` is `waiting`, `calling`, `ended` or `refused`; `answers` and `ending` are null before its end."""
    enrolment = whole.enrolment
    return {
        "id": str(enrolment.id),
        "connectionId": str(enrolment.connection_id),
        "source": enrolment.source,
        "ruleId": str(enrolment.rule_id) if enrolment.rule_id else None,
        "object": enrolment.object,
        "recordId": enrolment.record_id,
        "status": whole.status,
        "callId": str(enrolment.call_id) if enrolment.call_id else None,
        "error": enrolment.refusal,
        "questions": enrolment.questions,
        "answers": enrolment.answers,
        "ending": ending_fields(whole.ending) if whole.ending else None,
        "jobs": [_job_object(job, whole.unsent.get(job.id, [])) for job in whole.jobs],
        "test": enrolment.mode == "test",
        "deadlineAt": iso(enrolment.deadline_at),
        "createdAt": iso(enrolment.created_at),
    }


def _job_object(job: CrmJob, unsent: list[CrmRequest]) -> dict[str, Any]:
    return {
        "kind": job.kind,
        "status": job.status,
        "tries": job.tries,
        "error": job.error,
        "errorCode": job.error_code,
        "result": job.result,
        "dueAt": iso(job.due_at) if job.status == "pending" else None,
        "completedAt": iso(job.completed_at),
        "unsent": [_unsent_object(request) for request in unsent],
    }


def _unsent_object(request: CrmRequest) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "body": request.body,
        "createdAt": iso(request.created_at),
    }


def _record_object(record: Record | None) -> dict[str, Any] | None:
    return {"object": record.object, "id": record.id} if record else None


def _person_object(person: Record | None, platform: Platform) -> dict[str, Any] | None:
    if person is None:
        return None
    return {"object": person.object, "id": person.id, "name": name_of(person, platform.objects)}


def _looked_object(looked: Looked) -> dict[str, Any]:
    condition = looked.condition
    return {
        "object": condition.object,
        "property": condition.property,
        "operator": condition.operator,
        "values": list(condition.values),
        "actual": looked.actual,
        "holds": looked.holds,
    }


def _call_object(run: DryRun) -> dict[str, Any] | None:
    call, found = run.call, run.number
    if call is None or found is None:
        return None
    return {
        "phoneNumber": call.phone_number,
        "extension": found.dialable.extension or None,
        "numberProperty": found.property,
        "name": call.name,
        "instructions": call.instructions,
        "firstMessage": call.first_message,
        "callAt": iso(call.call_at),
    }

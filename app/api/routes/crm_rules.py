"""/crm/rules, /crm/enrolments and /crm/calls: what starts calls from CRMs, and what came of it."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, request

from app.api.context import caller, context, settings
from app.api.idempotency import HEADER
from app.api.operation import operation
from app.api.routes.calls import REFUSALS
from app.crm import calling, dry_running, enrolments, rules
from app.crm.asked import DAY_SECONDS, Asked
from app.crm.means import means_of
from app.crm.showing import dry_run_object, enrolment_object, rule_object
from app.models.crm import CrmEnrolment
from app.web.connection import lent
from app.web.validation import Fields

CRM_REFUSALS: Final = ("connection_not_active", "crm_refused", "crm_unavailable", "crm_not_configured")
_NUMBER: Final = ("number_missing", "number_ambiguous", "number_invalid")
_QUESTIONS: Final = ("question1", "question2", "question3")

crm_rules = Blueprint("crm_rules", __name__)


@crm_rules.get("/crm/rules")
@operation(query="crm.rule.list.query", answer="crm.rule.list")
def list_rules(query: Fields) -> dict[str, Any]:
    """List your rules, newest first."""
    found, cursor = rules.page(
        caller().account_id,
        limit=query.get("limit", 20),
        cursor=query.get("cursor"),
        connection_id=_id(query, "connectionId"),
        object=query.get("object"),
        active=query["active"] == "true" if "active" in query else None,
    )
    return {"data": [rule_object(rule) for rule in found], "nextCursor": cursor}


@crm_rules.post("/crm/rules")
@operation(
    body="crm.rule.create",
    answer="crm.rule",
    status=201,
    in_transaction=False,
    refuses=("not_found", "live_key_needed", "too_many_rules", *CRM_REFUSALS),
)
def create_rule(body: Fields) -> dict[str, Any]:
    """Create a rule: which change in a CRM starts a call.

    What its texts and conditions name is looked up in the CRM, and refused where it is not there.
    """
    who = caller()
    made = rules.create(who.account_id, who.mode, UUID(body["connectionId"]), rules.Wanted.of(body), _means())
    return rule_object(made)


@crm_rules.get("/crm/rules/<uuid:rule_id>")
@operation(answer="crm.rule")
def read_rule(rule_id: UUID) -> dict[str, Any]:
    """Read a rule."""
    return rule_object(rules.get(caller().account_id, rule_id))


@crm_rules.put("/crm/rules/<uuid:rule_id>")
@operation(body="crm.rule.update", answer="crm.rule", refuses=("live_key_needed", *CRM_REFUSALS))
def update_rule(rule_id: UUID, body: Fields) -> dict[str, Any]:
    """Change a rule.

    What is left out stays. What it wanted before and has no call yet is called by what it says now.
    """
    return rule_object(rules.update(caller().account_id, caller().mode, rule_id, rules.Wanted.of(body), _means()))


@crm_rules.delete("/crm/rules/<uuid:rule_id>")
@operation(answer="crm.rule.deleted", refuses=("live_key_needed",))
def delete_rule(rule_id: UUID) -> dict[str, Any]:
    """Delete a rule.

    What it had wanted and has no call yet gets none; calls that it has scheduled stay.
    """
    rules.delete(caller().account_id, caller().mode, rule_id)
    return {"id": str(rule_id), "deleted": True}


@crm_rules.post("/crm/rules/<uuid:rule_id>/dry-run")
@operation(
    body="crm.dry-run.create",
    body_optional=True,
    answer="crm.dry-run",
    in_transaction=False,
    refuses=("live_key_needed", *CRM_REFUSALS),
)
def try_rule(rule_id: UUID, body: Fields) -> dict[str, Any]:
    """Try a rule, ringing nobody.

    With a record, or with the one that changed last: who would be called, when and with which words, or why not.
    """
    means = _means()
    rule, connection = rules.owned(caller().account_id, caller().mode, rule_id)
    platform = means.platform_of(connection)
    record = dry_running.read(rule, connection, means, body.get("recordId"))
    run = dry_running.dry_run(rule, connection, platform, settings(), record)
    return dry_run_object(run, rule, connection, platform)


@crm_rules.get("/crm/enrolments")
@operation(query="crm.enrolment.list.query", answer="crm.enrolment.list")
def list_enrolments(query: Fields) -> dict[str, Any]:
    """List what CRMs asked for, newest first.

    A live key sees all, a test key what went to the sandbox.
    """
    found, cursor = enrolments.page(
        caller().account_id,
        caller().mode,
        limit=query.get("limit", 20),
        cursor=query.get("cursor"),
        connection_id=_id(query, "connectionId"),
        rule_id=_id(query, "ruleId"),
        record_id=query.get("recordId"),
        status=query.get("status"),
    )
    return {"data": [enrolment_object(whole) for whole in enrolments.whole(found)], "nextCursor": cursor}


@crm_rules.get("/crm/enrolments/<uuid:enrolment_id>")
@operation(answer="crm.enrolment")
def read_enrolment(enrolment_id: UUID) -> dict[str, Any]:
    """Read what a CRM asked for, and what came of it."""
    return _shown(enrolments.get(caller().account_id, caller().mode, enrolment_id))


@crm_rules.post("/crm/enrolments/<uuid:enrolment_id>/retry")
@operation(answer="crm.enrolment", call_id="callId", refuses=("nothing_failed",))
def retry_enrolment(enrolment_id: UUID) -> dict[str, Any]:
    """Try again now what has failed of an enrolment."""
    return _shown(enrolments.retry(caller().account_id, caller().mode, enrolment_id))


@crm_rules.post("/crm/calls")
@operation(
    body="crm.call.create",
    answer="crm.enrolment",
    status=201,
    call_id="callId",
    refuses=("not_found", "live_key_needed", "crm_not_configured", *_NUMBER, *REFUSALS),
)
def create_crm_call(body: Fields) -> dict[str, Any]:
    """Make a call about a record of a connected CRM.

    Its end is told to the CRM, and put on the record. Whether it rings a phone is the connection's mode.
    """
    who = caller()
    asked = calling.FlowAsked(
        platform=body["platform"],
        external_id=body["externalId"],
        call=Asked(
            body["phoneNumber"],
            body["instructions"],
            body.get("firstMessage", ""),
            body.get("name", ""),
            body.get("country", ""),
        ),
        object=body.get("object"),
        record_id=body.get("recordId"),
        questions=_questions(body),
        wait=timedelta(minutes=body["longestWaitMinutes"])
        if "longestWaitMinutes" in body
        else timedelta(seconds=DAY_SECONDS),
        key=request.headers.get(HEADER),
    )
    return _shown(calling.start(who.account_id, who.key_id, who.mode, asked, settings(), _means()))


def _means() -> rules.Means:
    return means_of(context().crms, settings(), context().vault, lent)


def _questions(body: Fields) -> list[str]:
    """The questions in their places, up to the last that is asked."""
    asked = [body.get(name, "").strip() for name in _QUESTIONS]
    while asked and not asked[-1]:
        asked.pop()
    return asked


def _shown(enrolment: CrmEnrolment) -> dict[str, Any]:
    return enrolment_object(enrolments.whole([enrolment])[0])


def _id(query: Fields, name: str) -> UUID | None:
    return UUID(query[name]) if name in query else None

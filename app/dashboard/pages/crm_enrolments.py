"""Enrolments: what CRMs have asked for, and what became of it."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as Answer

from app.crm import browsing, enrolments, rules
from app.crm.asked import Asked
from app.dashboard import crm_words
from app.dashboard.address import Address
from app.dashboard.context import account_id, mode
from app.dashboard.pages.crm import MOST_RULES, RIGHTS
from app.dashboard.views import Shown, shows, submits, to
from app.models.crm import CrmEnrolment

LINES: Final = 25

crm_enrolments = Blueprint("crm_enrolments", __name__)


@crm_enrolments.get("/settings/crm/enrolments")
@shows("crm/enrolments.html")
def index() -> Shown:
    """What CRMs have asked for in a mode, newest first."""
    asked = Address(request.args)
    cursor, (since, until) = asked.cursor(CrmEnrolment), asked.moments()
    found, older = enrolments.page(
        account_id(),
        RIGHTS,
        limit=LINES,
        cursor=cursor,
        connection_id=asked.id("connection"),
        rule_id=asked.id("rule"),
        status=asked.choice("status", crm_words.ENROLMENT_STATUSES),
        since=since,
        until=until,
        world=mode(),
    )
    kept: dict[str, Any] = asked.counts | {"mode": request.args.get("mode")}
    its_rules, _ = rules.page(account_id(), limit=MOST_RULES)
    return {
        "lines": browsing.statuses(found),
        "connections": {one.id: one.name for one in browsing.named(account_id())},
        "rules": {one.id: one.name for one in its_rules},
        "asked": asked.typed,
        "errors": asked.errors,
        "older": url_for("crm_enrolments.index", **kept, cursor=older) if older else "",
        "newest": url_for("crm_enrolments.index", **kept) if cursor else "",
    } | _words()


@crm_enrolments.get("/settings/crm/enrolments/<uuid:enrolment_id>")
@shows("crm/enrolment.html")
def show(enrolment_id: UUID) -> Shown:
    """What was asked for, what became of it, and the work that it left to do."""
    return _whole(enrolment_id)


@crm_enrolments.post("/settings/crm/enrolments/<uuid:enrolment_id>/retry")
@submits("crm/enrolment.html", given=lambda enrolment_id: _whole(enrolment_id))
def retry(enrolment_id: UUID) -> Answer:
    """Try again now what has failed of it."""
    enrolments.retry(account_id(), RIGHTS, enrolment_id)
    return to("crm_enrolments.show", enrolment_id=enrolment_id, done="crm_retried")


def _whole(enrolment_id: UUID) -> dict[str, Any]:
    seen = browsing.seen(account_id(), enrolment_id)
    asked = seen.enrolment.asked if seen.enrolment.source != "rule" else None
    return {
        "seen": seen,
        "enrolment": seen.enrolment,
        "asked": Asked.of(asked) if asked else None,
        "can_retry": any(job.status == "failed" for job in seen.jobs),
        "jobs": crm_words.JOBS,
        "outcome_of": crm_words.outcome_of,
        "pretty": crm_words.pretty,
    } | _words()


def _words() -> dict[str, Any]:
    return {
        "sources": crm_words.SOURCES,
        "statuses": crm_words.ENROLMENT_STATUSES,
        "tones": crm_words.ENROLMENT_TONES,
    }

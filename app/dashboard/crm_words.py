"""What pages about CRMs say: statuses, triggers, jobs and requests in words."""

import json
from collections.abc import Mapping
from typing import Any, Final

from app.crm.platform import Platform
from app.dashboard.refusals import spoken
from app.models.crm import CrmConnection, CrmJob, CrmRule
from app.times import now

MOST_SHOWN: Final = 8_000  # characters of what would have been written

STATUSES: Final[Mapping[str, str]] = {
    "pending": "not authorised yet",
    "active": "connected",
    "broken": "authorise anew",
    "leaving": "being ended",
    "disconnected": "ended",
}
LOGS: Final = (
    ("own", "Calls that this CRM has started", ""),
    ("all", "All live calls of this account", "On the one person whose number was called."),
    ("none", "No calls", "Nothing is put on records."),
)
TRIGGERS: Final[Mapping[str, str]] = {
    "created": "A record is created",
    "changed": "A property of a record changes",
    "message": "The CRM sends a message about a record",
}
OPERATORS: Final[Mapping[str, str]] = {
    "equals": "is",
    "not_equals": "is not",
    "one_of": "is one of",
    "contains": "contains",
    "is_set": "is filled in",
    "is_not_set": "is empty",
    "greater": "is greater than",
    "less": "is less than",
}
SOURCES: Final[Mapping[str, str]] = {
    "action": "A step of a workflow",
    "rule": "A rule of yours",
    "flow": "A flow, by the API",
}
ENROLMENT_STATUSES: Final[Mapping[str, str]] = {
    "waiting": "waiting for its call",
    "calling": "calling",
    "ended": "called",
    "refused": "not called",
}
ENROLMENT_TONES: Final[Mapping[str, str]] = {
    "waiting": "scheduled",
    "calling": "in-progress",
    "ended": "completed",
    "refused": "refused",
}
JOBS: Final[Mapping[str, str]] = {
    "start": "Make the call",
    "answer": "Tell the CRM how it ended",
    "write": "Put the call on the record",
    "forget": "Erase what the CRM has erased",
    "leave": "Give the authorisation back",
}
PURPOSES: Final[Mapping[str, str]] = {
    **JOBS,
    "authorize": "Authorise",
    "refresh": "Renew the access",
    "dry_run": "Try a rule",
    "rule": "Check a rule",
}
FAILURES: Final[Mapping[str, str]] = {
    "later": "Tried again, later and later.",
    "barred": "A limit of the CRM's: it goes on when that is over.",
    "expired": "The access was renewed, and this was asked again at once.",
    "revoked": "The authorisation was taken back: authorise the connection anew.",
    "gone": "The record is not there any more.",
    "refused": "The CRM says no for good.",
}
_RESULTS: Final[Mapping[str, str]] = {
    "told": "It was told.",
    "told before": "It had been told before.",
    "not waiting": "Nothing waits for it any more.",
    "connection_ended": "The connection was ended.",
    "authorised_anew": "It was authorised anew meanwhile.",
    "unsent": "In test mode nothing is written: see below.",
}


def problem(connection: CrmConnection, platform: Platform | None) -> str | None:
    """What is wrong with a connection, and what to do; None when all is well."""
    if connection.status == "pending":
        return "Nobody has agreed to it in the CRM yet. Authorise it."
    if connection.status == "broken":
        reason = (connection.status_reason or "The CRM has taken the authorisation back").rstrip(".")
        return f"{reason}. Authorise it anew: what waits is kept, and goes on then."
    if connection.status != "active":
        return None
    if platform is None or platform.missing_settings():
        return "This hub is not set up for this CRM any more. Its operator has to see to that."
    if is_barred(connection):
        return "The CRM takes no requests just now, for its limits. It goes on by itself."
    return None


def is_barred(connection: CrmConnection) -> bool:
    return connection.barred_until is not None and connection.barred_until > now()


def starts(rule: CrmRule) -> str:
    """What starts a rule's calls, in words."""
    if rule.trigger == "changed":
        return f"{rule.object}.{rule.property} changes"
    return {"created": f"a {rule.object} is created"}.get(rule.trigger, f"a message about a {rule.object}")


def outcome_of(job: CrmJob) -> str:
    """What came of a job, in words; "" for nothing yet."""
    if job.error:
        return spoken(job.error)
    if job.result is None or job.kind == "start":
        return ""
    if job.kind == "write" and job.status == "succeeded":
        return _RESULTS.get(job.result, f"Its id in the CRM is {job.result}.")
    return _RESULTS.get(job.result, str(job.result))


def pretty(body: Any) -> str:
    """What would have been written, to be read; cut where it is long."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    if len(text) <= MOST_SHOWN:
        return text
    return f"{text[:MOST_SHOWN]}\n… and {len(text) - MOST_SHOWN:,} more characters."


def every(seconds: int) -> tuple[int, str]:
    """A span as a number of the largest unit that it is made of."""
    return next((seconds // size, unit) for unit, size in reversed(tuple(UNITS.items())) if seconds % size == 0)


UNITS: Final[Mapping[str, int]] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}

"""A call as a task on the record's timeline. CallObject holds our id of the call, so it is written once."""

from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.crm.failures import Gone, Refused
from app.crm.platform import CallNote, Outcome, Record
from app.crm.salesforce.api import Api
from app.crm.salesforce.records import OBJECTS, PEOPLE, present
from app.crm.salesforce.soql import moment, quoted
from app.crm.salesforce.texts import fitting

MOST_DESCRIPTION: Final = 32_000
_SHORT: Final = 255
_CLOCKS_APART: Final = timedelta(days=1)
_CAME_OF_IT: Final[Mapping[Outcome, str]] = {
    "reached": "Reached",
    "voicemail": "Voicemail",
    "no_answer": "No answer",
    "busy": "Busy",
    "failed": "Failed",
    "canceled": "Canceled",
    "refused": "Not called",
    "timed_out": "Not ended in time",
}
_SPEAKERS: Final = {"agent": "Agent", "human": "Callee"}


def write_call(api: Api, record: Record, note: CallNote) -> str:
    """Put a call on the record, or on the one that it has become, if it is on none yet; the task's id. Raises Gone.

    A task that somebody has deleted counts: it is not put there again.
    """
    if there := _written(api, note):
        return there
    zone = zone_of(api)
    try:
        return _insert(api, fields_of(record, note, zone))
    except Gone:
        now = present(api, record)
        if (now.object, now.id) == (record.object, record.id):
            raise
        return _insert(api, fields_of(now, note, zone))


def _written(api: Api, note: CallNote) -> str | None:
    """CallObject has no index and the moment of creation has one: among millions of tasks it would take too long."""
    since = moment(note.started_at - _CLOCKS_APART)
    where = f"CallObject = {quoted(str(note.call_id))} AND CreatedDate >= {since}"
    found = api.query(f"SELECT Id FROM Task WHERE {where} LIMIT 1", deleted=True)
    return str(found[0]["Id"]) if found else None


def _insert(api: Api, fields: Mapping[str, Any]) -> str:
    return api.insert("Task", fields, unsent=f"unsent-{fields['CallObject']}")


def zone_of(api: Api) -> tzinfo:
    """The organisation's time zone: in California a call late in the afternoon was not made tomorrow."""
    try:
        rows = api.query("SELECT TimeZoneSidKey FROM Organization LIMIT 1")
        return ZoneInfo(str(rows[0]["TimeZoneSidKey"])) if rows else UTC
    except (Refused, LookupError, ValueError):  # not to be seen by our user, or no zone that is known here
        return UTC


def fields_of(record: Record, note: CallNote, zone: tzinfo) -> dict[str, Any]:
    """The task's fields; its owner is the user who has authorised us."""
    ending, called = note.ending, note.callee or note.to_number
    came_of_it = _CAME_OF_IT[ending.outcome]
    return _stands_on(record) | {
        "Subject": fitting(f"AI call with {called}: {came_of_it}", _SHORT),
        "TaskSubtype": "Call",
        "Status": "Completed",
        "ActivityDate": note.started_at.astimezone(zone).date().isoformat(),
        "Description": fitting(described(note), MOST_DESCRIPTION),
        "CallType": "Outbound",
        "CallDurationInSeconds": ending.duration,
        "CallDisposition": came_of_it,
        "CallObject": str(note.call_id),
    }


def described(note: CallNote) -> str:
    """The call in words: what came of it first, then who said what."""
    ending = note.ending
    answers = [f"Answer {place}: {answer}" for place, answer in enumerate(ending.answers, 1) if answer]
    facts = [
        f"To: {note.to_number}",
        f"From: {note.from_number}",
        f"Answered by: {ending.answered_by}",
        *([f"The whole call: {note.page_url}"] if note.page_url else []),
    ]
    said = [f"{_SPEAKERS.get(role, role)}: {text}" for role, text in note.turns]
    parts = (
        ending.summary,
        "\n".join(answers),
        "\n".join(facts),
        f"Asked for: {note.instructions}",
        "\n".join(said),
    )
    return "\n\n".join(part for part in parts if part)


def _stands_on(record: Record) -> dict[str, str]:
    """WhoId is a person's, WhatId anything else's; a deal's or a case's task stands on its person, too."""
    if record.object in PEOPLE:
        return {"WhoId": record.id}
    person = record.related.get(OBJECTS[record.object].belongs_to)
    return {"WhatId": record.id} | ({"WhoId": person.id} if person else {})

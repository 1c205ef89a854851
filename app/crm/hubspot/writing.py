"""Putting a call on HubSpot's timelines, once however often it is asked, and whenever it is cut short.

A call is upserted by a unique property that holds our call's id, and then associated with its record and the person
that the record belongs to: both may be repeated. A call that neither can have, because they were deleted meanwhile or
the portal refuses it, is taken away again: none is left that stands on nobody's timeline.
"""

import json as jsons
from typing import Any, Final
from urllib.parse import quote

from app.crm.failures import Gone, Later, Refused
from app.crm.hubspot.objects import OBJECTS
from app.crm.hubspot.records import is_gone
from app.crm.hubspot.wording import CALL_ID, properties_of
from app.crm.platform import Answer, CallNote, Line, Record

_CALLS: Final = "/crm/v3/objects/calls"
_PROPERTIES: Final = "/crm/v3/properties/calls"
_GROUP: Final = {"name": "mio", "label": "Mio"}
_PROPERTY: Final = {
    "name": CALL_ID,
    "label": "Mio call id",
    "description": "The id of the call that Mio placed.",
    "groupName": _GROUP["name"],
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
    "formField": False,
}
_DISPENSABLE: Final = ("hs_call_disposition", "hs_call_from_number", "hs_call_to_number")
UNSENT: Final = "unsent"


def write_call(line: Line, record: Record, note: CallNote) -> str:
    """Put a call on a record's timeline and its person's; HubSpot's id of the call, `unsent` in test mode.

    Raises Gone or Refused where it stands on neither.
    """
    call_id = _stored(line, properties_of(note))
    stands_on = (record, *record.related.values())
    failures = [failure for each in stands_on if (failure := _not_associated(line, call_id, each))]
    if len(failures) == len(stands_on):
        _take_away(line, call_id)
        raise failures[0]
    return call_id


def _stored(line: Line, properties: dict[str, str]) -> str:
    """HubSpot's id of the call with these properties. The first call of a portal makes the unique property."""
    try:
        return _upsert(line, properties)
    except (Refused, Gone) as failed:
        if _made_property(line):
            return _upsert_newly(line, properties)
        taken = _without_refused(properties, failed)
        if taken == properties:
            raise
    return _upsert(line, taken)


def _without_refused(properties: dict[str, str], failed: Refused | Gone) -> dict[str, str]:
    """Properties without those that a portal refuses by name and a call can do without.

    A portal may have outcomes of its own instead of those that every portal begins with.
    """
    told = jsons.dumps(failed.answer) if isinstance(failed, Refused) else ""
    return {name: text for name, text in properties.items() if not (name in _DISPENSABLE and name in told)}


def _upsert(line: Line, properties: dict[str, str]) -> str:
    wanted = {"inputs": [{"idProperty": CALL_ID, "id": properties[CALL_ID], "properties": properties}]}
    answer = line.write("POST", f"{_CALLS}/batch/upsert", json=wanted, unsent={"results": [{"id": UNSENT}]})
    results = answer.json.get("results") or []
    if not results:
        raise _of_batch(answer)
    return str(results[0]["id"])


def _upsert_newly(line: Line, properties: dict[str, str]) -> str:
    """The same, where the property is so new that HubSpot may not know it everywhere."""
    try:
        return _upsert(line, properties)
    except (Refused, Gone) as failed:
        raise Later(failed.detail, failed.status_code) from None


def _of_batch(answer: Answer) -> Refused | Later:
    """What a 207 says that carried nothing out."""
    errors: list[Any] = answer.json.get("errors") or [{}]
    said = str(errors[0].get("message") or "HubSpot did not take the call")[:200]
    if str(errors[0].get("status")) in ("409", "429", "500", "502", "503", "504"):
        return Later(said, answer.status)
    return Refused(said, answer.status, answer=answer.json)


def _made_property(line: Line) -> bool:
    """Make the unique property where it is missing; whether it was. Somebody else may make it at the same time."""
    try:
        line.get(f"{_PROPERTIES}/{CALL_ID}")
    except Gone:
        _write_once(line, f"{_PROPERTIES}/groups", _GROUP)
        _write_once(line, _PROPERTIES, _PROPERTY)
        return True
    return False


def _write_once(line: Line, path: str, wanted: Any) -> None:
    try:
        line.write("POST", path, json=wanted, unsent=wanted)
    except (Later, Refused) as failed:
        if failed.status_code != 409:
            raise


def _not_associated(line: Line, call_id: str, record: Record) -> Refused | Gone | None:
    """Put a call on a record's timeline; why it could not be, for good."""
    try:
        _put(line, call_id, record)
    except Gone as failed:
        return failed
    except Refused as failed:
        return Gone(failed.detail, failed.status_code) if is_gone(line, record.object, record.id) else failed
    return None


def _put(line: Line, call_id: str, record: Record) -> None:
    there = f"{OBJECTS[record.object].name}/{quote(record.id, safe='')}"
    line.write("PUT", f"/crm/v4/objects/calls/{call_id}/associations/default/{there}", json=None, unsent={})


def _take_away(line: Line, call_id: str) -> None:
    try:
        line.write("DELETE", f"{_CALLS}/{call_id}", json=None, unsent={})
    except Gone:
        return

"""Putting a call on HubSpot's timelines, once however often it is asked, and whenever it is cut short.

A call is upserted by a unique property that holds our call's id, and then associated with its record: both may be
repeated. A call that cannot be associated, because its record was deleted meanwhile, is taken away again, so that none
is left that stands on nobody's timeline.
"""

from typing import Any, Final
from urllib.parse import quote

from app.crm.failures import Gone, Later, Refused
from app.crm.hubspot.objects import OBJECTS
from app.crm.hubspot.records import exists
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
UNSENT: Final = "unsent"


def write_call(line: Line, record: Record, note: CallNote) -> str:
    """Put a call on a record's timeline and its person's; HubSpot's id of the call, `unsent` in test mode."""
    properties = properties_of(note)
    try:
        call_id = _upsert(line, properties)
    except (Refused, Gone) as failed:
        if not _made_property(line):
            raise failed
        call_id = _upsert_newly(line, properties)
    _associate(line, call_id, record)
    for person in record.related.values():
        _associate_if_there(line, call_id, person)
    return call_id


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


def _associate(line: Line, call_id: str, record: Record) -> None:
    try:
        _put(line, call_id, record)
    except (Refused, Gone) as failed:
        if isinstance(failed, Refused) and exists(line, record.object, record.id):
            raise
        _take_away(line, call_id)
        raise Gone(f"The {record.object} is not in HubSpot any more", failed.status_code) from None


def _associate_if_there(line: Line, call_id: str, person: Record) -> None:
    try:
        _put(line, call_id, person)
    except Gone:
        return


def _put(line: Line, call_id: str, record: Record) -> None:
    there = f"{OBJECTS[record.object].name}/{quote(record.id, safe='')}"
    line.write("PUT", f"/crm/v4/objects/calls/{call_id}/associations/default/{there}", json=None, unsent={})


def _take_away(line: Line, call_id: str) -> None:
    try:
        line.write("DELETE", f"{_CALLS}/{call_id}", json=None, unsent={})
    except Gone:
        return

"""One HubSpot portal: its records, calls, tokens and waiting steps, as its documentation tells of them."""

import itertools
import re
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

import phonenumbers

OBJECTS: Final = {"contacts": "contact", "companies": "company", "deals": "deal", "tickets": "ticket"}
_PROPERTIES: Final = {
    "contact": ("firstname", "lastname", "email", "phone", "mobilephone", "lifecyclestage", "lastmodifieddate"),
    "company": ("name", "phone", "domain", "hs_lastmodifieddate"),
    "deal": ("dealname", "dealstage", "amount", "hs_lastmodifieddate"),
    "ticket": ("subject", "hs_pipeline_stage", "hs_lastmodifieddate"),
}
_SEARCHABLE: Final = {
    "hs_searchable_calculated_phone_number": "phone",
    "hs_searchable_calculated_mobile_number": "mobilephone",
}


_STATUSES: Final = "BUSY CALLING_CRM_USER CANCELED COMPLETED CONNECTING FAILED IN_PROGRESS NO_ANSWER QUEUED RINGING"
# A call's properties that the hub may know of, as HubSpot documents them; None where any text goes.
_CALL: Final[dict[str, frozenset[str] | None]] = {
    "hs_timestamp": None,
    "hs_call_title": None,
    "hs_call_body": None,
    "hs_call_duration": None,
    "hs_call_direction": frozenset(("INBOUND", "OUTBOUND")),
    "hs_call_status": frozenset(_STATUSES.split()),
    "hs_call_from_number": None,
    "hs_call_to_number": None,
}
# Busy, Connected, Left live message, Left voicemail, No answer, Wrong number.
_OUTCOMES: Final = frozenset(
    (
        "9d9162e7-6cf3-4944-bf63-4dff82258764",
        "f240bbac-87c9-4f6e-bf70-924b57d47db7",
        "a4c4c377-d246-4b32-a13b-75a56a4cd0ff",
        "b2cf5968-551e-4856-9783-52b3da59a7d0",
        "73a0d17f-1163-4015-bdd5-ec830791da20",
        "17b47fee-58de-441e-a44c-c6300d46f273",
    )
)
_BODY_AT_MOST: Final = 65_536


@dataclass
class Stored:
    """A record of a CRM object; `persons` are the contacts it belongs to."""

    object: str
    id: str
    properties: dict[str, str]
    changed: int
    persons: list[str] = field(default_factory=list)


@dataclass
class Call:
    """A call engagement; `on` are the (object, id) it is associated with, in order."""

    id: str
    properties: dict[str, str]
    on: list[tuple[str, str]] = field(default_factory=list)


class Portal:
    """What is in the portal. Not locked: the server asks it one request at a time."""

    def __init__(self) -> None:
        self.id = str(10_000_000 + secrets.randbelow(80_000_000))
        self.domain = f"portal-{self.id}.example"
        self.records: dict[tuple[str, str], Stored] = {}
        self.merged: dict[tuple[str, str], str] = {}
        self.calls: dict[str, Call] = {}
        self.call_properties: dict[str, dict[str, Any]] = {}
        self.groups: set[str] = set()
        self.outcomes = _OUTCOMES
        self.waiting: set[str] = set()
        self.completed: list[tuple[str, dict[str, Any]]] = []
        self.codes: dict[str, str] = {}
        self.access_tokens: set[str] = set()
        self.expired_tokens: set[str] = set()
        self.refresh_token: str | None = None
        self._numbers = itertools.count(secrets.randbelow(900_000) + 100_000)

    def add(self, object: str, properties: dict[str, str], persons: list[str] | None = None) -> str:
        record_id = str(next(self._numbers))
        self.records[object, record_id] = Stored(object, record_id, properties, next(self._numbers), persons or [])
        return record_id

    def find(self, object: str, record_id: str) -> Stored | None:
        """A record by its id, or by that of one that was merged into it."""
        return self.records.get((object, self.merged.get((object, record_id), record_id)))

    def merge(self, object: str, gone: str, kept: str) -> None:
        del self.records[object, gone]
        self.merged[object, gone] = kept

    def change(self, object: str, record_id: str, properties: dict[str, str]) -> None:
        stored = self.records[object, record_id]
        stored.properties.update(properties)
        stored.changed = next(self._numbers)

    def properties_of(self, object: str) -> list[dict[str, Any]]:
        custom = {name for stored in self.records.values() if stored.object == object for name in stored.properties}
        return [{"name": name, "label": name, "archived": False} for name in {*_PROPERTIES[object], *custom}]

    def has_property(self, object: str, name: str) -> bool:
        return name in _SEARCHABLE or name in {each["name"] for each in self.properties_of(object)}

    def wrong_in_call(self, properties: dict[str, str]) -> list[dict[str, Any]]:
        """What HubSpot finds wrong with a call's properties, as it says it."""
        known = _CALL | {"hs_call_disposition": self.outcomes} | dict.fromkeys(self.call_properties)
        wrong = []
        for name, text in properties.items():
            if name not in known:
                wrong.append(_wrong(name, f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST"))
            elif (options := known[name]) is not None and text not in options:
                said = f"{text} was not one of the allowed options: {sorted(options)}"
                wrong.append(_wrong(name, said, "INVALID_OPTION"))
            elif name == "hs_call_body" and len(text) > _BODY_AT_MOST:
                wrong.append(_wrong(name, "The text is too long", "VALUE_TOO_LONG"))
        return wrong

    def search(self, object: str, groups: list[Any], sorts: list[str], limit: int) -> list[Stored]:
        """Records for which every filter of some group holds, as all do where there is none; newest first if sorted."""
        found = [stored for stored in self.records.values() if stored.object == object and _in_any(stored, groups)]
        if sorts:
            found.sort(key=lambda stored: stored.changed, reverse=sorts[0].startswith("-"))
        return found[:limit]

    def upsert_call(self, property: str, value: str, properties: dict[str, str]) -> tuple[Call, bool]:
        """The call whose `property` is `value`, with new properties; whether it is new."""
        for call in self.calls.values():
            if call.properties.get(property) == value:
                call.properties.update(properties)
                return call, False
        call = Call(str(next(self._numbers)), {**properties, property: value})
        self.calls[call.id] = call
        return call, True

    def code(self, redirect_uri: str) -> str:
        code = secrets.token_hex(8)
        self.codes[code] = redirect_uri
        return code

    def token(self) -> str:
        token = "access-" + secrets.token_hex(12)
        self.access_tokens.add(token)
        return token

    def expire(self) -> None:
        self.expired_tokens |= self.access_tokens
        self.access_tokens.clear()

    def uninstall(self) -> None:
        self.expire()
        self.refresh_token = None


def _wrong(name: str, message: str, kind: str) -> dict[str, Any]:
    return {"isValid": False, "message": message, "error": kind, "name": name}


def _in_any(stored: Stored, groups: list[Any]) -> bool:
    return not groups or any(all(_holds(stored, each) for each in group["filters"]) for group in groups)


def _holds(stored: Stored, wanted: dict[str, Any]) -> bool:
    if wanted["operator"] != "IN":
        raise ValueError(f"the stand-in knows no {wanted['operator']}")
    name = wanted["propertyName"]
    if name in _SEARCHABLE:
        text = _national(stored.properties.get(_SEARCHABLE[name], ""))
    else:
        text = stored.properties.get(name, "").lower()
    return bool(text) and text in wanted["values"]


def _national(text: str) -> str:
    """Area code and local number, as HubSpot keeps them for searching."""
    try:
        return str(phonenumbers.parse(text, "US").national_number)
    except phonenumbers.NumberParseException:
        return re.sub(r"\D", "", text)

"""Records of Salesforce's that can be called, read by queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from app.crm.failures import Gone, Refused
from app.crm.platform import ObjectKind, Record
from app.crm.salesforce.api import Api
from app.crm.salesforce.failing import INVALID_FIELD, INVALID_TYPE, told
from app.crm.salesforce.ids import long_id
from app.crm.salesforce.soql import listed, names, quoted

_PERSON_NAMES: Final = ("FirstName", "LastName")
_KINDS: Final = (
    ObjectKind("lead", "Lead", ("Phone", "MobilePhone"), _PERSON_NAMES),
    ObjectKind("contact", "Contact", ("Phone", "MobilePhone", "HomePhone", "OtherPhone"), _PERSON_NAMES),
    ObjectKind("account", "Account", ("Phone",), ("Name",)),
    ObjectKind("opportunity", "Opportunity", (), ("Name",), person=False),
    ObjectKind("case", "Case", (), ("Subject",), person=False),
)
OBJECTS: Final[Mapping[str, ObjectKind]] = MappingProxyType({kind.key: kind for kind in _KINDS})
PEOPLE: Final = ("contact", "lead")

# Fields that name the record which one has been merged into, and the contact that a lead has become.
_MERGED_INTO: Final = "MasterRecordId"
_BECAME: Final = "ConvertedContactId"
_MERGED: Final = frozenset({"lead", "contact", "account"})
_MOST_STEPS: Final = 5
_MOST_FOUND: Final = 10
_MOST_SPELLINGS: Final = 50
_MOST_ROLES: Final = 20
# Several values in one: not to be had as a text.
_COMPOUND: Final = frozenset({"address", "location", "base64"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is: the key of its object, and its id."""

    object: str
    id: str


def place_of(object: str, record_id: str) -> Place:
    """Raises Gone: what is not an id names no record."""
    found = long_id(record_id)
    if object not in OBJECTS or found is None:
        raise Gone(f"There is no {object} {record_id[:40]} in Salesforce.")
    return Place(object, found)


def read(
    api: Api, object: str, record_id: str, properties: Sequence[str] = (), of_person: Sequence[str] = ()
) -> Record:
    """A record, or the one that it was merged into, with its contact where it is no person. Raises Gone."""
    place, row = _found(api, place_of(object, record_id), properties)
    return Record(place.object, place.id, _texts(row, properties), _related(api, place, of_person))


def present(api: Api, record: Record) -> Record:
    """Where a record can be written on now: merged into another, and a lead on the contact that it has become.

    Raises Gone.
    """
    place, row = _found(api, place_of(record.object, record.id), (_BECAME,) if record.object == "lead" else ())
    if row.get(_BECAME):
        place, _ = _found(api, place_of("contact", str(row[_BECAME])), ())
    return Record(place.object, place.id, {}, _related(api, place, ()))


def latest(api: Api, object: str) -> str | None:
    """The id of the record that changed last; None when there is none."""
    found = api.query(f"SELECT Id FROM {OBJECTS[object].name} ORDER BY LastModifiedDate DESC LIMIT 1")
    return str(found[0]["Id"]) if found else None


def properties_of(api: Api, object: str) -> frozenset[str]:
    """The names of an object's fields whose values are texts."""
    return frozenset(str(field["name"]) for field in api.describe(OBJECTS[object].name) if _is_text(field))


def find_by_number(api: Api, spellings: Sequence[str]) -> list[Record]:
    """Contacts, then leads that are not converted, one of whose numbers is spelt so; at most 10."""
    wanted = tuple(dict.fromkeys(spellings))[:_MOST_SPELLINGS]
    found = [record for key in PEOPLE for record in _called(api, OBJECTS[key], wanted)] if wanted else []
    return found[:_MOST_FOUND]


def _called(api: Api, kind: ObjectKind, spellings: Sequence[str]) -> list[Record]:
    try:
        return _whose(api, kind, kind.numbers, spellings)
    except Refused as refused:
        if told(refused.answer)[0] == INVALID_TYPE:  # our user may not see such records at all
            return []
        if told(refused.answer)[0] != INVALID_FIELD:
            raise
    there = properties_of(api, kind.key)
    numbers = [name for name in kind.numbers if name in there]
    return _whose(api, kind, numbers, spellings) if numbers else []


def _whose(api: Api, kind: ObjectKind, numbers: Sequence[str], spellings: Sequence[str]) -> list[Record]:
    fields = (*kind.names, *numbers)
    spelt = " OR ".join(f"{name} IN {listed(spellings)}" for name in numbers)
    where = f"({spelt})" + (" AND IsConverted = false" if kind.key == "lead" else "")
    order = f"ORDER BY LastModifiedDate DESC LIMIT {_MOST_FOUND}"
    rows = api.query(f"SELECT {', '.join(('Id', *fields))} FROM {kind.name} WHERE {where} {order}")
    return [Record(kind.key, str(row["Id"]), _texts(row, fields)) for row in rows]


def _found(api: Api, place: Place, properties: Sequence[str]) -> tuple[Place, dict[str, Any]]:
    merged_into = (_MERGED_INTO,) if place.object in _MERGED else ()
    for _ in range(_MOST_STEPS):
        row = _row(api, place, (*merged_into, *properties))
        if not row.get("IsDeleted"):
            return place, row
        if not row.get(_MERGED_INTO):
            break
        place = place_of(place.object, str(row[_MERGED_INTO]))
    raise Gone(f"The {place.object} {place.id} was deleted in Salesforce.")


def _row(api: Api, place: Place, fields: Sequence[str]) -> dict[str, Any]:
    try:
        rows = _asked(api, place, fields)
    except Refused as refused:
        if told(refused.answer)[0] != INVALID_FIELD:
            raise
        # A field is not there any more, or hidden from our user: the others still can be read.
        there = properties_of(api, place.object)
        rows = _asked(api, place, [name for name in fields if name in there])
    if not rows:
        raise Gone(f"There is no {place.object} {place.id} in Salesforce.")
    return rows[0]


def _asked(api: Api, place: Place, fields: Sequence[str]) -> list[dict[str, Any]]:
    chosen = ", ".join(names(("Id", "IsDeleted", *fields)))
    return api.query(
        f"SELECT {chosen} FROM {OBJECTS[place.object].name} WHERE Id = {quoted(place.id)} LIMIT 1", deleted=True
    )


def _related(api: Api, place: Place, properties: Sequence[str]) -> dict[str, Record]:
    if OBJECTS[place.object].person:
        return {}
    contact_id = _contact_of_case(api, place) if place.object == "case" else _contact_of_opportunity(api, place)
    try:
        return {"contact": read(api, "contact", contact_id, properties)} if contact_id else {}
    except Gone:  # deleted, or hidden from our user: the record itself is there
        return {}


def _contact_of_case(api: Api, place: Place) -> str | None:
    rows = api.query(f"SELECT ContactId FROM Case WHERE Id = {quoted(place.id)} LIMIT 1")
    return str(rows[0]["ContactId"]) if rows and rows[0].get("ContactId") else None


def _contact_of_opportunity(api: Api, place: Place) -> str | None:
    """The primary one, else the one that was added first."""
    rows = api.query(
        f"SELECT ContactId, IsPrimary FROM OpportunityContactRole WHERE OpportunityId = {quoted(place.id)}"
        f" ORDER BY CreatedDate ASC LIMIT {_MOST_ROLES}"
    )
    chosen = next((row for row in rows if row.get("IsPrimary")), rows[0] if rows else None)
    return str(chosen["ContactId"]) if chosen and chosen.get("ContactId") else None


def _texts(row: Mapping[str, Any], properties: Sequence[str]) -> dict[str, str]:
    return {name: text for name in names(properties) if (text := _text(row.get(name)))}


def _text(value: object) -> str:
    """A value as its text in XML, so that records that are read and records in messages are alike."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def _is_text(field: Mapping[str, Any]) -> bool:
    return isinstance(field.get("name"), str) and field.get("type") not in _COMPOUND

"""Reading HubSpot's records: by id, by what changed last, and by a phone number."""

import re
from collections.abc import Sequence
from typing import Any, Final

from app.crm.failures import Gone, Refused
from app.crm.hubspot.objects import CHANGED, CHANGED_ELSE, OBJECTS, person_ids, record_of
from app.crm.platform import Line, Record

_ID: Final = re.compile(r"[0-9]{1,20}")
_FOUND_AT_MOST: Final = 10
# Two people may share national digits in different countries: so many are looked at for the ones meant.
_SOUGHT_AT_MOST: Final = 50
_NUMBERS: Final = ("phone", "mobilephone")
# What HubSpot makes of the two for searching: area code and local number, without a country code.
_SEARCHABLE: Final = ("hs_searchable_calculated_phone_number", "hs_searchable_calculated_mobile_number")
_EXTENSION: Final = re.compile(r"(?i)\s*(ext|x|#|;|,|durchwahl).*$")


def properties_of(line: Line, object: str) -> frozenset[str]:
    """The names of an object's properties, those that are archived left out."""
    found = line.get(f"/crm/v3/properties/{OBJECTS[object].name}").json["results"]
    return frozenset(str(each["name"]) for each in found if not each.get("archived"))


def read(line: Line, object: str, record_id: str, properties: Sequence[str], of_person: Sequence[str]) -> Record:
    """A record, and the first of its persons where it is none: a deal's or a ticket's associated contact.

    Raises Gone: what is no number names no record.
    """
    kind = OBJECTS[object]
    wanted = {"properties": ",".join(dict.fromkeys((*properties, *kind.numbers, *kind.names)))}
    if kind.person:
        return record_of(object, line.get(_path(object, record_id), params=wanted).json)
    person = kind.belongs_to
    answer = line.get(_path(object, record_id), params=wanted | {"associations": OBJECTS[person].name}).json
    found = _first(line, person, person_ids(answer, person), of_person)
    return record_of(object, answer, {person: found} if found else {})


def is_gone(line: Line, object: str, record_id: str) -> bool:
    """Whether a record was deleted; not known, and so not the case, where the portal does not let us see it."""
    try:
        line.get(_path(object, record_id))
    except Gone:
        return True
    except Refused:
        return False
    return False


def latest(line: Line, object: str) -> str | None:
    """The id of the record that changed last; None where there is none."""
    found = _search(line, object, [], [], sorts=[f"-{CHANGED.get(object, CHANGED_ELSE)}"], limit=1)
    return str(found[0]["id"]) if found else None


def find_by_number(line: Line, spellings: Sequence[str]) -> Sequence[Record]:
    """The contacts one of whose numbers is spelt so, at most 10.

    A number is kept as people wrote it: it is sought by each spelling, and by its national digits in what HubSpot keeps
    for searching. What is found so is taken only if its own digits are those of a spelling, and where it has a country
    code those of the first: people of two countries may share the national ones.
    """
    digits = {_digits(spelling) for spelling in spellings}
    # IN compares text in small letters.
    sought = [(name, [spelling.lower() for spelling in spellings]) for name in _NUMBERS]
    sought += [(name, sorted(digits)) for name in _SEARCHABLE]
    kind = OBJECTS["contact"]
    found = _search(line, kind.key, sought, [*kind.numbers, *kind.names], limit=_SOUGHT_AT_MOST)
    records = [record_of(kind.key, each) for each in found]
    meant = [each for each in records if any(_is(each.properties.get(name, ""), spellings) for name in kind.numbers)]
    return meant[:_FOUND_AT_MOST]


def _first(line: Line, person: str, ids: Sequence[str], properties: Sequence[str]) -> Record | None:
    """The first of some persons that is still there."""
    for record_id in ids:
        try:
            return read(line, person, record_id, properties, ())
        except Gone:
            continue
    return None


def _search(
    line: Line,
    object: str,
    sought: Sequence[tuple[str, Sequence[str]]],
    properties: Sequence[str],
    *,
    sorts: Sequence[str] = (),
    limit: int,
) -> Sequence[Any]:
    asked = {
        "filterGroups": [
            {"filters": [{"propertyName": name, "operator": "IN", "values": list(values)}]} for name, values in sought
        ],
        "properties": list(properties),
        "sorts": list(sorts),
        "limit": limit,
        "after": "0",
    }
    found: Sequence[Any] = line.ask("POST", f"/crm/v3/objects/{OBJECTS[object].name}/search", json=asked).json[
        "results"
    ]
    return found


def _is(text: str, spellings: Sequence[str]) -> bool:
    """Whether a number is the one that is spelt so. E.164 is the first spelling."""
    meant = spellings[:1] if text.lstrip().startswith("+") else spellings
    return _digits(text) in {_digits(spelling) for spelling in meant}


def _digits(text: str) -> str:
    """A number's digits without an extension, a trunk's zero or the zeros before a country code."""
    return re.sub(r"[^0-9]", "", _EXTENSION.sub("", text.replace("(0)", ""))).lstrip("0")


def _path(object: str, record_id: str) -> str:
    if not _ID.fullmatch(record_id):  # a dot would lead to another place of the API
        raise Gone(f"There is no {object} {record_id[:40]} in HubSpot.")
    return f"/crm/v3/objects/{OBJECTS[object].name}/{record_id}"

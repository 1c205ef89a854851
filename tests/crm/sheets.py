"""The plain CRM with records in its cloud: contacts, deals that belong to them, and what rules can hear of."""

from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any, Final
from urllib.parse import urlsplit

from app.crm.platform import Arrivals, Change, Inbound, Line, ObjectKind, Record, Reply
from tests.crm.plain import Asked, Behaviour, Cloud, Plain, says

PROPERTIES: Final[dict[str, list[str]]] = {
    "contact": ["phone", "mobile", "first", "last", "stage", "score", "last_called"],
    "deal": ["title", "amount", "stage"],
}


class Sheets(Cloud):
    """`contacts` and `deals` by id; a deal's `contact` is the id of its person."""

    def __init__(self, portal: str = "4711") -> None:
        super().__init__(portal)
        self.properties = PROPERTIES
        self.records: dict[tuple[str, str], dict[str, str]] = {}

    def add(self, object: str, id: str, **properties: str) -> str:
        self.records[object, id] = properties
        return id

    def answer(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        if not self.script and asked.bearer in self.valid and asked.method == "GET":
            self.script.append(self._told(urlsplit(asked.path).path))
        super().answer(handler, asked)

    def _told(self, path: str) -> Behaviour:
        what, object, *id = path.strip("/").split("/")
        if what == "properties":
            return says(200, self.properties[object])
        if what == "latest":
            return says(200, ([None] + [id for kind, id in self.records if kind == object])[-1])
        found = self.records.get((object, id[0]))
        return says(404, {"message": "There is no such record."}) if found is None else says(200, found)


class Sheet(Plain):
    """Its platform."""

    objects: Mapping[str, ObjectKind] = {
        "contact": ObjectKind("contact", "contacts", ("mobile", "phone"), ("first", "last")),
        "deal": ObjectKind("deal", "deals", (), ("title",), person=False),
    }
    triggers = frozenset({"created", "changed", "message"})
    quiet_properties = frozenset({"last_called"})
    answer_delay = 2.0

    def properties_of(self, line: Line, object: str) -> frozenset[str]:
        return frozenset(line.get(f"/properties/{object}").json)

    def read(
        self, line: Line, object: str, record_id: str, properties: Sequence[str], of_person: Sequence[str] = ()
    ) -> Record:
        found = line.get(f"/records/{object}/{record_id}").json
        person = found.get("contact")
        related = {"contact": self.read(line, "contact", person, of_person)} if person else {}
        return Record(object, record_id, {name: found[name] for name in properties if found.get(name)}, related)

    def latest(self, line: Line, object: str) -> str | None:
        found: str | None = line.get(f"/latest/{object}").json
        return found

    def waits(self, enrolment_source: str) -> bool:
        return enrolment_source != "rule"

    def receive(self, name: str, request: Inbound, arrivals: Arrivals) -> Reply:
        return Reply(404)


def a_change(record_id: str, key: str, *, trigger: Any = "changed", **fields: Any) -> Change:
    """Of a contact's stage, unless it says otherwise."""
    plain = {"object": "contact", "property": "stage" if trigger == "changed" else None}
    return Change(key=key, record_id=record_id, trigger=trigger, **plain | fields)

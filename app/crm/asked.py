"""What a CRM asked for, as an enrolment keeps it until there is a call. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from app.crm.platform import ActionAsked, Record
from app.text import storable

DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as a workflow asks for it: `number` as people write numbers; "" for what it left out.

    Without a number it is for the person whom its record belongs to.
    """

    number: str
    instructions: str
    first_message: str = ""
    name: str = ""
    country: str = ""

    @classmethod
    def by_action(cls, asked: ActionAsked) -> Self:
        texts = (asked.number, asked.instructions, asked.first_message, asked.name, asked.country)
        return cls(*map(storable, texts))

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """From the `asked` of an enrolment by an action or a flow."""
        names = ("number", "instructions", "firstMessage", "name", "country")
        return cls(*(stored.get(name, "") for name in names))

    def stored(self) -> dict[str, str]:
        return {
            "number": self.number,
            "instructions": self.instructions,
            "firstMessage": self.first_message,
            "name": self.name,
            "country": self.country,
        }


def record_stored(record: Record | None) -> dict[str, Any]:
    """The `asked` of an enrolment by a rule: the record, where it came with the change."""
    if record is None:
        return {}
    related = {key: record_stored(one)["record"] for key, one in record.related.items()}
    properties = {storable(name): storable(value) for name, value in record.properties.items()}
    return {"record": {"object": record.object, "id": record.id, "properties": properties, "related": related}}


def record_of(stored: Mapping[str, Any] | None) -> Record | None:
    """The record that came with a change, from the `asked` of an enrolment by a rule; None where it is to be read."""
    return _record(stored["record"]) if stored and stored.get("record") else None


def _record(stored: Mapping[str, Any]) -> Record:
    related = {key: _record(one) for key, one in stored.get("related", {}).items()}
    return Record(stored["object"], stored["id"], stored["properties"], related)

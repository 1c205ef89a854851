"""The platform event that tells how a call ended. Published by the hub, it wakes the flow that waits."""

from dataclasses import replace
from typing import Final

from connectors.generation.contract import Field, fields
from connectors.generation.markup import Content, document
from connectors.generation.salesforce.names import EVENT, FOLDER, NAMESPACE, column

# The most that a Text and a LongTextArea hold.
_LONGEST_TEXT: Final = 255
LONG: Final = frozenset({"summary", "answer1", "answer2", "answer3", "error"})
_LONGEST: Final = 32768

_OF_THE_CRM: Final = (
    Field("enrolmentId", "Enrolment ID", "The id of the request for the call.", "text", required=True),
    Field("recordId", "Record ID", "The record that the call was about. Empty if none was named.", "text"),
)
# A required field that is empty keeps an event from being published: without a call there is no id of one.
ENDING: Final = tuple(replace(found, required=False) for found in fields("crm.ending"))
FIELDS: Final = (*_OF_THE_CRM, *ENDING)


def files() -> dict[str, str]:
    """The event and its fields."""
    folder = f"{FOLDER}/objects/{EVENT}"
    columns = {
        f"{folder}/fields/{column(found)}.field-meta.xml": document("CustomField", NAMESPACE, _field(found))
        for found in FIELDS
    }
    return {f"{folder}/{EVENT}.object-meta.xml": document("CustomObject", NAMESPACE, _EVENT)} | columns


# Published immediately: it tells of nothing that the publishing transaction commits.
_EVENT: Final[list[tuple[str, Content]]] = [
    ("deploymentStatus", "Deployed"),
    ("description", "A call that was started from Salesforce has ended, or none could be made. Mio Hub publishes it."),
    ("eventType", "HighVolume"),
    ("label", "Call Completed"),
    ("pluralLabel", "Calls Completed"),
    ("publishBehavior", "PublishImmediately"),
]


def _field(found: Field) -> list[tuple[str, Content]]:
    default: list[tuple[str, Content]] = [("defaultValue", False)] if found.kind == "boolean" else []
    return [
        ("fullName", column(found)),
        *default,
        ("description", found.description or found.help),
        ("externalId", False),
        ("label", found.label),
        *_typed(found),
    ]


def _typed(found: Field) -> list[tuple[str, Content]]:
    required: list[tuple[str, Content]] = [("required", found.required)]
    if found.kind == "boolean":
        return [("type", "Checkbox")]
    if found.kind == "integer":
        return [("precision", 18), *required, ("scale", 0), ("type", "Number")]
    if found.name in LONG:
        return [("length", _LONGEST), ("type", "LongTextArea"), ("visibleLines", 3)]
    return [("length", _LONGEST_TEXT), *required, ("type", "Text")]

"""The workflow action "Start AI call": its fields from `schemas/`, its words, and what a workflow's history says.

A field's type decides what a person may choose or do with it: HubSpot offers an enumeration's values to branch on.
"""

from dataclasses import replace
from typing import Any, Final

from connectors.generation.contract import Field, fields, schema
from connectors.generation.hubspot.place import APP, Place
from connectors.generation.words import snake_case

Part = dict[str, Any]

UID: Final = "mio_start_ai_call"
NAME: Final = "Start AI call"
DESCRIPTION: Final = (
    "Calls a number with AI and waits until the call has ended. Later steps have what came of it: branch on Outcome, "
    "or use Summary and the answers to your questions. The call is put on the record's timeline."
)
OBJECT_TYPES: Final = ("CONTACT", "COMPANY", "DEAL", "TICKET")

_CHOSEN_FROM_THE_RECORD: Final = ("OBJECT_PROPERTY",)
_TYPED_BY_A_PERSON: Final = ("STATIC_VALUE",)
_EITHER: Final = ("STATIC_VALUE", "OBJECT_PROPERTY")

# A number that a person types would be called for every record of the workflow.
_VALUES: Final = {
    "phoneNumber": _CHOSEN_FROM_THE_RECORD,
    "country": _TYPED_BY_A_PERSON,
    "longestWaitMinutes": _TYPED_BY_A_PERSON,
}
_TYPES: Final = {
    "text": ("string", "text"),
    "integer": ("number", "number"),
    "boolean": ("bool", "booleancheckbox"),
    "choice": ("enumeration", "select"),
}
# HubSpot keeps phone numbers as texts of this form.
_OWN_TYPES: Final = {"phoneNumber": ("string", "phonenumber"), "country": ("enumeration", "select")}
# A deal or a ticket has a contact to call; whoever leaves it out for others is told so by the call's outcome.
_DISPENSABLE: Final = frozenset(("phoneNumber",))
_OWN_HELP: Final = {
    "phoneNumber": "The property that holds the number, with country code or as it is written in the country below."
    " For a deal or a ticket it may be left empty: then its contact is called.",
    "country": "How a number without country code is read. Leave empty for the connection's own country.",
}

# The first that fits is shown. What is in braces is an output's value.
_MESSAGES: Final = {
    "reached": "Reached. {{ summary }}",
    "voicemail": "A machine answered. {{ summary }}",
    "no_answer": "Nobody answered.",
    "busy": "The line was busy.",
    "failed": "The call failed: {{ end_reason }}",
    "canceled": "The call was canceled.",
    "refused": "No call was made: {{ error }}",
    "timed_out": "The call had not ended when the longest wait was over.",
}


def start_call(place: Place) -> Part:
    """The action's file, as JSON values."""
    return {"uid": UID, "type": "workflow-action", "config": _config(place)}


def inputs() -> tuple[Field, ...]:
    """What a workflow gives: the fields of a call about a record that a person is asked for."""
    asked = schema("crm.call.create")["properties"]
    shown = (found for found in fields("crm.call.create") if "x-ui" in asked[found.name])
    return tuple(replace(found, help=_OWN_HELP.get(found.name, found.help)) for found in shown)


def outputs() -> tuple[Field, ...]:
    """What a workflow is given when the call has ended."""
    return fields("crm.ending")


def _config(place: Place) -> Part:
    return {
        "actionUrl": place.inbound("action"),
        "isPublished": True,
        "supportedClients": [{"client": "WORKFLOWS"}],
        "objectTypes": list(OBJECT_TYPES),
        "inputFields": [_input(found, place) for found in inputs()],
        "outputFields": [{"typeDefinition": _typed(found)} for found in outputs()],
        "executionRules": [{"labelName": f"outcome_{value}", "conditions": {"outcome": value}} for value in _MESSAGES],
        "labels": {"en": _labels()},
    }


def _input(found: Field, place: Place) -> Part:
    typed = _typed(found)
    if found.name == "country":
        typed |= {"optionsUrl": place.inbound("options")}
    return {
        "typeDefinition": typed,
        "supportedValueTypes": list(_VALUES.get(found.name, _EITHER)),
        "isRequired": found.required and found.name not in _DISPENSABLE,
    }


def _typed(found: Field) -> Part:
    kind, shown = _OWN_TYPES.get(found.name) or _TYPES[found.kind]
    typed = {"name": snake_case(found.name), "type": kind, "fieldType": "textarea" if found.multiline else shown}
    return typed | ({"options": _options(found)} if found.choices else {})


def _options(found: Field) -> list[Part]:
    return [{"value": one.value, "label": one.label, "displayOrder": at} for at, one in enumerate(found.choices)]


def _labels() -> Part:
    return {
        "actionName": NAME,
        "actionDescription": DESCRIPTION,
        "actionCardContent": "Call with AI: {{phone_number}}",
        "appDisplayName": APP,
        "inputFieldLabels": {snake_case(found.name): found.label for found in inputs()},
        "inputFieldDescriptions": {snake_case(found.name): found.help for found in inputs()},
        "outputFieldLabels": {snake_case(found.name): found.label for found in outputs()},
        "executionRules": {f"outcome_{value}": message for value, message in _MESSAGES.items()},
    }

"""A field of the contract as one of n8n's properties."""

import re
from typing import Any, Final

from connectors.generation.contract import Field, stated

Property = dict[str, Any]

DEFAULT_WAIT_SECONDS: Final = 3600
CALL_ID: Final = "[0-9a-fA-F-]{36}"


def property_of(found: Field) -> Property:
    """Its description has no full stop if it is one sentence."""
    if found.options_from == "calls":
        return _locator(found)
    kind, default, more = _KINDS[found.kind](found)
    return (
        {"displayName": found.label, "name": found.name, "type": kind}
        | more
        | ({"required": True} if found.required else {})
        | {"default": default}
        | ({"description": _described(found)} if found.help else {})
    )


def _described(found: Field) -> str:
    text = re.sub(r"\bid\b", "ID", found.help)
    return text.removesuffix(".") if text.count(". ") == 0 and text.count(".") <= 1 else text


def _text(found: Field) -> tuple[str, Any, Property]:
    return "string", "", {"typeOptions": {"rows": 4}} if found.multiline else {}


def _phone(found: Field) -> tuple[str, Any, Property]:
    return "string", "", {"placeholder": f"e.g. {found.example}"}


def _time(_: Field) -> tuple[str, Any, Property]:
    return "dateTime", "", {}


def _integer(found: Field) -> tuple[str, Any, Property]:
    default = DEFAULT_WAIT_SECONDS if found.name == "callbackDeadlineSeconds" else found.default
    return "number", default, {"typeOptions": stated(minValue=found.minimum, maxValue=found.maximum)}


def _choice(found: Field) -> tuple[str, Any, Property]:
    return "options", found.choices[0].value, {"options": _options(found)}


def _choices(found: Field) -> tuple[str, Any, Property]:
    return "multiOptions", [], {"options": _options(found)}


def _options(found: Field) -> list[Property]:
    return [{"name": one.label, "value": one.value} for one in sorted(found.choices, key=lambda one: one.label)]


_KINDS: Final = {
    "text": _text,
    "phone": _phone,
    "time": _time,
    "integer": _integer,
    "choice": _choice,
    "choices": _choices,
}


def _locator(found: Field) -> Property:
    rule = {
        "type": "regex",
        "properties": {"regex": CALL_ID, "errorMessage": "This is not the ID of a call"},
    }
    return {
        "displayName": found.label,
        "name": found.name,
        "type": "resourceLocator",
        "required": True,
        "default": {"mode": "list", "value": ""},
        "description": _described(found),
        "modes": [
            {
                "displayName": "From List",
                "name": "list",
                "type": "list",
                "typeOptions": {"searchListMethod": "getCalls", "searchable": True},
            },
            {
                "displayName": "By ID",
                "name": "id",
                "type": "string",
                "placeholder": f"e.g. {found.example}",
                "validation": [rule],
            },
        ],
    }

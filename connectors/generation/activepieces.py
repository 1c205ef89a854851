"""Writes what the piece for Activepieces says and asks: actions, triggers, checks, samples, words to translate."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from connectors.generation.catalogue import (
    ABOUT,
    ACTIONS,
    TRIGGERS,
    Action,
    Effect,
    Trigger,
)
from connectors.generation.contract import Field, Kind, fields
from connectors.generation.javascript import Code, called, check, json_file, literal, module, options
from connectors.generation.words import snake_case

SOURCE: Final = "connectors/activepieces/src"
FOLDERS: Final[tuple[str, ...]] = (f"{SOURCE}/lib/generated", f"{SOURCE}/i18n")

_PROPERTIES: Final[dict[Kind, str]] = {
    "time": "DateTime",
    "integer": "Number",
    "boolean": "Checkbox",
    "choice": "StaticDropdown",
    "choices": "StaticMultiSelectDropdown",
}
_FORMATS: Final[dict[Kind, str]] = {"time": "datetime", "integer": "number", "boolean": "boolean", "url": "url"}
# What an agent is told beside the description.
_FOR_AGENTS: Final[dict[Effect, str]] = {
    "dials": "A real phone rings and money is spent: call only people who agreed to it. Repeating it calls again.",
    "changes": "It cannot be undone.",
    "reads": "It changes nothing.",
}
# The framework's own retry cannot tell a busy hub from a call that must not be made, so that it might ring a person
# right after another call. The piece repeats by itself what may be repeated.
_NO_RETRY: Final = {
    "continueOnFailure": {"defaultValue": False},
    "retryOnFailure": {"defaultValue": False, "hide": True},
}


# How a person connects: the field's name, what it is called and what is said of it.
_CONNECTION: Final = {
    "apiKey": (
        "API Key",
        "Starts with sk_live_ or sk_test_. Create one in your Mio Hub profile, under Integrations. With a test key no "
        "phone rings and nothing is charged.",
    ),
    "baseUrl": (
        "Base URL",
        "Leave empty unless you host Mio Hub yourself. Your API key is sent to this address.",
    ),
}
_PROPERTY: Final = "import { Property } from '@activepieces/pieces-framework';\n"
_FIELDS: Final = "import { callFields } from './output';\n"
_CHOICE: Final = "import { callChoice } from '../common/choice';\n"


def files() -> dict[str, str]:
    """Path to content."""
    generated = f"{SOURCE}/lib/generated"
    return {
        f"{generated}/connection.ts": module("", {"words": _connection()}),
        f"{generated}/output.ts": module(
            "import type { OutputSchemaField } from '@activepieces/pieces-framework';\n",
            {"callFields": [_shown(found) for found in fields("call")]},
            ": OutputSchemaField[]",
        ),
        f"{generated}/actions.ts": module(
            _PROPERTY + _CHOICE + _FIELDS, {found.key: _action(found) for found in ACTIONS}
        ),
        f"{generated}/triggers.ts": module(_PROPERTY + _FIELDS, {found.key: _trigger(found) for found in TRIGGERS}),
        f"{generated}/checks.ts": module(
            "import type { Check } from '../common/checking';\n",
            {found.key: [check(one) for one in found.asked] for found in ACTIONS},
            ": readonly Check[]",
        ),
        f"{SOURCE}/i18n/translation.json": json_file(_words()),
    }


def _connection() -> dict[str, Any]:
    told = {name: {"displayName": label, "description": text} for name, (label, text) in _CONNECTION.items()}
    return {"about": ABOUT, **told}


def _action(action: Action) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": snake_case(action.key),
        "displayName": action.label,
        "description": action.description,
        "audience": Code('"both" as const'),
        "aiMetadata": {
            "description": f"{action.description} {_FOR_AGENTS[action.effect]}",
            "idempotent": action.effect != "dials",
        },
        "props": {found.name: _property(found) for found in action.asked},
        "outputSchema": _output(action.adds) | ({"itemLabel": "{toNumber}: {status}"} if action.many else {}),
    }
    return told | ({"errorHandlingOptions": _NO_RETRY} if action.effect == "dials" else {})


def _trigger(trigger: Trigger) -> dict[str, Any]:
    return {
        "name": snake_case(trigger.key),
        "displayName": trigger.label,
        "description": trigger.description,
        "aiMetadata": {"description": trigger.description},
        "props": {found.name: _property(found) for found in trigger.filters},
        "event": trigger.event,
        "fixed": trigger.fixed or {},
        "listed": trigger.listed or {},
        "sampleData": trigger.sample,
        "outputSchema": _output(),
    }


def _property(found: Field) -> Code:
    told: dict[str, Any] = {"displayName": found.label, "description": found.help, "required": found.required}
    if found.options_from == "calls":
        return called("callChoice", told)
    if found.choices:
        told["options"] = {"options": options(found)}
    plain = "LongText" if found.multiline else "ShortText"
    return called(f"Property.{_PROPERTIES.get(found.kind, plain)}", told)


def _output(adds: Sequence[Field] = ()) -> dict[str, Any]:
    if not adds:
        return {"fields": Code("callFields")}
    return {"fields": Code(f"callFields.concat({literal([_shown(found) for found in adds])})")}


def _shown(found: Field) -> dict[str, Any]:
    told: dict[str, Any] = {"key": found.name, "label": found.label, "description": found.help}
    if found.kind in _FORMATS:
        told["format"] = _FORMATS[found.kind]
    if found.fields:
        told["listItems" if found.kind == "list" else "children"] = [_shown(inner) for inner in found.fields]
    return told


def _words() -> dict[str, str]:
    """Every text of ours that Activepieces lets translate, each under itself, as its translators' tool wants it."""
    texts = [ABOUT, *(text for told in _CONNECTION.values() for text in told)]
    for action in ACTIONS:
        texts += (action.label, action.description, *_words_of(action.asked))
    for trigger in TRIGGERS:
        texts += (trigger.label, trigger.description, *_words_of(trigger.filters))
    return {text: text for text in texts}


def _words_of(given: Sequence[Field]) -> Iterator[str]:
    for found in given:
        yield from (found.label, found.help, *(one.label for one in found.choices))

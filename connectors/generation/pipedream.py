"""Writes the shells of the components for Pipedream: what they are called, ask for and show, without behaviour."""

import re
from typing import Any, Final

from connectors.generation.catalogue import ACTIONS, TRIGGERS, Action, Effect, Trigger
from connectors.generation.contract import Field, Kind
from connectors.generation.javascript import Code, check, entries, literal

HOME: Final = "connectors/pipedream/components/mio_hub"
FOLDERS: Final[tuple[str, ...]] = (f"{HOME}/actions", f"{HOME}/sources", f"{HOME}/common/generated")
NOTE: Final = "// Generated from schemas/ by `make connectors`. Do not edit.\n"
DOCUMENTATION: Final = "[See the documentation](https://api.mio.gg/docs)"
VERSION: Final = "0.0.1"

_TYPES: Final[dict[Kind, str]] = {"integer": "integer", "boolean": "boolean", "choices": "string[]"}
_HINTS: Final[dict[Effect, dict[str, bool]]] = {
    "dials": {"destructiveHint": True, "idempotentHint": False, "openWorldHint": True, "readOnlyHint": False},
    "changes": {"destructiveHint": True, "idempotentHint": True, "openWorldHint": True, "readOnlyHint": False},
    "reads": {"destructiveHint": False, "idempotentHint": True, "openWorldHint": True, "readOnlyHint": True},
}
# Pipedream names a source after what is new.
_NEW: Final = {"voicemailLeft": "Voicemail"}
_WHEN: Final = "Triggers when "
_RUN: Final = "async run({\n  steps, $,\n}) {\n  return run(this, steps, $);\n}"


def files() -> dict[str, str]:
    """Path to content."""
    found = {
        f"{HOME}/common/generated/definitions.mjs": f"{NOTE}\nexport default {literal(_definitions())};\n",
        f"{HOME}/common/generated/checks.mjs": _module(
            {action.key: [check(one) for one in action.asked] for action in ACTIONS}
        ),
    }
    for action in ACTIONS:
        found[f"{HOME}/actions/{_kebab(action.key)}/{_kebab(action.key)}.mjs"] = _action(action)
    for trigger in TRIGGERS:
        key = source_key(trigger)
        found[f"{HOME}/sources/{key}/{key}.mjs"] = _source(trigger)
        found[f"{HOME}/sources/{key}/test-event.mjs"] = f"{NOTE}\nexport default {literal(trigger.sample)};\n"
    return found


def source_name(trigger: Trigger) -> str:
    """`Call Completed` becomes `New Call Completed (Instant)`."""
    return f"New {_NEW.get(trigger.key, trigger.label)} (Instant)"


def source_key(trigger: Trigger) -> str:
    """`New Call Completed (Instant)` becomes `new-call-completed-instant`."""
    return re.sub(r"[^a-z]+", "-", source_name(trigger).lower()).strip("-")


def _module(constants: dict[str, Any]) -> str:
    return NOTE + "".join(f"\nexport const {name} = {literal(value)};\n" for name, value in constants.items())


def _definitions() -> dict[str, Any]:
    inputs = {found.name: found for action in ACTIONS for found in action.asked}
    filters = {_filter(found): found for trigger in TRIGGERS for found in trigger.filters}
    optional = {found.name for action in ACTIONS for found in action.asked if not found.required} | filters.keys()
    told = {name: _definition(found) for name, found in (inputs | filters).items()}
    return {name: one | {"optional": True} if name in optional else one for name, one in told.items()}


def _definition(found: Field) -> dict[str, Any]:
    told: dict[str, Any] = {"type": _TYPES.get(found.kind, "string"), "label": found.label, "description": found.help}
    if found.kind == "time":
        told["description"] += " An ISO 8601 time with its zone, like `2026-03-21T14:00:00Z`."
    if found.choices:
        told["options"] = [{"label": one.label, "value": one.value} for one in found.choices]
    bounds = {"min": found.minimum, "max": found.maximum}
    return told | {name: bound for name, bound in bounds.items() if bound is not None}


def _action(action: Action) -> str:
    component = {
        "key": f"mio_hub-{_kebab(action.key)}",
        "name": action.label,
        "description": f"{action.description} {DOCUMENTATION}",
        "version": VERSION,
        "type": "action",
        "annotations": _HINTS[action.effect],
        "props": {"mioHub": Code("mioHub")} | {found.name: _asked(found, found.name) for found in action.asked},
    }
    imports = (
        'import mioHub from "../../mio_hub.app.mjs";\n'
        f'import {{ {action.key} as run }} from "../../common/actions.mjs";\n'
    )
    return f"{NOTE}\n{imports}\nexport default {_component(component, _RUN)};\n"


def _source(trigger: Trigger) -> str:
    props = {found.name: _asked(found, _filter(found)) for found in trigger.filters}
    component = {
        "key": f"mio_hub-{source_key(trigger)}",
        "name": source_name(trigger),
        "description": f"Emit new event when {trigger.description.removeprefix(_WHEN)} {DOCUMENTATION}",
        "version": VERSION,
        "type": "source",
        "dedupe": "unique",
        "props": Code(_spread("common.props", props)),
        "methods": Code(_component({}, "...common.methods", *_methods(trigger))),
        "sampleEmit": Code("sampleEmit"),
    }
    imports = 'import common from "../../common/source.mjs";\nimport sampleEmit from "./test-event.mjs";\n'
    if props:
        imports = f'import mioHub from "../../mio_hub.app.mjs";\n{imports}'
    return f"{NOTE}\n{imports}\nexport default {_spread('common', component)};\n"


def _methods(trigger: Trigger) -> tuple[str, ...]:
    chosen = {found.name: Code(f"this.{found.name}") for found in trigger.filters}
    told = {
        "getEvent": trigger.event,
        "getFilters": chosen | (trigger.fixed or {}),
        "getListed": trigger.listed or {},
    }
    return tuple(_method(name, value) for name, value in told.items())


def _method(name: str, value: Any) -> str:
    return f"{name}() {{\n" + _indented(f"return {literal(value)};") + "\n}"


def _asked(found: Field, definition: str) -> dict[str, Any]:
    told: dict[str, Any] = {"propDefinition": [Code("mioHub"), definition]}
    return told | {"optional": False} if found.required and "optional" in _definitions()[definition] else told


def _spread(name: str, told: dict[str, Any]) -> str:
    return _component({}, f"...{name}", *entries(told))


def _component(told: dict[str, Any], *more: str) -> str:
    lines = "".join(f"{entry},\n" for entry in (*entries(told), *more))
    return "{\n" + _indented(lines.rstrip("\n")) + "\n}"


def _indented(text: str) -> str:
    return "\n".join("  " + line for line in text.split("\n"))


def _filter(found: Field) -> str:
    """How the app names a choice of a trigger: actions ask for things of the same names."""
    return f"filter{found.name[0].upper()}{found.name[1:]}"


def _kebab(key: str) -> str:
    """`startCall` becomes `start-call`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", key).lower()

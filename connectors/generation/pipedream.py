"""Writes the shells of the components for Pipedream: what they are called, ask for and show, without behaviour."""

import re
from typing import Any, Final

from connectors.generation.catalogue import ACTIONS, TRIGGERS, Action, Effect, Trigger
from connectors.generation.contract import Field, Kind, stated
from connectors.generation.javascript import (
    Code,
    check,
    entries,
    indented,
    literal,
    module,
    module_of,
    object_of,
    options,
)
from connectors.generation.words import kebab_case

HOME: Final = "connectors/pipedream/components/mio_hub"
FOLDERS: Final[tuple[str, ...]] = (f"{HOME}/actions", f"{HOME}/sources", f"{HOME}/common/generated")
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
        f"{HOME}/common/generated/definitions.mjs": module_of(_definitions()),
        f"{HOME}/common/generated/checks.mjs": module(
            "", {action.key: [check(one) for one in action.asked] for action in ACTIONS}
        ),
    }
    for action in ACTIONS:
        found[f"{HOME}/actions/{kebab_case(action.key)}/{kebab_case(action.key)}.mjs"] = _action(action)
    for trigger in TRIGGERS:
        key = source_key(trigger)
        found[f"{HOME}/sources/{key}/{key}.mjs"] = _source(trigger)
        found[f"{HOME}/sources/{key}/test-event.mjs"] = module_of(trigger.sample)
    return found


def source_name(trigger: Trigger) -> str:
    """`Call Completed` becomes `New Call Completed (Instant)`."""
    return f"New {_NEW.get(trigger.key, trigger.label)} (Instant)"


def source_key(trigger: Trigger) -> str:
    """`New Call Completed (Instant)` becomes `new-call-completed-instant`."""
    return re.sub(r"[^a-z]+", "-", source_name(trigger).lower()).strip("-")


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
        told["options"] = options(found)
    return told | stated(min=found.minimum, max=found.maximum)


def _action(action: Action) -> str:
    component = {
        "key": f"mio_hub-{kebab_case(action.key)}",
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
    return module_of(object_of(*entries(component), _RUN), imports)


def _source(trigger: Trigger) -> str:
    props = {found.name: _asked(found, _filter(found)) for found in trigger.filters}
    component = {
        "key": f"mio_hub-{source_key(trigger)}",
        "name": source_name(trigger),
        "description": f"Emit new event when {trigger.description.removeprefix(_WHEN)} {DOCUMENTATION}",
        "version": VERSION,
        "type": "source",
        "dedupe": "unique",
        "props": object_of("...common.props", *entries(props)),
        "methods": object_of("...common.methods", *_methods(trigger)),
        "sampleEmit": Code("sampleEmit"),
    }
    imports = 'import common from "../../common/source.mjs";\nimport sampleEmit from "./test-event.mjs";\n'
    if props:
        imports = f'import mioHub from "../../mio_hub.app.mjs";\n{imports}'
    return module_of(object_of("...common", *entries(component)), imports)


def _methods(trigger: Trigger) -> tuple[str, ...]:
    chosen = {found.name: Code(f"this.{found.name}") for found in trigger.filters}
    told = {
        "getEvent": trigger.event,
        "getFilters": chosen | (trigger.fixed or {}),
        "getListed": trigger.listed or {},
    }
    return tuple(_method(name, value) for name, value in told.items())


def _method(name: str, value: Any) -> str:
    return f"{name}() {{\n" + indented(f"return {literal(value)};") + "\n}"


def _asked(found: Field, definition: str) -> dict[str, Any]:
    told: dict[str, Any] = {"propDefinition": [Code("mioHub"), definition]}
    return told | {"optional": False} if found.required and "optional" in _definitions()[definition] else told


def _filter(found: Field) -> str:
    """How the app names a choice of a trigger: actions ask for things of the same names."""
    return f"filter{found.name[0].upper()}{found.name[1:]}"

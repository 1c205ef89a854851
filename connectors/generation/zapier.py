"""Zapier: the fields, samples and words of the app's triggers, creates and searches, as JavaScript modules.

What only Zapier has stands here: Find Call (one search for what others offer as two actions), API Request, the dropdown
of calls, and the notes that say what testing a step does.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from connectors.generation.catalogue import (
    ABOUT,
    ACTIONS,
    APP,
    CALL,
    CANCEL,
    DEDUPLICATION_KEY,
    GET,
    LATEST,
    LIST,
    SCHEDULE,
    START,
    START_AND_WAIT,
    TRIGGERS,
    Action,
    Trigger,
)
from connectors.generation.contract import Choice, Field, Kind, stated
from connectors.generation.javascript import module_of

FOLDERS: Final = ("connectors/zapier/generated",)

Definition = dict[str, Any]

# Below Zapier's thirty days, and above any queue of calls.
LONGEST_WAIT_SECONDS: Final = 86_400
_TYPES: Final[dict[Kind, str]] = {"time": "datetime", "integer": "integer", "boolean": "boolean"}
_WITH_A_TEST_KEY: Final = "With a test key, which starts with `sk_test_`,"
_TESTING: Final = {
    START.key: "**Testing this step places the call.** With a live API key a phone rings."
    f" {_WITH_A_TEST_KEY} the sandbox is called and nobody's phone rings.",
    SCHEDULE.key: "**Testing this step schedules the call.** With a live API key a phone rings at that time."
    f" {_WITH_A_TEST_KEY} the sandbox is called and nobody's phone rings.",
    START_AND_WAIT.key: "**Testing this step rings nobody.** It shows your latest completed call, or an example if"
    f" there is none. {_WITH_A_TEST_KEY} it calls the sandbox and waits up to 15 seconds. In a Zap that is on, the"
    " step waits until the call has ended.",
}

FIND: Final = replace(
    LIST,
    key="findCall",
    label="Find Call",
    description="Finds the newest call by its number, status or time, or one that you name.",
    inputs=(
        replace(
            CALL, required=False, help="Choose a call, or give the id that an earlier step returned; or search below."
        ),
        *LIST.inputs,
    ),
)
API_REQUEST: Final = Action(
    "apiRequest",
    "API Request (Advanced)",
    f"Sends a request of your own to the {APP} API with this connection's key.",
    "changes",
    (
        Field(
            "method",
            "Method",
            "What the API's documentation names.",
            "choice",
            required=True,
            choices=tuple(Choice(name, name) for name in ("GET", "POST", "PUT", "DELETE")),
        ),
        Field("path", "Path", "What follows /api/v1, like /webhooks.", "text", required=True, example="/calls"),
        Field("body", "Body", "JSON. Leave empty for a request without one.", "text", multiline=True),
        DEDUPLICATION_KEY,
    ),
)
_CREATES: Final = (START, START_AND_WAIT, SCHEDULE, CANCEL, API_REQUEST)
_SEARCHES: Final = (FIND, LATEST)
_OFFERED_OTHERWISE: Final = (GET, LIST)  # Find Call is both


def files() -> dict[str, str]:
    """The modules by their paths. Raises LookupError when the catalogue has an action that Zapier does not offer."""
    offered = {action.key for action in (*_CREATES, *_SEARCHES, *_OFFERED_OTHERWISE)}
    if missing := [action.key for action in ACTIONS if action.key not in offered]:
        raise LookupError(f"Zapier offers no {', '.join(missing)}")
    modules: dict[str, dict[str, Any]] = {
        "about": {"name": APP, "description": ABOUT, "longestWaitSeconds": LONGEST_WAIT_SECONDS},
        "creates": {action.key: _create(action) for action in _CREATES},
        "searches": {action.key: _search(action) for action in _SEARCHES},
        "triggers": {trigger.key: _trigger(trigger) for trigger in TRIGGERS},
        "events": {trigger.key: _event(trigger) for trigger in TRIGGERS},
        "rules": _rules(),
    }
    return {f"{FOLDERS[0]}/{name}.js": module_of(content) for name, content in modules.items()}


def _create(action: Action) -> Definition:
    note = [{"key": "testing", "type": "copy", "helpText": _TESTING[action.key]}] if action.key in _TESTING else []
    groups = [{"key": "advanced", "label": "Advanced"}] if any(field.advanced for field in action.asked) else []
    return {
        "key": action.key,
        "noun": "Request" if action is API_REQUEST else "Call",
        "display": {"label": action.label, "description": action.description},
        "operation": {"inputFields": note + [_input(field) for field in action.asked]}
        | ({"inputFieldGroups": groups} if groups else {})
        | _output(action),
    }


def _search(action: Action) -> Definition:
    return {
        "key": action.key,
        "noun": "Call",
        "display": {"label": action.label, "description": action.description},
        # A search that Zapier would offer to fill a field of itself leads nowhere.
        "operation": {"inputFields": [_without(_input(field), "search") for field in action.inputs]} | _output(action),
    }


def _trigger(trigger: Trigger) -> Definition:
    return {
        "key": trigger.key,
        "noun": "Call",
        "display": {"label": trigger.label, "description": trigger.description},
        "operation": {
            "inputFields": [_input(field) for field in trigger.filters],
            "outputFields": _outputs(trigger.output),
            "sample": trigger.sample,
        },
    }


def _event(trigger: Trigger) -> Definition:
    """What its webhook hears of, and the query of `GET /calls` that gives the like of it."""
    return {"event": trigger.event, "fixed": trigger.fixed or {}, "listed": trigger.listed or {}}


def _output(action: Action) -> Definition:
    if action is API_REQUEST:
        fields = (Field("status", "Status", "", "integer"),)
        return {"outputFields": _outputs(fields), "sample": {"status": 200, "answer": {"data": []}}}
    return {"outputFields": _outputs(action.output), "sample": action.sample}


def _input(field: Field) -> Definition:
    found: Definition = {"key": field.name, "label": field.label, "helpText": field.help, "type": _type(field)}
    if field.required:
        found["required"] = True
    if field.kind == "choices":
        found["list"] = True
    if field.choices:
        found["choices"] = [{"value": it.value, "sample": it.value, "label": it.label} for it in field.choices]
    if field.options_from == "calls":
        found |= {"dynamic": "listCalls.id.label", "search": f"{FIND.key}.id"}
    elif isinstance(field.example, str) and field.kind in ("phone", "text") and not field.multiline:
        found["placeholder"] = field.example
    if field.name == "callbackDeadlineSeconds":
        found["default"] = str(LONGEST_WAIT_SECONDS)
    return found | ({"group": "advanced"} if field.advanced else {})


def _without(definition: Definition, key: str) -> Definition:
    return {name: value for name, value in definition.items() if name != key}


def _type(field: Field) -> str:
    return "text" if field.multiline else _TYPES.get(field.kind, "string")


def _outputs(fields: Iterable[Field], of: str = "") -> list[Definition]:
    return [field for one in fields for field in _output_fields(one, of)]


def _output_fields(field: Field, of: str) -> list[Definition]:
    """An object's fields stand beside it as `of__field`; a list keeps its own within it."""
    key = of + field.name
    if field.kind == "object":
        return _outputs(field.fields, f"{key}__")
    if field.kind == "list" and field.fields:
        return [{"key": key, "label": field.label, "children": _outputs(field.fields)}]
    found: Definition = {"key": key, "label": field.label, "type": _TYPES.get(field.kind, "string")}
    return [found | ({"primary": True} if key == "id" else {}) | ({"list": True} if field.kind == "choices" else {})]


def _rules() -> dict[str, list[Definition]]:
    asked = {action.key: action.asked for action in (*_CREATES, *_SEARCHES)}
    asked |= {trigger.key: trigger.filters for trigger in TRIGGERS}
    return {key: [_rule(field) for field in inputs] for key, inputs in asked.items()}


def _rule(field: Field) -> Definition:
    """What is asked of an input before anything is sent."""
    told = {"key": field.name, "label": field.label, "kind": field.kind, "required": field.required}
    return told | field.limits | stated(rule=field.rule, choices=[one.value for one in field.choices] or None)

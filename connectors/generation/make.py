"""Make's parameters, interfaces and samples. What its modules do is written by hand, in `connectors/make`.

Make wants other words than the catalogue in places: labels in sentence case, and Search where there are filters.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from connectors.generation.catalogue import (
    CALL,
    CANCEL,
    DEDUPLICATION_KEY,
    GET,
    LIST,
    SCHEDULE,
    START,
    START_AND_WAIT,
    TRIGGERS,
    Action,
)
from connectors.generation.contract import Choice, Field, example, field, fields, stated
from connectors.generation.javascript import json_file

FOLDERS: Final = ("connectors/make/generated",)

Parameter = dict[str, Any]

# Make ends a module after 300 seconds at the latest, wherever it then is: this leaves it time to start and to answer.
LONGEST_WAIT_SECONDS: Final = 270
USUAL_WAIT_SECONDS: Final = 240
USUAL_LIMIT: Final = 10

_LONGEST_WAIT: Final = replace(
    field("callbackDeadlineSeconds", of="call.create"),
    name="longestWait",
    help=f"In seconds, up to {LONGEST_WAIT_SECONDS}. If the call has not ended by then, Timed out says so.",
    maximum=LONGEST_WAIT_SECONDS,
    default=USUAL_WAIT_SECONDS,
    required=True,
    advanced=False,
)
_LIMIT: Final = Field("limit", "Limit", "The most calls that this gives.", "integer", minimum=1, default=USUAL_LIMIT)
_FILTERS: Final = LIST.inputs
_PAGE: Final = tuple(field(name, of="call.list.query") for name in ("limit", "cursor"))
_NEXT: Final = Field("nextCursor", "Next cursor", "The cursor of the next page; empty on the last.", "text")

_CALL: Final = fields("call")


@dataclass(frozen=True, slots=True)
class Module:
    """What a module asks for and gives."""

    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    sample: Any


def _module(action: Action, *inputs: Field) -> Module:
    return Module(inputs, action.output, action.sample)


# The step that waits shows its key: when an answer is lost while it waits, Make may run it once more.
MODULES: Final = {
    "start-call": _module(START, *START.inputs, DEDUPLICATION_KEY),
    "start-call-and-wait": _module(
        START_AND_WAIT, *START.inputs, _LONGEST_WAIT, replace(DEDUPLICATION_KEY, advanced=False)
    ),
    "schedule-call": _module(SCHEDULE, *SCHEDULE.inputs, DEDUPLICATION_KEY),
    "bulk-start-calls": Module(
        (field("calls", of="batch.create"), DEDUPLICATION_KEY), fields("batch"), example("batch")
    ),
    "get-call": _module(GET, *GET.inputs),
    "search-calls": _module(LIST, *_FILTERS, _LIMIT),
    "cancel-call": _module(CANCEL, *CANCEL.inputs),
}
WATCHES: Final = {
    "watch-completed-calls": "callCompleted",
    "watch-started-calls": "callStarted",
    "watch-voicemails": "voicemailLeft",
    "watch-unanswered-calls": "callUnanswered",
}
_ID: Final = replace(CALL, options_from=None, help="The call's id, as the call object has it.")
ENDPOINTS: Final[dict[str, tuple[tuple[Field, ...], tuple[Field, ...]]]] = {
    "start-call": ((*START.inputs, field("callAt", of="call.create"), DEDUPLICATION_KEY), _CALL),
    "get-call": ((_ID,), _CALL),
    "list-calls": (
        (*_FILTERS, *_PAGE),
        (Field("data", "Calls", "The calls, newest first.", "list", fields=_CALL), _NEXT),
    ),
    "cancel-call": ((_ID,), _CALL),
}

_NAMES: Final = frozenset({"Mio", "Hub"})
_INPUT_TYPES: Final = {
    "text": "text",
    "phone": "text",
    "url": "url",
    "id": "uuid",
    "time": "date",
    "integer": "uinteger",
    "boolean": "boolean",
    "choice": "select",
    "choices": "select",
    "list": "array",
    "object": "collection",
}
_OUTPUT_TYPES: Final = _INPUT_TYPES | {"id": "text", "choice": "text", "choices": "array"}


def files() -> dict[str, str]:
    """Every generated file of the app: path to content."""
    return {f"{FOLDERS[0]}/{path}.iml.json": json_file(content) for path, content in _contents()}


def _contents() -> Iterator[tuple[str, Any]]:
    for name, module in MODULES.items():
        yield f"modules/{name}/{name}.mappable-params", _inputs(module.inputs)
        yield f"modules/{name}/{name}.interface", _outputs(module.outputs)
        yield f"modules/{name}/{name}.samples", module.sample
    triggers = {trigger.key: trigger for trigger in TRIGGERS}
    for name, key in WATCHES.items():
        yield f"webhooks/{name}/{name}.params", _inputs(triggers[key].filters)
        yield f"modules/{name}/{name}.interface", _outputs(triggers[key].output)
        yield f"modules/{name}/{name}.samples", triggers[key].sample
    for name, (inputs, outputs) in ENDPOINTS.items():
        yield f"endpoints/{name}/{name}.input", _inputs(inputs)
        yield f"endpoints/{name}/{name}.output", _outputs(outputs, helped=True)


def sentence_case(label: str) -> str:
    """`Call At` becomes `Call at`; names and words in capitals stay as they are."""
    first, *others = label.split(" ")
    return " ".join(
        [first, *(word if word in _NAMES or word[1:] != word[1:].lower() else word.lower() for word in others)]
    )


def _inputs(wanted: Iterable[Field]) -> list[Parameter]:
    return [_input(found) for found in wanted]


def _input(found: Field) -> Parameter:
    parameter: Parameter = {
        "name": found.name,
        "type": _INPUT_TYPES[found.kind],
        "label": sentence_case(found.label),
        "help": found.help,
    }
    flags = {"required": found.required, "multiline": found.multiline, "advanced": found.advanced}
    parameter |= {name: True for name, is_on in flags.items() if is_on}
    if found.default is not None:
        parameter["default"] = found.default
    if found.fields:
        parameter["spec"] = _inputs(found.fields)
    return parameter | _validated(found) | _chosen(found)


def _validated(found: Field) -> Parameter:
    """What Make checks by itself before any request."""
    anchored = found.pattern if found.pattern and found.pattern.startswith("^") else None
    rules = stated(pattern=anchored, min=found.minimum, max=found.max_length or found.maximum)
    return {"validate": rules} if rules else {}


def _chosen(found: Field) -> Parameter:
    if found.options_from:
        return {"type": "select", "options": f"rpc://list{found.options_from.capitalize()}", "mode": "edit"}
    if not found.choices:
        return {}
    several = {"multiple": True} if found.kind == "choices" else {}
    return {"options": [_option(choice) for choice in found.choices]} | several


def _option(choice: Choice) -> Parameter:
    return {"label": sentence_case(choice.label), "value": choice.value}


def _outputs(given: Iterable[Field], *, helped: bool = False) -> list[Parameter]:
    """An interface; `helped` says what each field is, for AI agents, who see no form."""
    return [_output(found, helped) for found in given]


def _output(found: Field, helped: bool) -> Parameter:
    parameter: Parameter = {
        "name": found.name,
        "type": _OUTPUT_TYPES[found.kind],
        "label": sentence_case(found.label),
    }
    if helped:
        parameter["help"] = found.help
    if found.fields:
        parameter["spec"] = _outputs(found.fields, helped=helped)
    return parameter

"""Apex classes that hold what a flow gives to an action and gets from it, and the API's names of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from connectors.generation.catalogue import DEDUPLICATION_KEY
from connectors.generation.contract import Field, fields
from connectors.generation.markup import document
from connectors.generation.salesforce.event import ENDING
from connectors.generation.salesforce.names import API_VERSION, FOLDER, NAMESPACE

_NOTE: Final = "Generated from schemas/ by `make connectors`. Do not edit."
_TYPES: Final = {"integer": "Integer", "boolean": "Boolean"}

RECORD_ID: Final = Field(
    "recordId",
    "Record ID",
    "The lead, contact or other record that the call is about. It is put on its timeline.",
    "text",
)
# What the flow's author fills in; which CRM, which organisation and which kind of record the package knows by itself.
_KNOWN: Final = frozenset({"platform", "externalId", "object", "recordId"})
ASKED: Final = tuple(found for found in fields("crm.call.create") if found.name not in _KNOWN)
KEY: Final = replace(DEDUPLICATION_KEY, name="deduplicationKey")
INPUTS: Final = (RECORD_ID, *ASKED, KEY)
ENDED: Final = Field("hasEnded", "Has Ended", "Whether the call has ended, or none could be made.", "boolean")
STATE: Final = (ENDED, *ENDING)
FLOW_NAME: Final = Field(
    "flowName",
    "Flow",
    "The API name of the flow that calls and waits: a copy of Mio Hub Call and Wait. Left empty, that one.",
    "text",
)


def files() -> dict[str, str]:
    """The classes, each with the description that Salesforce wants of it."""
    classes = {"MioHubCallRequest": _request(), "MioHubFlowRequest": _flow_request(), "MioHubCallEnding": _ending()}
    meta = document("ApexClass", NAMESPACE, [("apiVersion", API_VERSION), ("status", "Active")])
    return {f"{FOLDER}/classes/{name}.cls": content for name, content in classes.items()} | {
        f"{FOLDER}/classes/{name}.cls-meta.xml": meta for name in classes
    }


def variable(found: Field) -> str:
    """The name of a variable that holds a field; Test is a class of Apex."""
    return "isTest" if found.name == "test" else found.name


def text(value: str) -> str:
    """A text as Apex writes it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def _request() -> str:
    longest = {found.name: found.max_length for found in ASKED if found.max_length is not None}
    ranges = [found for found in ASKED if found.kind == "integer"]
    return _class(
        "What a call is to be, as a flow asks for it.",
        "MioHubCallRequest",
        [
            _constant("Map<String, String>", "LABELS", _entries((found.name, text(found.label)) for found in ASKED)),
            _constant("Map<String, Integer>", "LONGEST", _entries((name, str(most)) for name, most in longest.items())),
            _constant("Map<String, Integer>", "LEAST", _entries((one.name, str(one.minimum)) for one in ranges)),
            _constant("Map<String, Integer>", "MOST", _entries((one.name, str(one.maximum)) for one in ranges)),
            _constant("List<String>", "REQUIRED", [text(found.name) for found in ASKED if found.required]),
            *map(_variable, INPUTS),
            _values(
                "What was asked, by the names that the API has for it; null where an input was left empty.",
                "asked",
                ASKED,
            ),
        ],
    )


def _flow_request() -> str:
    given = (RECORD_ID, *ASKED, KEY)
    inputs = _values("The inputs of the flow, by their names.", "inputs", given)
    described = "A call, and the flow that is to place it and wait for its end."
    return _class(described, "MioHubFlowRequest", [*map(_variable, (FLOW_NAME, *given)), inputs])


def _ending() -> str:
    texts = [found for found in ENDING if found.kind not in _TYPES]
    numbers = [found for found in ENDING if found.kind == "integer"]
    flags = [found for found in ENDING if found.kind == "boolean"]
    taken = [
        *(f"{variable(one)} = (String) told.get({text(one.name)});" for one in texts),
        *(f"{variable(one)} = (Integer) told.get({text(one.name)});" for one in numbers),
        *(f"{variable(one)} = (Boolean) told.get({text(one.name)});" for one in flags),
    ]
    inner = "\n".join(f"        {line}" for line in taken)
    take = (
        "    /**\n     * @description Takes what the hub tells of the end.\n"
        "     * @param told the ending, as the API has it\n     */\n"
        f"    public void take(Map<String, Object> told) {{\n{inner}\n    }}"
    )
    return _class("How a call ended, as a flow gets it.", "MioHubCallEnding", [*map(_variable, STATE), take])


def _class(description: str, name: str, members: Iterable[str]) -> str:
    inner = "\n\n".join(members)
    return (
        f"/**\n * @description {description}\n * {_NOTE}\n */\npublic inherited sharing class {name} {{\n{inner}\n}}\n"
    )


def _constant(kind: str, name: str, entries: Sequence[str]) -> str:
    inner = ",\n".join(f"        {entry}" for entry in entries)
    return f"    public static final {kind} {name} = new {kind}{{\n{inner}\n    }};"


def _entries(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{text(name)} => {value}" for name, value in pairs]


def _variable(found: Field) -> str:
    described = f"label={text(found.label)} description={text(found.help)}"
    required = " required=true" if found.required else ""
    kind = _TYPES.get(found.kind, "String")
    return f"    @InvocableVariable({described}{required})\n    public {kind} {variable(found)};"


def _values(description: str, name: str, given: Sequence[Field]) -> str:
    inner = ",\n".join(f"            {text(found.name)} => {variable(found)}" for found in given)
    return (
        f"    /**\n     * @description {description}\n     * @return the inputs\n     */\n"
        f"    public Map<String, Object> {name}() {{\n"
        f"        return new Map<String, Object>{{\n{inner}\n        }};\n    }}"
    )

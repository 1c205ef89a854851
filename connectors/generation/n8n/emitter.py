"""The generated files of the n8n nodes: properties, rules, triggers and output schemas."""

from typing import Final

from connectors.generation.catalogue import DEDUPLICATION_KEY, TRIGGERS, Trigger
from connectors.generation.contract import Schema, field, schema
from connectors.generation.javascript import Code, json_file, module
from connectors.generation.n8n.fields import CALL_ID, DEFAULT_WAIT_SECONDS
from connectors.generation.n8n.operations import DO_NOT_CALL, READS, STARTS
from connectors.generation.n8n.properties import resource_properties, trigger_properties
from connectors.generation.n8n.shapes import ESSENTIAL, SAMPLES, shape

_NODE: Final = "connectors/n8n/nodes/MioHub"
_TRIGGER: Final = "connectors/n8n/nodes/MioHubTrigger"
FOLDERS: Final = (f"{_NODE}/generated", f"{_NODE}/__schema__", f"{_TRIGGER}/generated", f"{_TRIGGER}/__schema__")

_PROPERTIES: Final = "import type { INodeProperties } from 'n8n-workflow';\n"
_FILTERS: Final = "import type { IDataObject } from 'n8n-workflow';\n"


def files() -> dict[str, str]:
    """Path to content."""
    properties = {
        f"{_NODE}/generated/call.ts": {"callProperties": resource_properties("call", "start", STARTS, READS)},
        f"{_NODE}/generated/doNotCall.ts": {
            "doNotCallProperties": resource_properties("doNotCall", "create", DO_NOT_CALL)
        },
        f"{_TRIGGER}/generated/trigger.ts": {"triggerProperties": trigger_properties()},
    }
    shapes = {f"{_NODE}/__schema__/v1.0.0/{name}.json": shape(sample) for name, sample in SAMPLES.items()}
    shapes[f"{_TRIGGER}/__schema__/v1.0.0.json"] = shape(TRIGGERS[0].sample)
    return (
        {path: module(_PROPERTIES, given, ": INodeProperties[]") for path, given in properties.items()}
        | {path: json_file(given, indent="\t") for path, given in shapes.items()}
        | {
            f"{_NODE}/generated/rules.ts": module("", _rules()),
            f"{_TRIGGER}/generated/subscriptions.ts": module(
                _FILTERS, _subscriptions(), ": Record<string, { event: string; filters?: IDataObject }>"
            ),
        }
    )


def _rules() -> Schema:
    return {
        "PHONE_NUMBER": Code(f"/{schema('phone-number')['pattern']}/"),
        "CALL_ID": Code(f"/^{CALL_ID}$/"),
        "DEDUPLICATION_KEY": Code(f"/{DEDUPLICATION_KEY.pattern}/"),
        "LONGEST_KEY": DEDUPLICATION_KEY.max_length,
        "ESSENTIAL": ESSENTIAL,
        "LONGEST_WAIT": DEFAULT_WAIT_SECONDS,
        "LONGEST_OF_ALL": field("callbackDeadlineSeconds", of="call.create").maximum,
    }


def _subscriptions() -> Schema:
    return {"SUBSCRIPTIONS": {one.key: _subscription(one) for one in TRIGGERS}}


def _subscription(trigger: Trigger) -> Schema:
    """What the webhook of a trigger asks the hub for."""
    return {"event": trigger.event} | ({"filters": trigger.fixed} if trigger.fixed else {})

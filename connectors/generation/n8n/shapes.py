"""What the operations give, and its shape, from which n8n shows the fields before a node has run."""

from collections.abc import Mapping
from typing import Any, Final

from connectors.generation import catalogue
from connectors.generation.contract import Schema, fields
from connectors.generation.n8n.operations import NUMBER

# What a call is cut down to by Simplify.
ESSENTIAL: Final = (
    "id",
    "status",
    "name",
    "toNumber",
    "answeredBy",
    "summary",
    "transcript",
    "duration",
    "cost",
    "endReason",
)


def shape(sample: Any) -> Schema:
    """A JSON Schema of the sample's keys and types."""
    if isinstance(sample, Mapping):
        return {"type": "object", "properties": {name: shape(one) for name, one in sample.items()}}
    if isinstance(sample, list):
        return {"type": "array", "items": shape(sample[0])} if sample else {"type": "array"}
    types = {str: "string", bool: "boolean", int: "integer", type(None): "null"}
    return {"type": types[type(sample)]}


_SIMPLE: Final = {name: catalogue.GET.sample[name] for name in ESSENTIAL}
_LISTED: Final = {found.name: found.example for found in fields("do-not-call")}

# What each operation gives, by resource and operation.
SAMPLES: Final = {
    "call/cancel": catalogue.CANCEL.sample,
    "call/get": _SIMPLE,
    "call/getAll": _SIMPLE,
    "call/schedule": catalogue.SCHEDULE.sample,
    "call/start": catalogue.START.sample,
    "call/startAndWait": _SIMPLE | {"timedOut": False},
    "call/startBatch": catalogue.START.sample,
    "doNotCall/create": _LISTED,
    "doNotCall/getAll": _LISTED,
    "doNotCall/delete": {"phoneNumber": NUMBER.example, "deleted": True},
}

"""The operations of the nodes, in n8n's words: told in the imperative, without a full stop."""

from dataclasses import dataclass
from typing import Final

from connectors.generation import catalogue
from connectors.generation.catalogue import Action
from connectors.generation.contract import Field, field, fields


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a resource: n8n's words, and the fields that a person fills in.

    `extra` fields stand in the collection `Additional Fields`, `filters` in `Filters`.
    """

    value: str
    name: str
    action: str
    description: str
    inputs: tuple[Field, ...] = ()
    extra: tuple[Field, ...] = ()
    filters: tuple[Field, ...] = ()
    many: bool = False
    simplified: bool = False


def _starting(of: Action, value: str, name: str, action: str, description: str, *, keyed: bool = True) -> Operation:
    """An operation that dials: what need not be given stands in the collection, with the key against doubles.

    A batch takes no keys of its calls, so that one that starts nothing else is not `keyed`.
    """
    asked = of.asked if keyed else of.inputs
    return Operation(
        value,
        name,
        action,
        description,
        inputs=tuple(one for one in asked if one.required),
        extra=tuple(one for one in asked if not one.required),
        simplified=of is catalogue.START_AND_WAIT,
    )


NUMBER: Final = field("phoneNumber", of="do-not-call.create")

STARTS: Final = (
    _starting(
        catalogue.SCHEDULE, "schedule", "Schedule", "Schedule a call", "Schedule an AI phone call for a later time"
    ),
    _starting(
        catalogue.START,
        "start",
        "Start",
        "Start a call",
        "Start an AI phone call and go on at once, without waiting for its result",
    ),
    _starting(
        catalogue.START_AND_WAIT,
        "startAndWait",
        "Start and Wait for Result",
        "Start a call and wait for its result",
        "Start an AI phone call for each input item, wait until all have ended, and give their transcripts, summaries, "
        "costs and durations",
    ),
    _starting(
        catalogue.START,
        "startBatch",
        "Start Batch",
        "Start a batch of calls",
        "Start an AI phone call for each input item, up to 100 with one request, and go on at once",
        keyed=False,
    ),
)
READS: Final = (
    Operation(
        "getAll",
        "Get Many",
        "Get many calls",
        "Get many calls, newest first",
        filters=tuple(found for found in fields("call.list.query") if found.name not in ("limit", "cursor")),
        many=True,
        simplified=True,
    ),
    Operation(
        "get",
        "Get",
        "Get a call",
        "Get a call with its transcript, summary, cost and duration",
        inputs=catalogue.GET.inputs,
        simplified=True,
    ),
    Operation(
        "cancel",
        "Cancel",
        "Cancel a call",
        "Cancel a scheduled call, or hang up one that is under way",
        inputs=catalogue.CANCEL.inputs,
    ),
)
DO_NOT_CALL: Final = (
    Operation(
        "create",
        "Add",
        "Add a number to the do not call list",
        "Add a number that must not be called any more",
        inputs=(NUMBER,),
    ),
    Operation("getAll", "Get Many", "Get many do not call numbers", "Get many numbers that are not called", many=True),
    Operation(
        "delete",
        "Remove",
        "Remove a number from the do not call list",
        "Remove a number, so that it may be called again",
        inputs=(NUMBER,),
    ),
)

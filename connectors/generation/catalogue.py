"""What the connectors offer: the same actions and triggers on every platform, with the same words.

A platform's generator takes from here; where a platform's own rules want other words (Make's "Watch Calls"), its
module says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from connectors.generation.contract import Field, example, field, fields, single

APP: Final = "Mio Hub"
ABOUT: Final = "Mio Hub is an AI phone agent that places calls and reports what was said."

# What an action does to the world: `dials` rings somebody, `changes` alters something of the account, `reads` nothing.
Effect = Literal["dials", "changes", "reads"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a step does. `key` is camelCase, `label` Title Case, `description` in the third person.

    It gives a call with the fields `adds` beside it, or with `many` a list of calls; `sample` is an example.
    """

    key: str
    label: str
    description: str
    effect: Effect
    inputs: tuple[Field, ...]
    adds: tuple[Field, ...] = ()
    sample: Any = None
    many: bool = False

    @property
    def asked(self) -> tuple[Field, ...]:
        """The inputs; whoever dials may give a key against doubles beside them."""
        return (*self.inputs, DEDUPLICATION_KEY) if self.effect == "dials" else self.inputs

    @property
    def output(self) -> tuple[Field, ...]:
        return fields("call") + self.adds


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something that starts an automation. `event` is what its webhook hears of.

    `filters` are chosen by a person and sent as the webhook's `filters`; `fixed` is always sent beside them.
    `listed` is the query of `GET /calls` that gives the like of what the trigger gives, for samples.
    """

    key: str
    label: str
    description: str
    event: str
    filters: tuple[Field, ...] = ()
    fixed: dict[str, Any] | None = None
    listed: dict[str, str] | None = None

    @property
    def output(self) -> tuple[Field, ...]:
        return fields("call")

    @property
    def sample(self) -> Any:
        return example("call")


def _of(schema: str, *names: str) -> tuple[Field, ...]:
    return tuple(field(name, of=schema) for name in names)


UNANSWERED: Final = ("no-answer", "busy", "failed")

_FILTERS: Final = {found.name: found for found in field("filters", of="webhook.create").fields}
_ENDINGS: Final = frozenset(UNANSWERED) | {"completed", "canceled"}
_STATUS: Final = replace(
    _FILTERS["status"], choices=tuple(choice for choice in _FILTERS["status"].choices if choice.value in _ENDINGS)
)
_SPEAK: Final = _of("call.create", "phoneNumber", "instructions", "firstMessage", "name")
_WAIT: Final = _of("call.create", "callbackDeadlineSeconds")
_TIMED_OUT: Final = Field(
    "timedOut", "Timed Out", "Whether the longest wait was over before the call had ended.", "boolean", example=False
)
DEDUPLICATION_KEY: Final = replace(single("idempotency-key", "idempotencyKey"), required=False)
CALL: Final = single("call-id", "callId")
_ENDED: Final = example("call", 0)
_ACCEPTED: Final = example("call", 1)

START: Final = Action(
    "startCall",
    "Start Call",
    "Starts an AI phone call and goes on at once, without waiting for its result.",
    "dials",
    _SPEAK,
    sample=_ACCEPTED,
)
START_AND_WAIT: Final = Action(
    "startCallAndWait",
    "Start Call and Wait for Result",
    "Starts an AI phone call and waits until it has ended, then gives its transcript, summary, cost and duration.",
    "dials",
    _SPEAK + _WAIT,
    adds=(_TIMED_OUT,),
    sample=_ENDED | {"timedOut": False},
)
SCHEDULE: Final = Action(
    "scheduleCall",
    "Schedule Call",
    "Schedules an AI phone call for a later time.",
    "dials",
    (*_SPEAK, replace(field("callAt", of="call.create").needed(), help="When to call, like 2026-03-21T14:00:00Z.")),
    sample=_ACCEPTED | {"status": "scheduled", "callAt": "2026-03-21T14:00:00.000Z"},
)
CANCEL: Final = Action(
    "cancelCall",
    "Cancel Call",
    "Cancels a scheduled call, or hangs up one that is under way.",
    "changes",
    (CALL,),
    sample=_ACCEPTED
    | {
        "status": "canceled",
        "summary": "The call was canceled.",
        "endedAt": "2026-03-20T18:30:02.000Z",
        "endReason": "canceled",
    },
)
GET: Final = Action(
    "getCall",
    "Get Call",
    "Gets a call with its transcript, summary, cost and duration.",
    "reads",
    (CALL,),
    sample=_ENDED,
)
LIST: Final = Action(
    "listCalls",
    "List Calls",
    "Lists calls, newest first.",
    "reads",
    _of("call.list.query", "status", "toNumber", "createdAfter", "createdBefore"),
    sample=_ENDED,
    many=True,
)
LATEST: Final = Action(
    "findLatestCall",
    "Find Latest Call With a Number",
    "Finds the newest call with a phone number.",
    "reads",
    (field("toNumber", of="call.list.query").needed(),),
    sample=_ENDED,
)

ACTIONS: Final[tuple[Action, ...]] = (START, START_AND_WAIT, SCHEDULE, CANCEL, GET, LIST, LATEST)
TRIGGERS: Final[tuple[Trigger, ...]] = (
    Trigger(
        "callCompleted",
        "Call Completed",
        "Triggers when a call has ended, with its transcript, summary, cost and duration.",
        "call.completed",
        filters=(_STATUS, _FILTERS["direction"], _FILTERS["answeredBy"]),
        listed={"status": "completed,no-answer,busy,failed,canceled"},
    ),
    Trigger(
        "callStarted",
        "Call Started",
        "Triggers when a callee has picked up and the conversation begins.",
        "call.started",
        listed={"status": "in-progress,completed"},
    ),
    Trigger(
        "voicemailLeft",
        "Voicemail Left",
        "Triggers when a call has reached a voicemail or another machine.",
        "call.voicemail",
        listed={"answeredBy": "voicemail"},
    ),
    Trigger(
        "callUnanswered",
        "Call Failed or Unanswered",
        "Triggers when a call has ended without a conversation: nobody answered, the line was busy, or it failed.",
        "call.completed",
        fixed={"status": list(UNANSWERED)},
        listed={"status": ",".join(UNANSWERED)},
    ),
)


def action(key: str, among: Sequence[Action] = ACTIONS) -> Action:
    """The action with this key. Raises LookupError."""
    for found in among:
        if found.key == key:
            return found
    raise LookupError(f"There is no action {key}.")

"""The kinds of events, and what each tells of. Pure. `schemas/event.<type>.json` has the shape of each."""

from collections.abc import Mapping
from typing import Final

CALL_COMPLETED: Final = "call.completed"  # what is meant where no event is named
BATCH_COMPLETED: Final = "batch.completed"
EVENT_TYPES: Final = (
    CALL_COMPLETED,
    "call.started",
    "call.scheduled",
    "call.canceled",
    "call.voicemail",
    "call.deadline",
    BATCH_COMPLETED,
    "batch.deadline",
    "webhook.failing",
    "webhook.disabled",
    "balance.low",
)

COMMON: Final = frozenset({CALL_COMPLETED, "call.started"})  # every call makes these; the index event_rare has the rest

# What each tells of, as people choose it.
TOLD: Final[Mapping[str, str]] = {
    CALL_COMPLETED: "A call has ended, however it ended: with transcript, summary and cost.",
    "call.started": "A callee has picked up.",
    "call.scheduled": "A call was scheduled for later.",
    "call.canceled": "A call was canceled before it ended.",
    "call.voicemail": "A machine answered the call.",
    "call.deadline": "A call with a callback has not ended by its deadline.",
    BATCH_COMPLETED: "Every call of a batch has ended.",
    "batch.deadline": "A batch with a callback has not ended by its deadline.",
    "webhook.failing": "Another of your webhooks has failed five times in a row.",
    "webhook.disabled": "Another of your webhooks was disabled, as it kept failing.",
    "balance.low": "Your balance is running out.",
}

# A callback hears one of these, whichever comes first, and nothing else.
FOR_CALLBACKS: Final = frozenset({CALL_COMPLETED, "call.deadline", BATCH_COMPLETED, "batch.deadline"})

_NOUNS: Final = {"call": "call", "batch": "batch", "webhook": "webhook", "balance": "account"}


def noun(event_type: str) -> str:
    """The key of the payload under which an event's data stands: `call`, `batch`, `webhook` or `account`."""
    return _NOUNS[event_type.partition(".")[0]]

"""The kinds of events, and what each tells of. Pure. `schemas/event.<type>.json` has the shape of each."""

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

# A callback hears one of these, whichever comes first, and nothing else.
FOR_CALLBACKS: Final = frozenset({CALL_COMPLETED, "call.deadline", BATCH_COMPLETED, "batch.deadline"})

_NOUNS: Final = {"call": "call", "batch": "batch", "webhook": "webhook", "balance": "account"}


def noun(event_type: str) -> str:
    """The key of the payload under which an event's data stands: `call`, `batch`, `webhook` or `account`."""
    return _NOUNS[event_type.partition(".")[0]]

"""The call object: the same keys and nesting in answers, lists and events."""

from collections.abc import Sequence
from typing import Any

from app.models.call import Call, Turn
from app.times import iso


def call_object(call: Call, turns: Sequence[Turn]) -> dict[str, Any]:
    """`cost` in cents, `duration` in seconds, times in ISO 8601 UTC. `transcript` holds what was heard so far."""
    return {
        "id": str(call.id),
        "direction": call.direction,
        "status": call.status,
        "name": call.name,
        "toNumber": call.to_number,
        "fromNumber": call.from_number,
        "instructions": call.instructions,
        "summary": call.summary,
        "transcript": [{"role": turn.role, "text": turn.text} for turn in turns],
        "cost": call.cost,
        "duration": call.duration,
        "attempt": call.attempt,
        "startedAt": iso(call.started_at),
        "endedAt": iso(call.ended_at) if call.summary is not None else None,
        "createdAt": iso(call.created_at),
        "firstMessage": call.first_message,
        "callAt": iso(call.call_at),
        "answeredBy": call.answered_by,
        "endReason": call.end_reason if call.summary is not None else None,
        "test": call.mode == "test",
    }

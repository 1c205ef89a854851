"""The call object and the batch object: the same keys and nesting in answers, lists and events."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.models.batch import Batch, BatchItem
from app.models.call import Call, Turn
from app.times import iso

ERASED: Final = {"error": "This call was erased.", "code": "erased"}


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


def batch_object(
    batch: Batch, items: Sequence[BatchItem], calls: Mapping[UUID, Call], turns: Mapping[UUID, Sequence[Turn]]
) -> dict[str, Any]:
    """`calls` in the order in which they were asked for: each has a call, or an error that says why there is none."""
    return {
        "id": str(batch.id),
        "status": "open" if batch.ended_at is None else "ended",
        "createdAt": iso(batch.created_at),
        "endedAt": iso(batch.ended_at),
        "test": batch.mode == "test",
        "calls": [_item_object(item, calls, turns) for item in items],
    }


def _item_object(item: BatchItem, calls: Mapping[UUID, Call], turns: Mapping[UUID, Sequence[Turn]]) -> dict[str, Any]:
    if item.call_id is not None and (call := calls.get(item.call_id)) is not None:
        return {"position": item.position, "call": call_object(call, turns[call.id]), "error": None}
    return {"position": item.position, "call": None, "error": item.refusal or ERASED}

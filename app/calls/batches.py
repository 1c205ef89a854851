"""Batches as they stand, and how they end: by the settling of their last call, in its transaction.

Whoever tells of a batch locks its row first, and looks at its calls only then: so the last two calls to be settled
at once end it once, and what is being erased is not told.
"""

from typing import Any, Final
from uuid import UUID

from app.calls.lifecycle import ENDED
from app.calls.presenting import batch_object
from app.calls.reading import turns_of
from app.config import Mode
from app.db import db, execute, row
from app.errors import NotFound
from app.models.batch import Batch, BatchItem
from app.models.call import Call
from app.webhooks.catalogue import BATCH_COMPLETED
from app.webhooks.events import record

BATCHED: Final = 50

_LOCK: Final = """
SELECT id FROM batch WHERE id = (SELECT batch_id FROM batch_item WHERE call_id = %s) FOR NO KEY UPDATE
"""
_END: Final = """
UPDATE batch SET ended_at = clock_timestamp()
WHERE id = %(id)s AND ended_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM batch_item i JOIN call c ON c.id = i.call_id
    WHERE i.batch_id = %(id)s AND NOT c.status = ANY(%(ended)s)
)
RETURNING *
"""
_DUE: Final = """
SELECT * FROM batch WHERE ended_at IS NULL
  AND id IN (SELECT batch_id FROM callback WHERE told_at IS NULL AND deadline_at <= now())
LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""


def get(account_id: UUID, mode: Mode, batch_id: UUID) -> Batch:
    """Raises NotFound, also for another account's batch or one of the other mode."""
    batch = Batch.get_or_none(Batch.id == batch_id, Batch.account_id == account_id, Batch.mode == mode)
    if batch is None:
        raise NotFound("No such batch.")
    return batch


def shown(batch: Batch) -> dict[str, Any]:
    """The batch object, with every call as it stands."""
    items = list(BatchItem.select().where(BatchItem.batch_id == batch.id).order_by(BatchItem.position))
    calls = {call.id: call for call in Call.select().where(Call.id.in_([item.call_id for item in items]))}
    return batch_object(batch, items, calls, turns_of(list(calls)))


def note_end(call_id: UUID) -> None:
    """A call is final: if it was the last of a batch, the batch has ended. Last of all in its transaction."""
    found = row(_LOCK, (call_id,))
    if found is not None:
        end_if_over(found["id"])


def end_if_over(batch_id: UUID) -> Batch | None:
    """End a batch all of whose calls have ended, and tell of it; None when that is not so, or was done before."""
    found = row(_END, {"id": batch_id, "ended": list(ENDED)})
    if found is None:
        return None
    batch = Batch(**found)
    _tell(BATCH_COMPLETED, batch)
    execute("SELECT pg_notify('batch_ended', %s)", (str(batch_id),))
    return batch


def tell_deadlines() -> int:
    """Tell the callbacks whose deadline has come how their batches stand; how many."""
    told = 0
    while told < BATCHED and _tell_next():
        told += 1
    return told


def _tell_next() -> bool:
    with db.atomic():
        found = row(_DUE)
        if found is None:
            return False
        _tell("batch.deadline", Batch(**found))
        return True


def _tell(event_type: str, batch: Batch) -> None:
    record(event_type, batch.account_id, batch.mode, shown(batch), batch_id=batch.id)

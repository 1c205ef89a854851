"""The feed: an account's events in the order in which they happened, for those who cannot receive webhooks.

Nobody who follows the cursor misses an event, and nobody is held up. An event's time is taken once its transaction has
an id; so every event that is not committed yet is later than the start of some transaction that has an id and is under
way, or than now. What is older than all of these is complete, and only that is shown.
"""

import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final
from uuid import UUID

from peewee import fn

from app.config import Mode
from app.cursors import cursor_of, later
from app.db import row
from app.models.webhook import Event
from app.webhooks.catalogue import noun

PAGE_BYTES: Final = 4_000_000  # a page has at least one event, and no more than fill it

_COMPLETE: Final = """
SELECT least(clock_timestamp(), (
    SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL
)) AS until
"""


def page(
    account_id: UUID, mode: Mode, *, after: str | None, limit: int, event_type: str | None
) -> tuple[list[Event], str | None, bool]:
    """Up to `limit` events behind the cursor `after`, oldest first; the cursor behind them; whether there are more.

    Fewer where they are large, as batches may be.
    Raises InvalidRequest for a cursor that is none of ours.
    """
    complete = row(_COMPLETE) or {}
    query = Event.select(Event.id, fn.octet_length(Event.data).coerce(False)).where(
        Event.account_id == account_id,
        Event.mode == mode,
        ~Event.sample,
        Event.created_at < complete["until"],
    )
    if event_type:
        query = query.where(Event.type == event_type)
    if after is not None:
        query = query.where(later(Event, after))
    found: list[Any] = list(query.order_by(Event.created_at, Event.id).limit(limit + 1).tuples())
    ids = [id for id, _ in found[: _fitting([size for _, size in found[:limit]])]]
    shown = list(Event.select().where(Event.id.in_(ids)).order_by(Event.created_at, Event.id))
    return shown, cursor_of(shown[-1]) if shown else after, len(found) > len(ids)


def _fitting(sizes: Sequence[int]) -> int:
    """How many of the first fit on a page: the last of them may go beyond it."""
    return sum(total - size < PAGE_BYTES for total, size in zip(accumulate(sizes), sizes, strict=True))


def event_object(event: Event) -> dict[str, Any]:
    """An event as its webhooks got it, with the time at which it happened as its `timestamp`."""
    return {
        "id": str(event.id),
        "event": event.type,
        "timestamp": str(int(event.created_at.timestamp())),
        noun(event.type): json.loads(event.data),
    }

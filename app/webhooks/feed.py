"""The feed: an account's events in the order in which they were committed, for those who cannot receive webhooks."""

import base64
import binascii
import json
from typing import Any, Final
from uuid import UUID

from app.config import Mode
from app.db import db, rows
from app.errors import InvalidRequest
from app.models.webhook import Event
from app.webhooks.catalogue import noun
from app.webhooks.events import hold_events

_READ: Final = """
SELECT * FROM event
WHERE account_id = %(account)s AND mode = %(mode)s AND NOT sample AND position > %(after)s
  AND (%(type)s::text IS NULL OR type = %(type)s)
ORDER BY position LIMIT %(limit)s
"""


def page(
    account_id: UUID, mode: Mode, *, after: str | None, limit: int, event_type: str | None
) -> tuple[list[Event], str | None, bool]:
    """Up to `limit` events behind the cursor `after`, oldest first; the cursor behind them; whether there are more.

    Nobody who follows the cursor misses an event: those still being recorded are waited for. Raises InvalidRequest
    for a cursor that is none of ours.
    """
    values = {
        "account": account_id,
        "mode": mode,
        "after": _position(after),
        "type": event_type,
        "limit": limit + 1,
    }
    with db.atomic():
        hold_events(account_id)
        found = [Event(**values) for values in rows(_READ, values)]
    shown = found[:limit]
    return shown, _cursor(shown[-1].position) if shown else after, len(found) > limit


def event_object(event: Event) -> dict[str, Any]:
    """An event as its webhooks got it, with the time at which it happened as its `timestamp`."""
    return {
        "id": str(event.id),
        "event": event.type,
        "timestamp": str(int(event.created_at.timestamp())),
        noun(event.type): json.loads(event.data),
    }


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"p{position}".encode()).decode()


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode("ascii")
        if text[:1] == "p" and text[1:].isascii() and text[1:].isdecimal() and len(text) < 20:
            return int(text[1:])
    except (ValueError, binascii.Error):
        pass
    raise InvalidRequest("after is not a cursor that GET /events returned as nextCursor.", field="after")

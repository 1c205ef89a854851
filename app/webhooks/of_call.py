"""The events of one call, with who was told of each."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from app.db import Row, rows

MOST: Final = 200

_TOLD: Final = """
SELECT e.type, e.created_at, d.id, d.status, d.attempts, d.last_status, d.due_at, w.id AS webhook_id, w.url
FROM event e LEFT JOIN (delivery d LEFT JOIN webhook w ON w.id = d.webhook_id)
    ON d.event_id = e.id AND (d.webhook_id IS NULL OR w.account_id IS NOT NULL)
WHERE e.call_id = %s ORDER BY e.created_at, e.id, d.created_at, d.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery. Without a `url` it goes to the call's callback, whose address is kept to itself."""

    id: UUID
    status: str
    attempts: int
    last_status: int | None
    due_at: datetime | None
    webhook_id: UUID | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """One event, and its deliveries."""

    type: str
    at: datetime
    deliveries: list[Delivered] = field(default_factory=list)


def told(call_id: UUID) -> list[Told]:
    """The events of a call in order, with MOST deliveries in all."""
    events: dict[str, Told] = {}
    for found in rows(_TOLD, (call_id, MOST)):
        event = events.setdefault(found["type"], Told(found["type"], found["created_at"]))
        if found["id"]:
            event.deliveries.append(_delivered(found))
    return list(events.values())


def _delivered(found: Row) -> Delivered:
    return Delivered(**{name: found[name] for name in Delivered.__dataclass_fields__})

"""Events: recorded in the transaction of their cause, together with a delivery for each webhook that wants them."""

import json
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from app.db import db, execute
from app.models.webhook import Event
from app.queue import ring

EVENT_TYPES: Final = ("call.completed",)

_RECORD = """
WITH made AS (
    INSERT INTO event (id, account_id, call_id, mode, type, data)
    VALUES (%(id)s, %(account)s, %(call)s, %(mode)s, %(type)s, %(data)s)
    ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO delivery (id, account_id, webhook_id, event_id, status, due_at)
SELECT gen_random_uuid(), w.account_id, w.id, made.id,
       CASE WHEN w.active THEN 'pending' ELSE 'skipped' END, CASE WHEN w.active THEN now() END
FROM made JOIN webhook w ON w.account_id = %(account)s AND w.mode IN (%(mode)s, 'all') AND %(type)s = ANY (w.events)
"""


def record(event_type: str, account_id: UUID, call_id: UUID, mode: str, data: dict[str, Any]) -> None:
    """Store a call's event once, inside the caller's transaction; the webhooks lane is rung after its commit.

    A webhook that is not active gets its delivery as `skipped`, so that it can be taken up later.
    """
    execute(
        _RECORD,
        {
            "id": uuid4(),
            "account": account_id,
            "call": call_id,
            "mode": mode,
            "type": event_type,
            "data": compact(data),
        },
    )
    db.after_commit(partial(ring, "webhooks"))


def compact(data: dict[str, Any]) -> str:
    """JSON without spaces. A lone surrogate, which UTF-8 cannot carry, becomes a question mark."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def body(event: Event, timestamp: int) -> bytes:
    """The bytes of one attempt: they differ between attempts in the timestamp alone."""
    sample = ',"test":true' if event.sample else ""
    return (
        f'{{"id":"{event.id}","event":"{event.type}","timestamp":"{timestamp}"{sample},"call":{event.data}}}'.encode()
    )

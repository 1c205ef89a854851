"""Events: recorded in the transaction of their cause, together with a delivery for each endpoint that wants them."""

import json
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from app.db import Row, db, execute
from app.queue import ring
from app.webhooks.catalogue import FOR_CALLBACKS, noun


def _wanted(is_no_call: str, status: str, direction: str, answered_by: str) -> str:
    """SQL: whether webhook w wants an event, whose parts are given as SQL. Its filters are asked of calls alone."""
    return f"""({is_no_call} OR w.filters = '{{}}'
    OR ((NOT w.filters ? 'status' OR w.filters -> 'status' ? {status})
        AND (NOT w.filters ? 'direction' OR w.filters ->> 'direction' = {direction})
        AND (NOT w.filters ? 'answeredBy' OR w.filters -> 'answeredBy' ? {answered_by})))"""


WANTED: Final = _wanted(
    "e.type NOT LIKE 'call.%%'",
    "(e.data::jsonb ->> 'status')",
    "(e.data::jsonb ->> 'direction')",
    "(e.data::jsonb ->> 'answeredBy')",
)

_RECORD: Final = f"""
WITH made AS (
    INSERT INTO event (id, account_id, call_id, batch_id, mode, type, data)
    VALUES (%(id)s, %(account)s, %(call)s, %(batch)s, %(mode)s, %(type)s, %(data)s)
    ON CONFLICT DO NOTHING RETURNING id
), wanting AS (
    SELECT w.id, w.active FROM webhook w
    WHERE w.account_id = %(account)s AND w.mode IN (%(mode)s, 'all') AND %(type)s = ANY (w.events)
      AND w.id IS DISTINCT FROM %(but)s
      AND {_wanted("%(noun)s <> 'call'", "%(status)s", "%(direction)s", "%(answered_by)s")}
    FOR KEY SHARE SKIP LOCKED
), told AS (
    UPDATE callback SET told_at = now()
    WHERE %(for_callbacks)s AND (call_id = %(call)s OR batch_id = %(batch)s) AND told_at IS NULL RETURNING id
)
INSERT INTO delivery (id, account_id, webhook_id, callback_id, event_id, status, due_at)
SELECT gen_random_uuid(), %(account)s, w.id, NULL, made.id,
       CASE WHEN w.active THEN 'pending' ELSE 'skipped' END, CASE WHEN w.active THEN now() END
FROM made, wanting w
UNION ALL
SELECT gen_random_uuid(), %(account)s, NULL, told.id, made.id, 'pending', now() FROM made, told
"""


def record(
    event_type: str,
    account_id: UUID,
    mode: str,
    data: dict[str, Any],
    *,
    call_id: UUID | None = None,
    batch_id: UUID | None = None,
    but: UUID | str | None = None,
) -> None:
    """Store an event, inside the caller's transaction; the webhooks lane is rung after its commit.

    An event of a call or a batch is stored once. A webhook that is not active gets its delivery as `skipped`, so that
    it can be taken up later; one that is being deleted, and the one named by `but`, hear nothing of it.
    """
    execute("SELECT pg_current_xact_id()")  # before the event's time is taken: see app.webhooks.feed
    execute(
        _RECORD,
        {
            "id": uuid4(),
            "account": account_id,
            "call": call_id,
            "batch": batch_id,
            "mode": mode,
            "type": event_type,
            "noun": noun(event_type),
            "data": compact(data),
            "but": but,
            "for_callbacks": event_type in FOR_CALLBACKS,
            "status": data.get("status"),
            "direction": data.get("direction"),
            "answered_by": data.get("answeredBy"),
        },
    )
    db.after_commit(partial(ring, "webhooks"))


def record_health(event_type: str, webhook: Row, failures: int, reason: str | None) -> None:
    """Tell the account's other webhooks how one does: `webhook.failing` or `webhook.disabled`."""
    record(
        event_type,
        webhook["account_id"],
        "test" if webhook["mode"] == "test" else "live",
        {"id": str(webhook["id"]), "url": webhook["url"], "failures": failures, "disabledReason": reason},
        but=webhook["id"],
    )


def compact(data: dict[str, Any]) -> str:
    """JSON without spaces. A lone surrogate, which UTF-8 cannot carry, becomes a question mark."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def body(event_id: str, event_type: str, data: str, timestamp: str, *, sample: bool) -> bytes:
    """The bytes of one attempt: they differ between attempts in the timestamp alone."""
    test = ',"test":true' if sample else ""
    head = f'{{"id":"{event_id}","event":"{event_type}","timestamp":"{timestamp}"{test}'
    return f'{head},"{noun(event_type)}":{data}}}'.encode()

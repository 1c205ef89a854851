"""Send again what did not arrive: what failed, was skipped, or was never tried. Delivery ids stay."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from app.changes import announce
from app.config import Mode, Settings
from app.db import db, execute
from app.errors import Conflict, InvalidRequest
from app.queue import ring
from app.times import iso, now
from app.webhooks import endpoints
from app.webhooks.claiming import REPLAYS
from app.webhooks.events import WANTED

WHICH: Final = ("failed", "skipped", "missing")
MOST: Final = 10_000

_AGAIN: Final = f"""
UPDATE delivery SET status = 'pending', lane = {REPLAYS}, due_at = now(), failures = 0, faults = 0, completed_at = NULL
WHERE id IN (
    SELECT d.id FROM delivery d JOIN event e ON e.id = d.event_id
    WHERE d.webhook_id = %(webhook)s AND d.status = ANY (%(statuses)s) AND NOT e.sample
      AND d.created_at >= %(since)s AND d.created_at < %(until)s
    ORDER BY d.created_at LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED
)
"""
_MISSING: Final = f"""
INSERT INTO delivery (id, account_id, webhook_id, event_id, lane, due_at)
SELECT gen_random_uuid(), e.account_id, w.id, e.id, {REPLAYS}, now()
FROM webhook w JOIN event e ON e.account_id = w.account_id AND w.mode IN (e.mode, 'all') AND e.type = ANY (w.events)
WHERE w.id = %(webhook)s AND NOT e.sample AND e.created_at >= %(since)s AND e.created_at < %(until)s
  AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event_id = e.id AND d.webhook_id = w.id)
  AND {WANTED}
ORDER BY e.created_at LIMIT %(most)s FOR KEY SHARE OF w
ON CONFLICT DO NOTHING
"""


def replay(
    account_id: UUID,
    key_mode: Mode,
    webhook_id: UUID,
    settings: Settings,
    *,
    since: datetime,
    until: datetime | None = None,
    which: Collection[str] = WHICH,
) -> tuple[int, bool]:
    """Queue what did not arrive between `since` and `until` behind everything fresh; how many, and if there is more.

    At most 10,000 at once, oldest first. Raises NotFound, Conflict `webhook_disabled`, and InvalidRequest for a span
    that lies ahead, runs backwards, or begins before what is kept.
    """
    moment = now()
    until = until or moment
    _check(since, until, moment, settings)
    span = {"webhook": webhook_id, "since": since, "until": until}
    with db.atomic():
        if not endpoints.owned(account_id, key_mode, webhook_id).active:
            raise Conflict("This webhook is disabled. Set active to true first.", code="webhook_disabled")
        statuses = [status for status in ("failed", "skipped") if status in which]
        count = execute(_AGAIN, {**span, "statuses": statuses, "most": MOST})
        if "missing" in which and count < MOST:
            count += execute(_MISSING, {**span, "most": MOST - count})
        db.after_commit(partial(ring, "webhooks"))
        announce(account_id, f"webhook:{webhook_id}")
    return count, count == MOST


def _check(since: datetime, until: datetime, moment: datetime, settings: Settings) -> None:
    if since > moment:
        raise InvalidRequest(
            "since lies in the future. Give the time from which deliveries are missing.", field="since"
        )
    if until <= since:
        raise InvalidRequest("until must be later than the beginning (since).", field="until")
    kept = moment - timedelta(days=settings.event_retention_days)
    if settings.event_retention_days and since < kept:
        raise InvalidRequest(
            f"Events are kept for {settings.event_retention_days} days: since can be {iso(kept)} at the earliest.",
            field="since",
        )

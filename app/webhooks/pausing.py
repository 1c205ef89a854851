"""What a paused webhook sets aside, and takes up again when it is enabled: batch by batch, so that nobody is held up.

The claim looks at no webhook that is not active, so what is not set aside yet is not sent either. The first batch goes
with the change itself, the clock sees to the rest; for a minute after a webhook was enabled it also takes up what was
set aside by events that were being recorded at that moment.
"""

from typing import Final
from uuid import UUID

from app.db import db, execute, rows
from app.queue import ring
from app.webhooks.claiming import REPLAYS

BATCH: Final = 1000

# A sample is for its owner, who has asked for it just now: it is sent to a paused webhook too.
_SKIP: Final = """
UPDATE delivery SET status = 'skipped', due_at = NULL, completed_at = NULL, claim_token = NULL, lease_until = NULL
WHERE id IN (
    SELECT id FROM delivery WHERE status = 'pending' AND lane IN (0, 1, 2) AND endpoint_id = %s
      AND (lease_until < now()) IS NOT false
    LIMIT %s FOR UPDATE SKIP LOCKED
)
"""
_TAKE_UP: Final = f"""
UPDATE delivery SET status = 'pending', due_at = now(), lane = {REPLAYS}, failures = 0, faults = 0, completed_at = NULL
WHERE id IN (
    SELECT d.id FROM delivery d JOIN webhook w ON w.id = d.webhook_id
    WHERE w.id = %s AND w.active AND d.status = 'skipped' AND d.created_at >= w.take_up_since
    ORDER BY d.created_at LIMIT %s FOR UPDATE OF d SKIP LOCKED
)
"""
_PAUSED: Final = """
SELECT w.id FROM webhook w WHERE NOT w.active AND w.account_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM delivery d WHERE d.status = 'pending' AND d.lane IN (0, 1, 2) AND d.endpoint_id = w.id
      AND (d.lease_until < now()) IS NOT false
)
"""
_TAKING_UP: Final = (
    "SELECT id, enabled_at < now() - interval '1 minute' AS settled FROM webhook WHERE take_up_since IS NOT NULL"
)


def skip(webhook_id: UUID | str) -> int:
    """Set one batch of what waits for a webhook aside; how many. What is in flight follows when it has failed."""
    return execute(_SKIP, (webhook_id, BATCH))


def take_up(webhook_id: UUID | str) -> int:
    """Queue one batch of what an enabled webhook has missed, behind everything fresh; how many."""
    return execute(_TAKE_UP, (webhook_id, BATCH))


def go_on() -> int:
    """One batch more for each webhook that was paused or enabled; how many deliveries changed."""
    count = sum(skip(found["id"]) for found in rows(_PAUSED))
    for found in rows(_TAKING_UP):
        taken = take_up(found["id"])
        if found["settled"] and not taken:
            execute("UPDATE webhook SET take_up_since = NULL WHERE id = %s AND active", (found["id"],))
        count += taken
    if count:
        db.after_commit(lambda: ring("webhooks"))
    return count

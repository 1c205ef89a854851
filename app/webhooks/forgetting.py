"""Retention of the log, in batches: events with their deliveries and attempts, statistics, and what was deleted."""

from typing import Final
from uuid import UUID

from app.db import execute, row

BATCH: Final = 500
DELIVERIES: Final = 5000  # of a deleted webhook
STATISTICS_DAYS: Final = 7

# Newest first: a sample that was about to be sent goes with the first batch.
_DELIVERIES: Final = """
DELETE FROM delivery WHERE id IN (
    SELECT id FROM delivery WHERE webhook_id = %s ORDER BY created_at DESC, id DESC LIMIT %s FOR UPDATE SKIP LOCKED
)
"""

_EVENTS: Final = """
DELETE FROM event WHERE id IN (
    SELECT id FROM event e WHERE created_at < now() - %s * interval '1 day'
      AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event_id = e.id AND d.status = 'pending')
    ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


def forget_old_events(days: int) -> int:
    """One batch of events older than `days`; how many (0 days: events are kept). What is pending stays."""
    return execute(_EVENTS, (days, BATCH)) if days > 0 else 0


def forget_deliveries(webhook_id: UUID, most: int = DELIVERIES) -> int:
    """The newest deliveries of a webhook with their attempts; how many. What somebody is at work on is left."""
    return execute(_DELIVERIES, (webhook_id, most))


def forget_deleted_webhooks() -> int:
    """One batch of the deliveries of a webhook that no account has any more, in the end the webhook; how many rows."""
    deleted = row("SELECT id FROM webhook WHERE account_id IS NULL LIMIT 1")
    if deleted is None:
        return 0
    return forget_deliveries(deleted["id"]) or execute("DELETE FROM webhook WHERE id = %s", (deleted["id"],))


def forget_old_statistics() -> int:
    """Counts by the hour that nobody reads any more."""
    return execute("DELETE FROM webhook_hour WHERE hour < now() - %s * interval '1 day'", (STATISTICS_DAYS,))


def forget_old_secrets() -> int:
    """Secrets whose overlap is over."""
    return execute("UPDATE webhook SET old_secret = NULL, old_secret_until = NULL WHERE old_secret_until < now()")

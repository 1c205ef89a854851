"""Retention of the log: events with their deliveries and attempts, and statistics, in batches."""

from typing import Final

from app.db import execute

BATCH: Final = 500
STATISTICS_DAYS: Final = 7

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


def forget_old_statistics() -> int:
    """Counts by the hour that nobody reads any more."""
    return execute("DELETE FROM webhook_hour WHERE hour < now() - %s * interval '1 day'", (STATISTICS_DAYS,))


def forget_old_secrets() -> int:
    """Secrets whose overlap is over."""
    return execute("UPDATE webhook SET old_secret = NULL, old_secret_until = NULL WHERE old_secret_until < now()")

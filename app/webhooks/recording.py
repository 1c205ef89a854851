"""What an attempt's outcome means for its delivery and its webhook, written in one transaction."""

from typing import Final

from app.config import Settings
from app.db import Row, db, execute, row
from app.models.webhook import Delivery, Webhook
from app.webhooks.endpoints import disable
from app.webhooks.request import Outcome
from app.webhooks.schedule import delay_after

FAILURES_TO_DISABLE: Final = 10
GONE: Final = 410

_ATTEMPT = """
INSERT INTO attempt (delivery_id, number, started_at, duration_ms, status_code, error, error_detail, address, answer)
VALUES (%(delivery)s, %(number)s, now() - %(duration)s * interval '1 millisecond', %(duration)s, %(status)s,
        %(error)s, %(detail)s, %(address)s, %(answer)s)
"""
_SUCCEEDED = """
UPDATE delivery SET status = 'succeeded', attempts = attempts + 1, due_at = NULL, lease_until = NULL,
    claim_token = NULL, completed_at = now()
WHERE id = %(id)s AND claim_token = %(token)s RETURNING attempts
"""
_FAILED = """
UPDATE delivery SET attempts = attempts + 1, lease_until = NULL, claim_token = NULL,
    status = CASE WHEN %(delay)s::float8 IS NULL THEN 'failed' ELSE 'pending' END,
    due_at = now() + %(delay)s::float8 * interval '1 second',
    completed_at = CASE WHEN %(delay)s::float8 IS NULL THEN now() END
WHERE id = %(id)s AND claim_token = %(token)s RETURNING attempts
"""
_COUNT_FAILURE = """
UPDATE webhook SET failures = failures + 1, failing_since = coalesce(failing_since, now()), gone_once = %(gone)s
WHERE id = %(id)s AND active
RETURNING failures, now() - failing_since >= %(span)s * interval '1 second' AS long_enough
"""
_COUNT_SUCCESS = """
UPDATE webhook SET failures = 0, failing_since = NULL, gone_once = false
WHERE id = %s AND (failures > 0 OR gone_once)
"""


def record(webhook: Webhook, delivery: Delivery, outcome: Outcome, settings: Settings) -> bool:
    """Write an attempt down; False when the claim was lost to another sender, which will write its own."""
    delay = delay_after(delivery.attempts + 1, scale=settings.webhook_retry_scale, retry_after=outcome.retry_after)
    values = {"id": delivery.id, "token": delivery.claim_token, "delay": delay}
    with db.atomic():
        # The webhook's row first, everywhere: two senders that finish at once never wait for each other in a ring.
        execute("SELECT 1 FROM webhook WHERE id = %s FOR UPDATE", (webhook.id,))
        done = row(_SUCCEEDED if outcome.delivered else _FAILED, values)
        if done is None:
            return False
        note(delivery, int(done["attempts"]), outcome)
        if outcome.delivered:
            execute(_COUNT_SUCCESS, (webhook.id,))
        elif not outcome.ours:
            _count_failure(webhook, delivery, outcome, settings)
    return True


def note(delivery: Delivery, number: int, outcome: Outcome) -> None:
    """Add one attempt to the log."""
    execute(
        _ATTEMPT,
        {
            "delivery": delivery.id,
            "number": number,
            "duration": outcome.duration_ms,
            "status": outcome.status_code,
            "error": outcome.error,
            "detail": outcome.detail,
            "address": outcome.address,
            "answer": outcome.answer,
        },
    )


def _count_failure(webhook: Webhook, delivery: Delivery, outcome: Outcome, settings: Settings) -> None:
    """Ten failed attempts in a row that span long enough disable; so does a 410 that the first retry repeats."""
    gone = outcome.status_code == GONE
    counted: Row | None = row(
        _COUNT_FAILURE, {"id": webhook.id, "gone": gone, "span": settings.webhook_disable_span_seconds}
    )
    if counted is None:
        return
    if gone and webhook.gone_once and delivery.attempts == 1:
        disable(webhook.id, "The endpoint answered 410 Gone, and again on the first retry.")
    elif counted["failures"] >= FAILURES_TO_DISABLE and counted["long_enough"]:
        disable(webhook.id, f"{counted['failures']} attempts in a row failed; the last: {outcome.detail}.")

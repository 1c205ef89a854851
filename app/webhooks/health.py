"""A webhook's health: its row of failures, the warning, and being disabled, told to the account's other webhooks."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app import notices
from app.config import Settings
from app.db import Row, execute
from app.webhooks import events
from app.webhooks.pausing import skip
from app.webhooks.standing import Standing, Tried, Verdict
from app.webhooks.standing import judge as judged

_KEEP: Final = """
UPDATE webhook SET failures = r.failures, failing_since = r.since,
    last_success_at = CASE WHEN r.succeeded THEN now() ELSE last_success_at END,
    last_failure_at = CASE WHEN r.failed THEN now() ELSE last_failure_at END
FROM unnest(%s::uuid[], %s::int[], %s::timestamptz[], %s::bool[], %s::bool[])
    AS r (id, failures, since, succeeded, failed)
WHERE webhook.id = r.id
"""


def judge(tried: Sequence[tuple[Row, Sequence[Tried]]], settings: Settings) -> None:
    """Count attempts of webhooks whose rows are locked; warn, disable and tell, within the caller's transaction."""
    span = timedelta(seconds=settings.webhook_disable_span_seconds)
    verdicts = [
        (webhook, judged(Standing(webhook["failures"], webhook["failing_since"]), attempts, span=span), attempts)
        for webhook, attempts in tried
    ]
    _keep(verdicts)
    for webhook, verdict, _ in verdicts:
        if webhook["active"] and verdict.disable:
            _disable(webhook, verdict, settings)
        elif webhook["active"] and verdict.warn:
            _warn(webhook, verdict, settings)
    for webhook, verdict, _ in verdicts:
        if not webhook["active"] or verdict.disable:
            skip(webhook["id"])


def _keep(verdicts: Sequence[tuple[Row, Verdict, Sequence[Tried]]]) -> None:
    execute(
        _KEEP,
        (
            [webhook["id"] for webhook, _, _ in verdicts],
            [verdict.standing.failures for _, verdict, _ in verdicts],
            [verdict.standing.failing_since for _, verdict, _ in verdicts],
            [any(one.outcome.delivered for one in attempts) for _, _, attempts in verdicts],
            [any(not one.outcome.delivered for one in attempts) for _, _, attempts in verdicts],
        ),
    )


def _warn(webhook: Row, verdict: Verdict, settings: Settings) -> None:
    failures = verdict.standing.failures
    events.record_health("webhook.failing", webhook, failures, None)
    notices.write(
        webhook["account_id"],
        "A webhook is failing",
        f"The last {failures} attempts to reach {webhook['url']} failed.\n\nDeliveries are tried again for more than a"
        " day. If it goes on, the webhook is disabled; what it missed can be replayed.",
        settings,
    )


def _disable(webhook: Row, verdict: Verdict, settings: Settings) -> None:
    execute(
        "UPDATE webhook SET active = false, disabled_reason = %s, updated_at = now() WHERE id = %s",
        (verdict.disable, webhook["id"]),
    )
    events.record_health("webhook.disabled", webhook, verdict.standing.failures, verdict.disable)
    notices.write(
        webhook["account_id"],
        "A webhook was disabled",
        f"Nothing is sent to {webhook['url']} any more: {verdict.disable}\n\nOnce it is mended, set active to true:"
        " what was skipped in the last days is sent then, and older events can be replayed.",
        settings,
    )

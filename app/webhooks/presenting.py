"""Webhooks and deliveries as the API shows them."""

from collections.abc import Sequence
from typing import Any

from app.models.webhook import Attempt, Delivery, Event, Webhook
from app.times import iso


def webhook_object(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": str(webhook.id),
        "url": webhook.url,
        "events": list(webhook.events),
        "active": webhook.active,
        "disabledReason": webhook.disabled_reason,
        "mode": webhook.mode,
        "createdAt": iso(webhook.created_at),
        "updatedAt": iso(webhook.updated_at),
    }


def delivery_object(delivery: Delivery, event: Event, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """`nextAttemptAt` is null when none is to come; `attempts` are oldest first, durations in milliseconds."""
    return {
        "id": str(delivery.id),
        "webhookId": str(delivery.webhook_id),
        "event": {"id": str(event.id), "type": event.type, "test": event.sample},
        "callId": str(event.call_id) if event.call_id else None,
        "status": delivery.status,
        "nextAttemptAt": iso(delivery.due_at) if delivery.status == "pending" else None,
        "createdAt": iso(delivery.created_at),
        "completedAt": iso(delivery.completed_at),
        "attempts": [attempt_object(attempt) for attempt in attempts],
    }


def attempt_object(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "startedAt": iso(attempt.started_at),
        "durationMs": attempt.duration_ms,
        "statusCode": attempt.status_code,
        "error": attempt.error,
        "errorDetail": attempt.error_detail,
        "address": attempt.address,
        "answer": attempt.answer,
    }

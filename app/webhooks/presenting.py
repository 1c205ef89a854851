"""Webhooks and deliveries as the API shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.models.webhook import Attempt, Delivery, Event, Webhook
from app.times import iso, now


def webhook_object(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": str(webhook.id),
        "url": webhook.url,
        "events": list(webhook.events),
        "filters": webhook.filters,
        "rateLimit": webhook.rate_limit,
        "active": webhook.active,
        "disabledReason": webhook.disabled_reason,
        "mode": webhook.mode,
        "failures": webhook.failures,
        "failingSince": iso(webhook.failing_since),
        "lastSuccessAt": iso(webhook.last_success_at),
        "lastFailureAt": iso(webhook.last_failure_at),
        "oldSecretUntil": iso(_ahead(webhook.old_secret_until)),
        "createdAt": iso(webhook.created_at),
        "updatedAt": iso(webhook.updated_at),
    }


def _ahead(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment > now() else None


def delivery_object(delivery: Delivery, event: Event, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """`nextAttemptAt` is null when none is to come; `attempts` are oldest first, durations in milliseconds."""
    return {
        "id": str(delivery.id),
        "webhookId": str(delivery.webhook_id) if delivery.webhook_id else None,
        "event": {"id": str(event.id), "type": event.type, "test": event.sample},
        "callId": str(event.call_id) if event.call_id else None,
        "batchId": str(event.batch_id) if event.batch_id else None,
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
        "phases": {
            "dnsMs": attempt.dns_ms,
            "connectMs": attempt.connect_ms,
            "tlsMs": attempt.tls_ms,
            "firstByteMs": attempt.first_byte_ms,
        },
        "statusCode": attempt.status_code,
        "error": attempt.error,
        "errorDetail": attempt.error_detail,
        "address": attempt.address,
        "answer": attempt.answer,
    }


def tested_object(webhook: Webhook, delivery_id: UUID, attempt: Attempt | None) -> dict[str, Any]:
    """What came of a test send; without an attempt no sender took it up in time. `offer` is what to do next."""
    delivered = attempt is not None and attempt.error is None
    enable = {"method": "PUT", "path": f"/api/v1/webhooks/{webhook.id}", "body": {"active": True}}
    return {
        "deliveryId": str(delivery_id),
        "delivered": delivered,
        "statusCode": attempt.status_code if attempt else None,
        "error": attempt.error if attempt else "not_sent",
        "errorDetail": attempt.error_detail if attempt else "no worker sent it in time; see the delivery",
        "durationMs": attempt.duration_ms if attempt else 0,
        "answer": attempt.answer if attempt else None,
        "offer": enable if delivered and not webhook.active else None,
    }

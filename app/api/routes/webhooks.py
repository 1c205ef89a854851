"""/webhooks and /deliveries: endpoints, what was sent to them, and trying again."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from app.api.context import caller, context, settings
from app.api.operation import operation
from app.api.validation import Fields
from app.errors import LimitReached
from app.models.webhook import Delivery
from app.webhooks import deliveries, endpoints, samples
from app.webhooks.presenting import delivery_object, webhook_object

webhooks = Blueprint("webhooks", __name__)


@webhooks.get("/webhooks")
@operation(query="webhook.list.query", answer="webhook.list")
def list_webhooks(query: Fields) -> dict[str, Any]:
    """All your webhooks, newest first."""
    found = endpoints.all_of(caller().account_id, caller().mode, query.get("url"))
    return {"data": [webhook_object(webhook) for webhook in found], "nextCursor": None}


@webhooks.post("/webhooks")
@operation(body="webhook.create", answer="webhook.created", status=201)
def create_webhook(body: Fields) -> dict[str, Any]:
    """Create a webhook. Its signing secret is in this answer and never shown again."""
    webhook, secret = endpoints.create(
        caller().account_id, caller().mode, body["url"], body.get("events"), body.get("mode"), settings()
    )
    return webhook_object(webhook) | {"secret": secret}


@webhooks.get("/webhooks/<uuid:webhook_id>")
@operation(answer="webhook")
def read_webhook(webhook_id: UUID) -> dict[str, Any]:
    """A webhook."""
    return webhook_object(endpoints.get(caller().account_id, caller().mode, webhook_id))


@webhooks.put("/webhooks/<uuid:webhook_id>")
@operation(body="webhook.update", answer="webhook")
def update_webhook(webhook_id: UUID, body: Fields) -> dict[str, Any]:
    """Change a webhook's URL, events or active status; what is left out stays."""
    return webhook_object(endpoints.update(caller().account_id, caller().mode, webhook_id, settings(), **body))


@webhooks.delete("/webhooks/<uuid:webhook_id>")
@operation(answer="webhook.deleted")
def delete_webhook(webhook_id: UUID) -> dict[str, Any]:
    """Delete a webhook, with its deliveries."""
    endpoints.delete(caller().account_id, caller().mode, webhook_id)
    return {"id": str(webhook_id), "deleted": True}


@webhooks.post("/webhooks/<uuid:webhook_id>/test")
@operation(answer="webhook.tested")
def test_webhook(webhook_id: UUID) -> dict[str, Any]:
    """Send a sample event now, and see what the endpoint says."""
    with context().ended.place() as placed:  # a slow endpoint holds a thread, as a long poll does
        if not placed:
            raise LimitReached("Too many requests are waiting for something. Try again in a moment.", retry_after=1)
        delivery, outcome = samples.send_sample(caller().account_id, caller().mode, webhook_id, settings())
    return {
        "deliveryId": str(delivery.id),
        "delivered": outcome.delivered,
        "statusCode": outcome.status_code,
        "error": outcome.error,
        "errorDetail": outcome.detail,
        "durationMs": outcome.duration_ms,
        "answer": outcome.answer,
    }


@webhooks.get("/webhooks/<uuid:webhook_id>/deliveries")
@operation(query="delivery.list.query", answer="delivery.list")
def list_deliveries(webhook_id: UUID, query: Fields) -> dict[str, Any]:
    """What was sent to a webhook, newest first."""
    found, cursor = deliveries.page(
        caller().account_id,
        caller().mode,
        webhook_id,
        limit=query.get("limit", 20),
        cursor=query.get("cursor"),
        status=query.get("status"),
    )
    return {"data": _shown(found), "nextCursor": cursor}


@webhooks.get("/deliveries/<uuid:delivery_id>")
@operation(answer="delivery")
def read_delivery(delivery_id: UUID) -> dict[str, Any]:
    """A delivery, with every attempt."""
    return _shown([deliveries.get(caller().account_id, caller().mode, delivery_id)])[0]


@webhooks.post("/deliveries/<uuid:delivery_id>/retry")
@operation(answer="delivery", call_id="callId")
def retry_delivery(delivery_id: UUID) -> dict[str, Any]:
    """Send a delivery again, now."""
    return _shown([deliveries.retry(caller().account_id, caller().mode, delivery_id)])[0]


def _shown(found: list[Delivery]) -> list[dict[str, Any]]:
    return [delivery_object(*parts) for parts in deliveries.with_attempts(found)]

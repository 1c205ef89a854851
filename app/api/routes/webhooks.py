"""/webhooks, /deliveries and /events: endpoints, what was sent to them, trying again, and the feed."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint

from app.api.context import caller, context, settings
from app.api.operation import operation
from app.errors import InvalidRequest, LimitReached
from app.models.webhook import Delivery
from app.web.validation import Fields, moment
from app.webhooks import deliveries, endpoints, feed, replaying, rotating, samples, statistics
from app.webhooks.catalogue import CALL_COMPLETED
from app.webhooks.presenting import delivery_object, tested_object, webhook_object

TEST_MARGIN_SECONDS: Final = 5

webhooks = Blueprint("webhooks", __name__)


@webhooks.get("/webhooks")
@operation(query="webhook.list.query", answer="webhook.list")
def list_webhooks(query: Fields) -> dict[str, Any]:
    """List your webhooks, newest first."""
    found = endpoints.all_of(caller().account_id, caller().mode, query.get("url"))
    return {"data": [webhook_object(webhook) for webhook in found], "nextCursor": None}


@webhooks.post("/webhooks")
@operation(
    body="webhook.create", answer="webhook.created", status=201, refuses=("live_key_needed", "too_many_webhooks")
)
def create_webhook(body: Fields) -> dict[str, Any]:
    """Create a webhook.

    Its signing secret is in this answer and never shown again.
    """
    webhook, secret = endpoints.create(
        caller().account_id, caller().mode, _wanted(body), settings(), mode=body.get("mode")
    )
    return webhook_object(webhook) | {"secret": secret}


@webhooks.get("/webhooks/<uuid:webhook_id>")
@operation(answer="webhook")
def read_webhook(webhook_id: UUID) -> dict[str, Any]:
    """Read a webhook."""
    return webhook_object(endpoints.get(caller().account_id, caller().mode, webhook_id))


@webhooks.put("/webhooks/<uuid:webhook_id>")
@operation(body="webhook.update", answer="webhook", refuses=("live_key_needed",))
def update_webhook(webhook_id: UUID, body: Fields) -> dict[str, Any]:
    """Change a webhook.

    Its URL, events, filters, rate limit or active status; what is left out stays.
    """
    updated = endpoints.update(
        caller().account_id, caller().mode, webhook_id, _wanted(body), settings(), active=body.get("active")
    )
    return webhook_object(updated)


@webhooks.delete("/webhooks/<uuid:webhook_id>")
@operation(answer="webhook.deleted", refuses=("live_key_needed",))
def delete_webhook(webhook_id: UUID) -> dict[str, Any]:
    """Delete a webhook and its deliveries."""
    endpoints.delete(caller().account_id, caller().mode, webhook_id)
    return {"id": str(webhook_id), "deleted": True}


@webhooks.post("/webhooks/<uuid:webhook_id>/test")
@operation(body="webhook.test", body_optional=True, answer="webhook.tested", in_transaction=False)
def test_webhook(webhook_id: UUID, body: Fields) -> dict[str, Any]:
    """Send a sample event now, and see what the endpoint says."""
    event_type = body.get("event", CALL_COMPLETED)
    with context().ended.place() as placed:  # a slow endpoint holds a thread, as a long poll does
        if not placed:
            raise LimitReached("Too many requests are waiting for something. Try again in a moment.", retry_after=1)
        webhook, delivery_id = samples.send_sample(caller().account_id, caller().mode, webhook_id, event_type)
        seconds = settings().webhook_timeout_seconds + TEST_MARGIN_SECONDS
        attempt = context().ended.wait_for(delivery_id, seconds, lambda: samples.answered(delivery_id))
    return tested_object(webhook, delivery_id, attempt)


@webhooks.post("/webhooks/<uuid:webhook_id>/replay")
@operation(body="webhook.replay", answer="webhook.replayed", refuses=("live_key_needed", "webhook_disabled"))
def replay_webhook(webhook_id: UUID, body: Fields) -> dict[str, Any]:
    """Send again what failed or was missed.

    What failed, was skipped or never tried since a time, behind everything fresh.
    """
    since = moment(body, "since")
    if since is None:
        raise InvalidRequest("since is required.", field="since")
    count, more = replaying.replay(
        caller().account_id,
        caller().mode,
        webhook_id,
        settings(),
        since=since,
        until=moment(body, "until"),
        which=body.get("which", replaying.WHICH),
    )
    return {"replayed": count, "more": more}


@webhooks.post("/webhooks/<uuid:webhook_id>/rotate-secret")
@operation(
    body="webhook.rotate",
    body_optional=True,
    answer="webhook.created",
    refuses=("live_key_needed", "rotation_under_way"),
)
def rotate_secret(webhook_id: UUID, body: Fields) -> dict[str, Any]:
    """Give a webhook a new secret.

    It is shown in this answer alone. The old one signs too until the overlap ends.
    """
    webhook, secret = rotating.rotate(
        caller().account_id,
        caller().mode,
        webhook_id,
        context().vault,
        overlap_seconds=body.get("overlapSeconds", rotating.OVERLAP_SECONDS),
    )
    return webhook_object(webhook) | {"secret": secret}


@webhooks.delete("/webhooks/<uuid:webhook_id>/old-secret")
@operation(answer="webhook", refuses=("live_key_needed",))
def end_overlap(webhook_id: UUID) -> dict[str, Any]:
    """End a rotation's overlap now.

    From here on the new secret alone signs.
    """
    return webhook_object(rotating.end_overlap(caller().account_id, caller().mode, webhook_id))


@webhooks.get("/webhooks/<uuid:webhook_id>/statistics")
@operation(answer="webhook.statistics")
def read_statistics(webhook_id: UUID) -> dict[str, Any]:
    """Read the statistics of a webhook.

    How many attempts of the last day succeeded and failed, and how long they took.
    """
    webhook = endpoints.get(caller().account_id, caller().mode, webhook_id)
    return statistics.of_webhook(webhook.id)


@webhooks.get("/webhooks/<uuid:webhook_id>/deliveries")
@operation(query="delivery.list.query", answer="delivery.list")
def list_deliveries(webhook_id: UUID, query: Fields) -> dict[str, Any]:
    """List what was sent to a webhook, newest first."""
    found, cursor = deliveries.page(
        caller().account_id,
        caller().mode,
        webhook_id,
        limit=query.get("limit", 20),
        cursor=query.get("cursor"),
        status=query.get("status"),
        event_type=query.get("event"),
        since=moment(query, "since"),
        until=moment(query, "until"),
    )
    return {"data": _shown(found), "nextCursor": cursor}


@webhooks.get("/deliveries/<uuid:delivery_id>")
@operation(answer="delivery")
def read_delivery(delivery_id: UUID) -> dict[str, Any]:
    """Read a delivery, with every attempt."""
    return _shown([deliveries.get(caller().account_id, caller().mode, delivery_id)])[0]


@webhooks.post("/deliveries/<uuid:delivery_id>/retry")
@operation(
    answer="delivery",
    call_id="callId",
    batch_id="batchId",
    refuses=("live_key_needed", "webhook_disabled", "delivery_pending"),
)
def retry_delivery(delivery_id: UUID) -> dict[str, Any]:
    """Send a delivery again now."""
    return _shown([deliveries.retry(caller().account_id, caller().mode, delivery_id)])[0]


@webhooks.get("/events")
@operation(query="event.list.query", answer="event.list")
def list_events(query: Fields) -> dict[str, Any]:
    """List your events, oldest first.

    Those behind the cursor `after`: for those who cannot receive webhooks. `more` says whether to ask on at once.
    """
    found, cursor, more = feed.page(
        caller().account_id,
        caller().mode,
        after=query.get("after"),
        limit=query.get("limit", 20),
        event_type=query.get("event"),
    )
    return {"data": [feed.event_object(event) for event in found], "nextCursor": cursor, "more": more}


def _wanted(body: Fields) -> endpoints.Wanted:
    return endpoints.Wanted(body.get("url"), body.get("events"), body.get("filters"), body.get("rateLimit"))


def _shown(found: list[Delivery]) -> list[dict[str, Any]]:
    return [delivery_object(*parts) for parts in deliveries.with_attempts(found)]

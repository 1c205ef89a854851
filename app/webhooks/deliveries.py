"""The log of deliveries, and trying one again."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from peewee import JOIN

from app.changes import announce
from app.config import Mode
from app.cursors import after, next_cursor
from app.db import db, execute
from app.errors import Conflict, NotFound
from app.models.webhook import Attempt, Delivery, Event, Webhook
from app.queue import ring
from app.webhooks import endpoints
from app.webhooks.claiming import RETRIES


def page(
    account_id: UUID,
    key_mode: Mode,
    webhook_id: UUID,
    *,
    limit: int,
    cursor: str | None = None,
    status: str | None = None,
    event_type: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[list[Delivery], str | None]:
    """Up to `limit` deliveries of a webhook, newest first. Raises NotFound, InvalidRequest for a bad cursor."""
    webhook = endpoints.get(account_id, key_mode, webhook_id)
    query = Delivery.select().where(Delivery.webhook_id == webhook.id)
    only_test = key_mode == "test" and webhook.mode == "all"  # which has live ones, too
    if event_type or only_test:
        query = query.join(Event, on=(Event.id == Delivery.event_id))
    if only_test:
        query = query.where(Event.mode == "test")
    if status:
        query = query.where(Delivery.status == status)
    if event_type:
        query = query.where(Event.type == event_type)
    if since:
        query = query.where(Delivery.created_at >= since)
    if until:
        query = query.where(Delivery.created_at < until)
    if cursor:
        query = query.where(after(Delivery, cursor))
    found = list(query.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit + 1))
    return found[:limit], next_cursor(found, limit)


def get(account_id: UUID, key_mode: Mode, delivery_id: UUID) -> Delivery:
    """Raises NotFound, also for what the key must not see."""
    found = (
        Delivery.select()
        .join(Webhook, JOIN.LEFT_OUTER, on=(Webhook.id == Delivery.webhook_id))
        .join(Event, on=(Event.id == Delivery.event_id))
        .where(
            Delivery.id == delivery_id,
            Delivery.account_id == account_id,
            (Webhook.account_id == account_id) & Webhook.mode.in_([key_mode, "all"]) | Delivery.webhook_id.is_null(),
            Event.mode.in_(["test"] if key_mode == "test" else ["live", "test"]),
            (Event.mode == key_mode) | Delivery.webhook_id.is_null(False),
        )
        .first()
    )
    if found is None:
        raise NotFound("No such delivery.")
    delivery: Delivery = found
    return delivery


def retry(account_id: UUID, key_mode: Mode, delivery_id: UUID) -> Delivery:
    """Send a delivery again, under the same id, now and with all its retries.

    Raises NotFound, Forbidden `live_key_needed`, and Conflict while it is pending or its webhook disabled.
    """
    with db.atomic():
        delivery = get(account_id, key_mode, delivery_id)
        webhook_id = delivery.webhook_id
        if webhook_id is not None and not endpoints.owned(account_id, key_mode, webhook_id).active:
            raise Conflict("This webhook is disabled. Set active to true first.", code="webhook_disabled")
        if not execute(
            "UPDATE delivery SET status = 'pending', lane = %s, due_at = now(), failures = 0, faults = 0,"
            " completed_at = NULL WHERE id = %s AND status <> 'pending'",
            (RETRIES, delivery.id),
        ):
            raise Conflict("This delivery is still pending: it will be tried by itself.", code="delivery_pending")
        db.after_commit(partial(ring, "webhooks"))
        announce(account_id, f"delivery:{delivery.id}", *([f"webhook:{webhook_id}"] if webhook_id else []))
        return get(account_id, key_mode, delivery_id)


def with_attempts(deliveries: Sequence[Delivery]) -> list[tuple[Delivery, Event, list[Attempt]]]:
    """Each delivery with its event, but for its data, and its attempts, oldest first."""
    if not deliveries:
        return []
    told = Event.select(Event.id, Event.type, Event.sample, Event.call_id, Event.batch_id)
    events = {event.id: event for event in told.where(Event.id.in_([d.event_id for d in deliveries]))}
    attempts: dict[UUID, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.select().where(Attempt.delivery_id.in_([d.id for d in deliveries])).order_by(Attempt.number):
        attempts[attempt.delivery_id].append(attempt)
    # An event that was erased since took its deliveries along.
    kept = [delivery for delivery in deliveries if delivery.event_id in events]
    return [(delivery, events[delivery.event_id], attempts[delivery.id]) for delivery in kept]

"""Test sends: a sample event to one webhook, at once, so that its owner sees what the receiver says."""

from typing import Any
from uuid import UUID, uuid4

from app.config import Mode, Settings
from app.db import db, execute
from app.models.webhook import Delivery, Event, Webhook
from app.times import iso, now
from app.vault import Vault
from app.webhooks.endpoints import get
from app.webhooks.events import compact
from app.webhooks.recording import note
from app.webhooks.request import Outcome
from app.webhooks.sending import Sending


def send_sample(account_id: UUID, key_mode: Mode, webhook_id: UUID, settings: Settings) -> tuple[Delivery, Outcome]:
    """Send a sample `call.completed` with `"test": true`, also to a disabled webhook; not counted. Raises NotFound."""
    with db.atomic():
        webhook = get(account_id, key_mode, webhook_id)
        event, delivery = _stored(webhook, key_mode)
    outcome = Sending(settings, Vault(settings.encryption_keys)).attempt(webhook, delivery, event)
    with db.atomic():
        status = "succeeded" if outcome.delivered else "failed"
        if execute(
            "UPDATE delivery SET status = %s, attempts = 1, completed_at = now() WHERE id = %s", (status, delivery.id)
        ):
            note(delivery, 1, outcome)
    return delivery, outcome


def sample_call(mode: str) -> dict[str, Any]:
    """A call that never was, in the shape of every call."""
    moment = iso(now())
    return {
        "id": str(uuid4()),
        "direction": "outbound",
        "status": "completed",
        "name": "Joe's Pizza",
        "toNumber": "+15551234567",
        "fromNumber": "+15559876543",
        "instructions": "Order a large pepperoni for pickup at 7pm.",
        "summary": "Ordered a large pepperoni pizza for pickup at 7pm. The total is $18.50.",
        "transcript": [
            {"role": "agent", "text": "Hi, I'd like to place an order for pickup please."},
            {"role": "human", "text": "Sure, what can I get for you?"},
        ],
        "cost": 42,
        "duration": 45,
        "attempt": 1,
        "startedAt": moment,
        "endedAt": moment,
        "createdAt": moment,
        "firstMessage": "Hi, I'd like to place an order for pickup please.",
        "callAt": None,
        "answeredBy": "human",
        "endReason": "agent_hangup",
        "test": mode == "test",
    }


def _stored(webhook: Webhook, mode: Mode) -> tuple[Event, Delivery]:
    event = Event(
        id=uuid4(), account_id=webhook.account_id, mode=mode, type="call.completed", sample=True,
        data=compact(sample_call(mode)), created_at=now(),
    )  # fmt: skip
    event.save(force_insert=True)
    # A sample is sent once, here: as `failed` until it succeeds, no sender takes it up.
    delivery = Delivery(
        id=uuid4(), account_id=webhook.account_id, webhook_id=webhook.id, event_id=event.id, status="failed",
        created_at=now(),
    )  # fmt: skip
    delivery.save(force_insert=True)
    return event, delivery

"""Test sends: a sample event for one webhook, on the same way as every other, and not tried again."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from app.changes import announce
from app.config import Mode
from app.db import db, execute
from app.errors import NotFound
from app.models.webhook import Attempt, Delivery, Webhook
from app.queue import ring
from app.times import iso, now
from app.webhooks import endpoints
from app.webhooks.catalogue import noun
from app.webhooks.claiming import SAMPLES
from app.webhooks.events import compact

_STORE = f"""
WITH made AS (
    INSERT INTO event (id, account_id, mode, type, sample, data)
    VALUES (%(event)s, %(account)s, %(mode)s, %(type)s, true, %(data)s) RETURNING id
)
INSERT INTO delivery (id, account_id, webhook_id, event_id, lane, due_at)
SELECT %(id)s, %(account)s, %(webhook)s, id, {SAMPLES}, now() FROM made
"""


def send_sample(account_id: UUID, key_mode: Mode, webhook_id: UUID, event_type: str) -> tuple[Webhook, UUID]:
    """Have a sample sent now, also to a disabled webhook; it is not counted. The delivery's id. Raises NotFound."""
    delivery_id = uuid4()
    with db.atomic():
        webhook = endpoints.get(account_id, key_mode, webhook_id)
        execute(
            _STORE,
            {
                "event": uuid4(),
                "account": account_id,
                "mode": key_mode,
                "type": event_type,
                "data": compact(sample(event_type, key_mode)),
                "id": delivery_id,
                "webhook": webhook.id,
            },
        )
        db.after_commit(partial(ring, "webhooks"))
        announce(account_id, f"webhook:{webhook.id}")
    return webhook, delivery_id


def answered(delivery_id: UUID) -> Attempt | None:
    """The attempt of a sample; None while it is under way. Raises NotFound when its webhook was deleted meanwhile."""
    delivery = Delivery.get_or_none(Delivery.id == delivery_id)
    if delivery is None:
        raise NotFound("The webhook was deleted during the test.")
    if delivery.status == "pending":
        return None
    found: Attempt | None = Attempt.select().where(Attempt.delivery_id == delivery_id).first()
    return found


def sample(event_type: str, mode: str) -> dict[str, Any]:
    """What an event of this type tells, of things that never were."""
    made = {"call": _call, "batch": _batch, "webhook": _webhook, "account": _account}[noun(event_type)]
    return made(event_type, mode)


def _call(event_type: str, mode: str) -> dict[str, Any]:
    moment = iso(now())
    completed = {
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
    return completed | _DIFFERENCES.get(event_type, {}) | ({"callAt": moment} if event_type == "call.scheduled" else {})


_BEFORE_THE_END: dict[str, Any] = {
    "summary": None,
    "transcript": [],
    "cost": 0,
    "duration": 0,
    "endedAt": None,
    "endReason": None,
}
_NOBODY: dict[str, Any] = {"transcript": [], "cost": 0, "duration": 0, "startedAt": None, "answeredBy": "unknown"}
_DIFFERENCES: dict[str, dict[str, Any]] = {
    "call.scheduled": {"status": "scheduled", **_BEFORE_THE_END, "startedAt": None, "answeredBy": "unknown"},
    "call.started": {"status": "in-progress", **_BEFORE_THE_END, "answeredBy": "unknown"},
    "call.deadline": {"status": "in-progress", **_BEFORE_THE_END},
    "call.canceled": {"status": "canceled", **_NOBODY, "summary": "The call was canceled.", "endReason": "canceled"},
    "call.voicemail": {
        **_NOBODY,
        "summary": "Voicemail answered; no message was left.",
        "answeredBy": "voicemail",
        "endReason": "voicemail",
    },
}


def _batch(event_type: str, mode: str) -> dict[str, Any]:
    ended = event_type == "batch.completed"
    told = _call("call.completed" if ended else "call.deadline", mode)
    refusal = {"error": "This number is on your do-not-call list.", "code": "do_not_call", "field": "phoneNumber"}
    return {
        "id": str(uuid4()),
        "status": "ended" if ended else "open",
        "createdAt": told["createdAt"],
        "endedAt": told["endedAt"],
        "test": mode == "test",
        "calls": [{"position": 0, "call": told, "error": None}, {"position": 1, "call": None, "error": refusal}],
    }


def _webhook(event_type: str, _mode: str) -> dict[str, Any]:
    disabled = event_type == "webhook.disabled"
    return {
        "id": str(uuid4()),
        "url": "https://example.com/mio",
        "failures": 10 if disabled else 5,
        "disabledReason": "10 attempts in a row failed; the last: answered 500." if disabled else None,
    }


def _account(_event_type: str, _mode: str) -> dict[str, Any]:
    return {"id": str(uuid4()), "balance": 90, "available": 34, "threshold": 100}

"""Webhooks: where events go, how each does, and what was sent to it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as Answer

from app.dashboard import webhook_form
from app.dashboard.address import Address
from app.dashboard.context import account_id, mode, settings
from app.dashboard.views import Shown, shows, submits, to
from app.errors import InvalidRequest
from app.models.webhook import Delivery, Webhook
from app.text import storable
from app.times import now
from app.webhooks import browsing, endpoints, samples, statistics
from app.webhooks.catalogue import CALL_COMPLETED, EVENT_TYPES
from app.webhooks.explaining import standing

LISTED: Final = 50
LINES: Final = 25
LONGEST_TEXT: Final = 200

webhooks = Blueprint("webhooks", __name__)


@webhooks.get("/webhooks")
@shows("webhooks/index.html")
def index() -> Shown:
    """The webhooks of a mode, each with its health."""
    asked = Address(request.args)
    text = asked.one("q", lambda typed: storable(typed)[:LONGEST_TEXT]) or ""
    state, cursor = cast(browsing.State | None, asked.choice("state", browsing.STATES)), asked.cursor(Webhook)
    found, older = browsing.webhooks(account_id(), mode(), limit=LISTED, cursor=cursor, text=text, state=state)
    kept: dict[str, Any] = asked.counts | {"mode": request.args.get("mode")}
    return {
        "lines": [(webhook, standing(webhook)) for webhook in found],
        "health": statistics.of_webhooks([webhook.id for webhook in found]),
        "asked": asked.typed,
        "errors": asked.errors,
        "states": _any_of(browsing.STATES),
        "older": url_for("webhooks.index", **kept, cursor=older) if older else "",
        "newest": url_for("webhooks.index", **kept) if cursor else "",
    }


@webhooks.get("/webhooks/<uuid:webhook_id>")
@shows("webhooks/show.html")
def show(webhook_id: UUID) -> Shown:
    """A webhook: how it does, and its log."""
    return _whole(webhook_id)


@webhooks.get("/webhooks/<uuid:webhook_id>/live")
@shows("webhooks/standing.html")
def live(webhook_id: UUID) -> Shown:
    """How it does, to be shown anew."""
    return _standing(endpoints.find(account_id(), webhook_id))


@webhooks.get("/webhooks/<uuid:webhook_id>/log")
@shows("webhooks/log.html")
def log(webhook_id: UUID) -> Shown:
    """A page of its log, to be shown anew."""
    return _log(endpoints.find(account_id(), webhook_id))


@webhooks.post("/webhooks/<uuid:webhook_id>/test")
@submits("webhooks/show.html", given=lambda webhook_id: _whole(webhook_id))
def test(webhook_id: UUID) -> Answer:
    """Send a sample event now; its delivery shows what comes of it."""
    webhook, event_type = endpoints.find(account_id(), webhook_id), request.form.get("event", CALL_COMPLETED)
    if event_type not in EVENT_TYPES:
        raise InvalidRequest("There is no such event. Choose one of the list.", field="event")
    _, delivery_id = samples.send_sample(account_id(), endpoints.rights(webhook), webhook.id, event_type)
    return to("deliveries.show", delivery_id=delivery_id)


@webhooks.post("/webhooks/<uuid:webhook_id>/active")
@submits("webhooks/show.html", given=lambda webhook_id: _whole(webhook_id))
def set_active(webhook_id: UUID) -> Answer:
    """Pause or enable a webhook."""
    webhook, active = endpoints.find(account_id(), webhook_id), request.form.get("active")
    if active not in ("true", "false"):
        raise InvalidRequest("Press Pause or Enable.")
    rights, nothing = endpoints.rights(webhook), endpoints.Wanted()
    endpoints.update(account_id(), rights, webhook.id, nothing, settings(), active=active == "true")
    return to("webhooks.show", webhook_id=webhook.id, done="enabled" if active == "true" else "paused")


def _whole(webhook_id: UUID) -> dict[str, Any]:
    webhook = endpoints.find(account_id(), webhook_id)
    return _standing(webhook) | _log(webhook)


def _standing(webhook: Webhook) -> dict[str, Any]:
    kept = timedelta(seconds=settings().webhook_resume_seconds)
    return {
        "webhook": webhook,
        "standing": standing(webhook),
        "filters": "; ".join(_told(name, value) for name, value in webhook.filters.items()) or "none",
        "statistics": statistics.of_webhook(webhook.id),
        "set_aside": None if webhook.active else browsing.skipped_since(webhook.id, now() - kept),
        "taken_up": kept.total_seconds(),
    }


def _log(webhook: Webhook) -> dict[str, Any]:
    asked = Address(request.args)
    sought, cursor = webhook_form.sought(asked), asked.cursor(Delivery)
    found = browsing.log(webhook, sought, limit=LINES, cursor=cursor)
    kept: dict[str, Any] = asked.counts | {"webhook_id": webhook.id}
    return {
        "webhook": webhook,
        "lines": found.lines,
        "looked_until": found.looked_until,
        "asked": asked.typed,
        "errors": asked.errors,
        "first": not cursor,
        "again": url_for("webhooks.log", **kept),
        "newest": url_for("webhooks.show", **kept) if cursor else "",
        "older": url_for("webhooks.show", **kept, cursor=found.cursor) if found.cursor else "",
        "types": _any_of(EVENT_TYPES),
        "statuses": _any_of(browsing.DELIVERY_STATUSES),
        "tried": [(name, name) for name in webhook.events],
    }


def _any_of(names: Sequence[str]) -> list[tuple[str, str]]:
    return [("", "any"), *((name, name) for name in names)]


def _told(name: str, value: str | list[str]) -> str:
    words = {"status": "status", "direction": "direction", "answeredBy": "answered by"}
    return f"{words[name]} {value if isinstance(value, str) else ' or '.join(value)}"

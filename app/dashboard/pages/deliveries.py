"""Deliveries: what was sent where, each try of it, and what came back."""

import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response
from werkzeug.wrappers import Response as Answer

from app.dashboard.context import account_id, context
from app.dashboard.views import Shown, shows, submits, to
from app.db import Row
from app.models.webhook import Attempt
from app.times import now
from app.webhooks import asking, browsing, timing
from app.webhooks import deliveries as log
from app.webhooks.events import body
from app.webhooks.explaining import NOTHING_SENT, explain

NO_TIME: Final = "(the time of the attempt)"
WHOLE: Final = 1 << 30

deliveries = Blueprint("deliveries", __name__)


@deliveries.get("/deliveries/<uuid:delivery_id>")
@shows("deliveries/show.html")
def show(delivery_id: UUID) -> Shown:
    """A delivery with every attempt."""
    return _shown(delivery_id)


@deliveries.get("/deliveries/<uuid:delivery_id>/live")
@shows("deliveries/told.html")
def live(delivery_id: UUID) -> Shown:
    """The same, to be shown anew."""
    return _shown(delivery_id)


@deliveries.get("/deliveries/<uuid:delivery_id>/payload")
def payload(delivery_id: UUID) -> Response:
    """The body of the last attempt, byte for byte, as a file."""
    found = browsing.delivery(account_id(), delivery_id, characters=WHOLE)
    sent = _body(found, browsing.attempts(delivery_id)).encode()
    named = {"Content-Disposition": f'attachment; filename="{delivery_id}.json"'}
    return Response(sent, headers=named, content_type="application/json")


@deliveries.post("/deliveries/<uuid:delivery_id>/retry")
@submits("deliveries/show.html", given=lambda delivery_id: _shown(delivery_id))
def retry(delivery_id: UUID) -> Answer:
    """Send it again now."""
    found = browsing.delivery(account_id(), delivery_id)
    log.retry(account_id(), browsing.rights(found), delivery_id)
    return to("deliveries.show", delivery_id=delivery_id, done="retried")


def _shown(delivery_id: UUID) -> dict[str, Any]:
    found, attempts = browsing.delivery(account_id(), delivery_id), browsing.attempts(delivery_id)
    raw, size = _body(found, attempts), _length(found)
    whole, host = len(found["data"].encode()) == found["size"], _host(found)
    return {
        "delivery": found,
        "host": host,
        "sending": found["status"] == "pending" and found["due_at"] <= now(),
        "attempts": [(attempt, _told(attempt, found, host, size)) for attempt in attempts],
        "most_attempts": browsing.MOST_ATTEMPTS,
        "raw": raw,
        "size": size,
        "whole": whole,
        "pretty": json.dumps(json.loads(raw), indent=2, ensure_ascii=False) if whole else "",
    }


def _told(attempt: Attempt, found: Row, host: str, size: int) -> dict[str, Any]:
    """What a page tells of one attempt beside its columns."""
    return {
        "explained": explain(attempt.error, attempt.status_code, attempt.error_detail),
        "steps": timing.steps(attempt),
        "whole": timing.whole(attempt),
        "sent": attempt.error not in NOTHING_SENT,
        "head": asking.head(
            found["url"],
            host,
            delivery_id=str(found["id"]),
            event=found["type"],
            timestamp=_timestamp(attempt),
            length=size,
        ),
    }


def _body(found: Row, attempts: Sequence[Attempt]) -> str:
    """The body of the last attempt, as far as the event's data was read."""
    timestamp = _timestamp(attempts[0]) if attempts else NO_TIME
    return body(str(found["event_id"]), found["type"], found["data"], timestamp, sample=found["sample"]).decode()


def _length(found: Row) -> int:
    """The bytes of a whole body: Unix seconds have ten digits until the year 2286."""
    without = body(str(found["event_id"]), found["type"], "", "0" * 10, sample=found["sample"])
    return len(without) + int(found["size"])


def _timestamp(attempt: Attempt) -> str:
    return str(attempt.signed_at or int(attempt.started_at.timestamp()))


def _host(found: Row) -> str:
    """Where it goes. Of a callback only the host is told: its address may hold a token."""
    url = found["url"] or context().vault.open(found["callback_url"]).decode()
    return urlsplit(url).netloc.rpartition("@")[2]

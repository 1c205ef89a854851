"""Forms of webhooks: what they offer and what they say."""

from typing import Any

from flask import request

from app.config import MODES, Mode, mode_of
from app.dashboard.times import moment
from app.errors import InvalidRequest
from app.webhooks import choices
from app.webhooks.browsing import DELIVERY_STATUSES, Filter
from app.webhooks.catalogue import CALL_COMPLETED, EVENT_TYPES, TOLD


def blank(mode: Mode) -> dict[str, Any]:
    """A new webhook's form."""
    plain = {"url": "", "status": [], "direction": "", "answeredBy": [], "rateLimit": ""}
    return plain | {"events": [CALL_COMPLETED], "mode": mode}


def sent() -> dict[str, Any]:
    """What the form holds that was sent."""
    form = request.form
    single = {name: form.get(name, "") for name in ("url", "direction", "rateLimit", "mode")}
    return single | {name: form.getlist(name) for name in ("events", "status", "answeredBy")}


def offered(fields: dict[str, Any]) -> dict[str, Any]:
    """What a form shows: `fields` filled in, and what there is to choose from."""
    return {
        "fields": fields,
        "events": [(name, name, TOLD[name]) for name in EVENT_TYPES],
        "statuses": [(name, name.replace("-", " "), "") for name in choices.STATUSES],
        "directions": [("", "either"), *((name, name) for name in choices.DIRECTIONS)],
        "answered_by": [(name, name, "") for name in choices.ANSWERED_BY],
    }


def world(fields: dict[str, Any]) -> tuple[Mode, str]:
    """With which key's rights a webhook is made, and what it hears of. Raises InvalidRequest."""
    wanted = fields["mode"]
    if wanted == "all":
        return "live", "all"
    if wanted not in MODES:
        raise InvalidRequest("Choose test calls, live calls or both.", field="mode")
    return mode_of(wanted), wanted


def sought() -> Filter:
    """What the address of a log looks for. Raises InvalidRequest."""
    status, event = request.args.get("status") or None, request.args.get("event") or None
    if status is not None and status not in DELIVERY_STATUSES:
        raise InvalidRequest(f"status is one of {', '.join(DELIVERY_STATUSES)}.", field="status")
    if event is not None and event not in EVENT_TYPES:
        raise InvalidRequest("There is no such event.", field="event")
    return Filter(status, event, *(moment(request.args.get(name, ""), name) for name in ("since", "until")))

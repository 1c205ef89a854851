"""Forms of webhooks: what they offer and what they say."""

from typing import Any

from flask import request

from app.config import MODES, Mode, mode_of
from app.dashboard.address import Address
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


def sought(asked: Address) -> Filter:
    """What the address of a log looks for."""
    return Filter(asked.choice("status", DELIVERY_STATUSES), asked.choice("event", EVENT_TYPES), *asked.moments())

"""What a person asks of a webhook by filling in a form: texts, which are read as a client's JSON would be. Pure.

The values are those of `schemas/webhook.create.json`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.errors import InvalidRequest
from app.models.webhook import Webhook
from app.webhooks.endpoints import Wanted

STATUSES: Final = (
    "scheduled", "initiated", "ringing", "in-progress", "completed", "no-answer", "busy", "failed", "canceled",
)  # fmt: skip
DIRECTIONS: Final = ("outbound", "inbound")
ANSWERED_BY: Final = ("human", "voicemail", "unknown")
HIGHEST_RATE: Final = 1000

Fields = Mapping[str, Any]


def wanted(fields: Fields) -> Wanted:
    """All that a form says; what it leaves empty is none. Raises InvalidRequest, blaming the field."""
    return Wanted(
        url=str(fields["url"]).strip(),
        events=fields["events"],
        filters=_filters(fields),
        rate_limit=_rate(str(fields["rateLimit"]).strip()),
    )


def fields_of(webhook: Webhook) -> dict[str, Any]:
    """What the form of a webhook holds to begin with."""
    return {
        "url": webhook.url,
        "events": list(webhook.events),
        "status": webhook.filters.get("status", []),
        "direction": webhook.filters.get("direction", ""),
        "answeredBy": webhook.filters.get("answeredBy", []),
        "rateLimit": str(webhook.rate_limit or ""),
        "mode": webhook.mode,
    }


def _filters(fields: Fields) -> dict[str, Any]:
    found = {
        "status": _among(fields["status"], STATUSES, "status"),
        "direction": next(iter(_among([fields["direction"]], ("", *DIRECTIONS), "direction"))),
        "answeredBy": _among(fields["answeredBy"], ANSWERED_BY, "answeredBy"),
    }
    return {name: value for name, value in found.items() if value}


def _among(given: Sequence[str], known: Sequence[str], field: str) -> list[str]:
    if any(value not in known for value in given):
        raise InvalidRequest(f"Choose among: {', '.join(filter(None, known))}.", field=field)
    return list(dict.fromkeys(given))


def _rate(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= HIGHEST_RATE):
        raise InvalidRequest(
            f"Give a whole number of requests a second, from 1 to {HIGHEST_RATE}; leave it empty for no limit.",
            field="rateLimit",
        )
    return int(text)

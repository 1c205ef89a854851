"""What pages say of what was done, and how they write money, times and spans."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

# What a page tells after a form has led to it: `?done=` names it, so that no text comes from an address.
DONE: Final[Mapping[str, str]] = {
    "saved": "Saved.",
    "deleted": "Deleted.",
    "canceled": "The call is canceled.",
    "hanging_up": "The carrier is asked to hang up.",
    "called": "The call is placed.",
    "retried": "The delivery is tried again now.",
    "paused": "Paused. What happens meanwhile is set aside.",
    "enabled": "Enabled. What was set aside is sent now, oldest first.",
    "overlap_ended": "The old secret has ended. The new one alone signs.",
    "revoked": "The key is revoked. Nothing can use it any more.",
    "terms_accepted": "You have accepted the calling terms.",
    "listed": "The number is on the list. It is not called any more.",
    "unlisted": "The number is off the list. It may be called again.",
    "erased": "Every ended call to the number is erased.",
    "ended": "The session is ended.",
    "signed_out": "You are signed out.",
    "others_ended": "All other sessions are ended.",
    "password_changed": "Your password is changed. All other sessions are ended.",
    "moving": "We have sent a link to the new address. Your address changes once you open it and confirm.",
    "moved": "Your e-mail address is changed.",
    "codes_off": "One-time codes are off.",
    "crm_authorised": "The connection is authorised.",
    "crm_live": "The connection is live: it rings phones and writes to the CRM.",
    "crm_test": "The connection is in test mode: calls go to the sandbox, and nothing is written to the CRM.",
    "crm_ended": "The connection is ended. The authorisation is given back at the CRM now.",
    "crm_retried": "What has failed is tried again now.",
    "rule_on": "The rule is on.",
    "rule_off": "The rule is off. Calls that it has scheduled stay.",
    "paid": "Your payment has arrived. Thank you.",
}


def span(seconds: int | float) -> str:
    """Like `1 min 12 s`."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if count]
    return " ".join(parts) or "0 s"


def moment(at: datetime | None) -> str:
    """Like `25 Nov 2026, 14:03:09 UTC`; a dash for none."""
    return at.astimezone(UTC).strftime("%-d %b %Y, %H:%M:%S UTC") if at else "–"


def brief(at: datetime) -> str:
    """Like `25 Nov 2026, 14:03`, in UTC."""
    return at.astimezone(UTC).strftime("%-d %b %Y, %H:%M")

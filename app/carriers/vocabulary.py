"""Twilio's words to ours, as tables. What Twilio may add one day falls to a defined value."""

from typing import Final

from app.calls.lifecycle import AnsweredBy, Status

# https://www.twilio.com/docs/voice/api/call-resource#call-status-values
CALL_STATUS: Final[dict[str, Status]] = {
    "queued": "initiated",
    "initiated": "initiated",
    "ringing": "ringing",
    "in-progress": "in-progress",
    "answered": "in-progress",
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no-answer",
    "failed": "failed",
    "canceled": "canceled",
}

# https://www.twilio.com/docs/voice/answering-machine-detection; a fax is a machine that nobody talks to
ANSWERED_BY: Final[dict[str, AnsweredBy]] = {
    "human": "human",
    "machine_start": "voicemail",
    "machine_end_beep": "voicemail",
    "machine_end_silence": "voicemail",
    "machine_end_other": "voicemail",
    "fax": "voicemail",
    "unknown": "unknown",
}

# https://www.twilio.com/docs/api/errors: what refuses a call for good, to our endReason
REFUSALS: Final[dict[int, str]] = {
    **dict.fromkeys((13223, 13224, 21201, 21202, 21206, 21211, 21214, 21217), "invalid_number"),
    **dict.fromkeys((13225, 13227, 21203, 21215, 21216, 32101), "destination_not_allowed"),
    **dict.fromkeys(
        (10001, 10002, 20003, 20005, 20006, 20404, 21210, 21212, 21213, 21219, 32100, 573005), "carrier_account"
    ),
}
# Refusals of the account as such, where the code tells no more: not signed in, not allowed, not there.
ACCOUNT_STATUSES: Final = frozenset({401, 403, 404})

# RFC 3261, section 21: the last word of the network on a call that failed; these say that there is no such number
NO_SUCH_NUMBER: Final = frozenset({"404", "410", "484", "604"})

# Never carried out, so safe to send again later: too many requests, too many calls at once, a full queue.
THROTTLED: Final = frozenset({10004, 20429, 22005, 64109})
ALREADY_OVER: Final = 21220


def call_status(word: str) -> Status:
    """An unknown status tells that the call exists, no more."""
    return CALL_STATUS.get(word.lower(), "initiated")


def answered_by(word: str) -> AnsweredBy:
    return ANSWERED_BY.get(word.lower(), "unknown")


def refusal(code: int | None, status: int) -> str:
    """The `endReason` of a call that was refused with a Twilio error code and an HTTP status."""
    return REFUSALS.get(code or 0, "carrier_account" if status in ACCOUNT_STATUSES else "carrier_rejected")


def failure(sip_response: str) -> str | None:
    """The `endReason` that a SipResponseCode gives a failed call, None where it tells no more than that it failed."""
    return "invalid_number" if sip_response in NO_SUCH_NUMBER else None

"""What became of a call, in plain words. Pure."""

from collections.abc import Mapping
from typing import Final

from app.models.call import Call

# Every `endReason` of `app.calls.lifecycle`.
REASONS: Final[Mapping[str, str]] = {
    "agent_hangup": "The agent said goodbye and hung up.",
    "callee_hangup": "The callee hung up.",
    "voicemail": "Voicemail answered, so the agent hung up.",
    "silence": "The callee said nothing for too long.",
    "max_duration": "The call reached the longest time that a call may take.",
    "insufficient_balance": "The balance did not cover the next minute.",
    "model_failed": "The model that speaks gave no answer.",
    "relay_failed": "The line to the conversation was lost.",
    "do_not_call": "The number is on the do-not-call list.",
    "no_answer": "Nobody picked up.",
    "busy": "The line was busy.",
    "canceled": "The call was canceled.",
    "invalid_number": "The carrier does not know this number.",
    "destination_not_allowed": "The carrier does not call this destination.",
    "carrier_account": "The carrier refused the hub's account or number.",
    "carrier_rejected": "The carrier could not connect the call.",
    "carrier_error": "The carrier had an error.",
    "carrier_silent": "The carrier gave no word of the call.",
    "carrier_not_configured": "No carrier is set up on this hub.",
    "dial_unknown": "It is not known whether the carrier placed the call, so it was not dialled again.",
    "call_active": "Another call to this number was under way when this one came due.",
    "account_paused": "The account was paused.",
    "limit_reached": "A daily limit was reached when the call came due.",
}
# What an entry of `call_event` was caused by.
CAUSES: Final[Mapping[str, str]] = {
    "accepted": "asked for",
    "due": "its time had come",
    "carrier": "the carrier said so",
    "answered": "somebody picked up",
    "settled": "its summary and its cost stand",
}
ANSWERED: Final[Mapping[str, str]] = {"human": "a person", "voicemail": "voicemail", "unknown": "–"}


def outcome(call: Call) -> str:
    """Why a call ended, or what it waits for; "" where its status says it all."""
    if call.outcome is None:
        return ""
    if call.summary is None:
        return "It has ended and is being summed up."
    return REASONS.get(call.end_reason or "", "")

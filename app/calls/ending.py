"""A call ends: its outcome is fixed, and it is settled at once or, when something was said, after a summary."""

from functools import partial
from typing import Final
from uuid import UUID

from app.calls.lifecycle import Status
from app.calls.settling import settle
from app.config import Settings
from app.db import db, rows
from app.models.call import Call
from app.queue import ring

RELAY_GRACE_SECONDS: Final = 5

_END = """
UPDATE call SET
    outcome = %(outcome)s, end_reason = %(reason)s, ended_at = now(), duration = %(duration)s,
    dial_state = 'over', claim_token = NULL, lease_until = NULL, check_due_at = NULL, hangup_due_at = NULL,
    finish_due_at = now() + CASE WHEN relay_opened_at IS NOT NULL AND relay_closed_at IS NULL
                                 THEN %(grace)s * interval '1 second' ELSE interval '0' END
WHERE id = %(id)s AND outcome IS NULL
RETURNING *
"""


def end(call_id: UUID, outcome: Status, reason: str, settings: Settings, *, duration: int | None = None) -> Call | None:
    """Fix how a call ended; None when that was done before. `duration` is the carrier's, in seconds.

    A call on which nothing can have been said is settled in the same transaction. Otherwise it waits a little for
    the relay's last words, and the finish lane sums it up.
    """
    with db.atomic():
        ended = rows(
            _END,
            {
                "id": call_id,
                "outcome": outcome,
                "reason": reason,
                "duration": duration or 0,
                "grace": RELAY_GRACE_SECONDS,
            },
        )
        if not ended:
            return None
        call = Call(**ended[0])
        if call.relay_opened_at is None:
            return settle(call, summary_without_talk(call), settings)
        db.after_commit(partial(ring, "finish"))
        return call


def summary_without_talk(call: Call) -> str:
    """The summary of a call on which nothing was said."""
    return _SUMMARIES.get(call.end_reason or "", _BY_OUTCOME.get(call.outcome or "", "The call did not take place."))


_SUMMARIES: Final = {
    "silence": "The callee answered and said nothing.",
    "voicemail": "Voicemail answered; no message was left.",
    "invalid_number": "The call failed: the carrier does not accept this number.",
    "destination_not_allowed": "The call failed: the carrier does not allow calls to this destination.",
    "carrier_account": "The call failed: the carrier refused the hub's account or number.",
    "carrier_rejected": "The call failed: the carrier could not connect it.",
    "carrier_error": "The call failed: the carrier had an error.",
    "carrier_silent": "The call failed: the carrier gave no word of it.",
    "carrier_not_configured": "The call failed: no carrier is configured.",
    "dial_unknown": "The call failed: it is not known whether the carrier placed it, so it was not dialled again.",
    "relay_failed": "The call failed: the conversation could not be connected.",
    "call_active": "The call was not placed: another call to the number was active when it came due.",
    "insufficient_balance": "The call was not placed: the balance did not cover the first minute.",
    "do_not_call": "The call was not placed: the number is on the do-not-call list.",
    "account_paused": "The call was not placed: the account is paused.",
}
_BY_OUTCOME: Final = {
    "completed": "The call ended before anything was said.",
    "no-answer": "No answer.",
    "busy": "The line was busy.",
    "canceled": "The call was canceled.",
}

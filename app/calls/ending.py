"""A call ends: its outcome is fixed, and it is settled at once or, when something was said, after a summary."""

from functools import partial
from typing import Final
from uuid import UUID

from app.calls.lifecycle import Status
from app.calls.settling import settle
from app.changes import announce
from app.config import Settings
from app.db import db, rows
from app.models.call import Call
from app.queue import ring

RELAY_GRACE_SECONDS: Final = 15  # what a slow database has to store the last turns; a relay mostly closes at once

# The carrier counts the seconds from the answer. Where it tells none, the talk went on until its relay closed or, if
# that is open, until now, but never for longer than any call may.
_END = """
WITH found AS (
    SELECT id, least(
        now(),
        CASE WHEN started_at IS NULL THEN now()
             WHEN %(duration)s::int IS NULL THEN coalesce(relay_closed_at, now())
             ELSE started_at + %(duration)s::int * interval '1 second' END
    ) AS moment
    FROM call WHERE id = %(id)s AND outcome IS NULL FOR NO KEY UPDATE
)
UPDATE call SET
    outcome = %(outcome)s, end_reason = %(reason)s, ended_at = found.moment,
    duration = CASE WHEN started_at IS NULL THEN 0 ELSE coalesce(
        %(duration)s::int, least(floor(extract(epoch FROM found.moment - started_at)), %(longest)s)
    ) END,
    dial_state = 'over', claim_token = NULL, lease_until = NULL, check_due_at = NULL, hangup_due_at = NULL,
    finish_due_at = now() + CASE WHEN relay_opened_at IS NOT NULL AND relay_closed_at IS NULL
                                 THEN %(grace)s * interval '1 second' ELSE interval '0' END
FROM found WHERE call.id = found.id
RETURNING call.*
"""


def end(call_id: UUID, outcome: Status, reason: str, settings: Settings, *, duration: int | None = None) -> Call | None:
    """Fix how a call ended; None when that was done before. `duration` is the carrier's, in seconds, if it told one.

    A call on which nothing can have been said is settled in the same transaction. Otherwise it waits a little for the
    relay's last words, and the finish lane sums it up.
    """
    with db.atomic():
        ended = rows(
            _END,
            {
                "id": call_id,
                "outcome": outcome,
                "reason": reason,
                "duration": duration,
                "longest": settings.max_call_seconds,
                "grace": RELAY_GRACE_SECONDS,
            },
        )
        if not ended:
            return None
        call = Call(**ended[0])
        if call.relay_opened_at is None:
            return settle(call, summary_without_talk(call), settings)
        db.after_commit(partial(ring, "finish"))
        announce(call.account_id, f"call:{call.id}")
        return call


def summary_without_talk(call: Call, *, greeted: bool = False) -> str:
    """The summary of a call on which the callee said nothing; `greeted` tells whether the agent did."""
    reason, outcome = call.end_reason or "", call.outcome or ""
    if greeted and (reason in _GREETED or outcome == "completed"):
        return _GREETED.get(reason, "The callee said nothing.")
    return _SUMMARIES.get(reason, _BY_OUTCOME.get(outcome, "The call did not take place."))


_ANSWERED: Final = {
    "silence": "The callee answered and said nothing.",
    "voicemail": "Voicemail answered; no message was left.",
}
_SUMMARIES: Final = _ANSWERED | {
    "invalid_number": "The call failed: the carrier does not accept this number.",
    "destination_not_allowed": "The call failed: calls to this destination are not allowed.",
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
    "limit_reached": "The call was not placed: a daily limit was reached when it came due.",
}
_GREETED: Final = _ANSWERED | {
    "relay_failed": "The call failed: the line was lost before the callee said anything.",
    "carrier_silent": "The call failed: the carrier gave no word of its end. The callee had said nothing.",
}
_BY_OUTCOME: Final = {
    "completed": "The call ended before anything was said.",
    "no-answer": "No answer.",
    "busy": "The line was busy.",
    "canceled": "The call was canceled.",
}

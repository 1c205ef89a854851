"""What the carrier reports of a call. Reports come twice, late and out of order; each is applied at most once."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.calls.ending import end
from app.calls.hanging_up import ask_hangup
from app.calls.lifecycle import ENDED, NEVER_ANSWERED, AnsweredBy, Status, move, outcome_of
from app.calls.telling import tell
from app.config import Settings
from app.db import db, execute, rows
from app.models.call import Call

RECHECK_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class CarrierReport:
    """`sequence` orders the reports of a call, None where the carrier gives none; `duration` is in seconds.

    `failure` is the `endReason` of a failed call, where the carrier tells why it failed.
    """

    sid: str
    status: Status
    sequence: int | None = None
    duration: int | None = None
    failure: str | None = None


# A report whose call was in doubt adopts it: the carrier did place the call that bears our id. A call whose relay is
# closed is about to end: the carrier is asked again soon.
_HEAR = """
UPDATE call SET
    carrier_sid = %(sid)s, dial_state = 'dialled', lease_until = NULL, claim_token = NULL,
    carrier_sequence = greatest(carrier_sequence, %(sequence)s),
    check_due_at = now() + CASE WHEN relay_closed_at IS NULL THEN %(silent)s ELSE %(soon)s END * interval '1 second'
WHERE id = %(id)s AND outcome IS NULL AND dial_state IN ('dialling', 'doubt', 'dialled')
  AND (carrier_sid IS NULL OR carrier_sid = %(sid)s)
RETURNING *, (SELECT old.carrier_sequence FROM call old WHERE old.id = call.id) AS heard_before
"""


def report(call_id: UUID, said: CarrierReport, settings: Settings) -> bool:
    """Apply a report; False when it is not about this call, or came late."""
    with db.atomic():
        heard = rows(
            _HEAR,
            {
                "id": call_id,
                "sid": said.sid,
                "sequence": -1 if said.sequence is None else said.sequence,
                "silent": settings.silent_after_seconds,
                "soon": float(RECHECK_SECONDS),
            },
        )
        if not heard:
            return False
        heard_before = heard[0].pop("heard_before")
        call = Call(**heard[0])
        late = said.sequence is not None and said.sequence <= heard_before
        if said.status in ENDED:
            return _over(call, said, settings)
        if late or said.status == call.status:
            return False
        if said.status == "in-progress":
            return answered(call_id) is not None
        return move(call_id, said.status, "carrier") is not None


def answered(call_id: UUID) -> Call | None:
    """The callee picked up: the call is in progress from now on, and `call.started` is sent."""
    with db.atomic():
        if move(call_id, "in-progress", "answered") is None:
            return None
        execute("UPDATE call SET started_at = now() WHERE id = %s AND started_at IS NULL", (call_id,))
        call: Call = Call.get_by_id(call_id)
        tell("call.started", call)
        return call


def answered_by(call_id: UUID, sid: str, verdict: AnsweredBy) -> bool:
    """Who answered, as the carrier found out while the call ran. A machine ends the call."""
    changed = rows(
        "UPDATE call SET answered_by = %s WHERE id = %s AND carrier_sid = %s AND outcome IS NULL RETURNING id",
        (verdict, call_id, sid),
    )
    if changed and verdict == "voicemail":
        ask_hangup(call_id, "voicemail")
    return bool(changed)


def _over(call: Call, said: CarrierReport, settings: Settings) -> bool:
    outcome, reason = outcome_of(said.status, answered=_answered(call, said), hangup_reason=call.hangup_reason)
    if reason == "carrier_rejected" and said.failure is not None:
        reason = said.failure
    return end(call.id, outcome, reason, settings, duration=said.duration) is not None


def _answered(call: Call, said: CarrierReport) -> bool:
    """Whether a call that is over was answered, by the carrier's last word and by what we saw; it is kept as such."""
    if said.status in NEVER_ANSWERED:
        execute("UPDATE call SET started_at = NULL WHERE id = %s", (call.id,))
        return False
    if call.started_at is None and said.status == "completed" and said.duration:  # the report of its answer was lost
        execute("UPDATE call SET started_at = now() - %s * interval '1 second' WHERE id = %s", (said.duration, call.id))
        return True
    return call.started_at is not None

"""Ask the carrier about calls that it has told us nothing of, so that none stays open for ever."""

import logging
from typing import Final

from app.calls.ending import end
from app.calls.hanging_up import ask_hangup
from app.calls.lifecycle import ENDED, Status
from app.calls.ports import Carrier, CarrierCall, CarrierError
from app.calls.progress import RECHECK_SECONDS, CarrierReport, report
from app.config import Settings
from app.db import db, rows
from app.models.call import Call
from app.times import now

log = logging.getLogger(__name__)

GOODBYE_SECONDS: Final = 10  # after a relay has closed, within which the carrier ends its call by itself

_CLAIM = """
UPDATE call SET check_due_at = now() + %s * interval '1 second'
WHERE id IN (
    SELECT id FROM call WHERE check_due_at <= now() AND outcome IS NULL
    ORDER BY check_due_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING *
"""


def claim_checks(limit: int) -> list[Call]:
    """Calls to ask about now; each is asked about again in some seconds unless something is learnt."""
    return [Call(**found) for found in rows(_CLAIM, (RECHECK_SECONDS, limit))]


def check(call: Call, carrier: Carrier | None, settings: Settings) -> None:
    """Learn from the carrier what became of a call: adopt, report, or end it.

    A call that the carrier must have cut long ago is ended even if the carrier cannot be asked (any more).
    """
    asked = carrier is not None and _asked(call, carrier, settings)
    if not asked and _overdue(call, settings, answered=True):
        _give_up(call, settings)


def _asked(call: Call, carrier: Carrier, settings: Settings) -> bool:
    """Whether the carrier told us anything; what it told has been applied."""
    try:
        if call.carrier_sid is None:
            _resolve_doubt(call, carrier, settings)
        else:
            _ask(call, call.carrier_sid, carrier, settings)
    except CarrierError as trouble:
        log.warning("call %s could not be checked: %s", call.id, trouble)
        return False
    return True


def _resolve_doubt(call: Call, carrier: Carrier, settings: Settings) -> None:
    """Adopt the one call that the carrier made for us, or give up after the time of doubt. Never dial again."""
    if call.dialling_at is None:
        return
    found = carrier.find(call.to_number, call.dialling_at)
    with db.connection_context():
        sid = _only_match(call, found)
        if sid is not None:
            match = next(seen for seen in found if seen.sid == sid)
            report(call.id, CarrierReport(sid, _status(match), duration=match.duration), settings)
        elif rows("SELECT 1 FROM call WHERE id = %s AND doubt_until < now()", (call.id,)):
            end(call.id, "failed", call.doubt_reason or "dial_unknown", settings)


def _only_match(call: Call, found: list[CarrierCall]) -> str | None:
    """The sid that can only be this call's: unknown to us, and no other doubtful call rings the same number."""
    sids = [seen.sid for seen in found]
    known = {row["carrier_sid"] for row in rows("SELECT carrier_sid FROM call WHERE carrier_sid = ANY(%s)", (sids,))}
    rivals = rows(
        "SELECT 1 FROM call WHERE to_number = %s AND mode = %s AND id <> %s AND dial_state IN ('dialling', 'doubt')",
        (call.to_number, call.mode, call.id),
    )
    fresh = [sid for sid in sids if sid not in known]
    return fresh[0] if len(fresh) == 1 and not rivals else None


def _ask(call: Call, sid: str, carrier: Carrier, settings: Settings) -> None:
    seen = carrier.look_up(sid)
    if seen is not None and seen.status not in ENDED and _overdue(call, settings, answered=seen.answered):
        carrier.hang_up(sid)
        seen = None
    if seen is None:
        _give_up(call, settings)
        return
    with db.connection_context():
        report(call.id, CarrierReport(sid, _status(seen), duration=seen.duration), settings)
        if seen.status not in ENDED and _relay_is_gone(call):
            ask_hangup(call.id, "relay_failed")


def _overdue(call: Call, settings: Settings, *, answered: bool) -> bool:
    """Whether the carrier has kept a call open beyond what we allowed it."""
    allowed = settings.silent_after_seconds + (settings.max_call_seconds if answered else 0)
    return call.dialling_at is not None and (now() - call.dialling_at).total_seconds() > allowed


def _relay_is_gone(call: Call) -> bool:
    """Whether the callee is left on a silent line: a conversation that has closed does not open again."""
    return call.relay_closed_at is not None and (now() - call.relay_closed_at).total_seconds() > GOODBYE_SECONDS


def _give_up(call: Call, settings: Settings) -> None:
    """End a call of which the carrier tells nothing: as canceled, if that was asked for."""
    unknown = call.doubt_reason if call.carrier_sid is None else None
    with db.connection_context():
        if call.hangup_reason == "canceled":
            end(call.id, "canceled", "canceled", settings)
        else:
            end(call.id, "failed", unknown or "carrier_silent", settings)


def _status(seen: CarrierCall) -> Status:
    return seen.status  # type: ignore[return-value]

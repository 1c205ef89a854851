"""Ask the carrier about calls that it has told us nothing of, so that none stays open for ever."""

import logging
from typing import Final

from app.calls.ending import end
from app.calls.lifecycle import ENDED, Status
from app.calls.ports import Carrier, CarrierCall, CarrierError
from app.calls.progress import CarrierReport, report
from app.config import Settings
from app.db import db, rows
from app.models.call import Call
from app.times import now

log = logging.getLogger(__name__)

RECHECK_SECONDS: Final = 5

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


def check(call: Call, carrier: Carrier, settings: Settings) -> None:
    """Learn from the carrier what became of a call: adopt, report, or end it."""
    try:
        if call.carrier_sid is None:
            _resolve_doubt(call, carrier, settings)
        else:
            _ask(call, call.carrier_sid, carrier, settings)
    except CarrierError as trouble:
        log.warning("call %s could not be checked: %s", call.id, trouble)


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
    if seen is not None and seen.status not in ENDED and _overdue(call, seen, settings):
        carrier.hang_up(sid)
        seen = None
    with db.connection_context():
        if seen is None:
            end(call.id, "failed", "carrier_silent", settings)
        else:
            report(call.id, CarrierReport(sid, _status(seen), duration=seen.duration), settings)


def _overdue(call: Call, seen: CarrierCall, settings: Settings) -> bool:
    """Whether the carrier has kept a call open beyond what we allowed it."""
    allowed = settings.silent_after_seconds + (settings.max_call_seconds if seen.answered else 0)
    return call.dialling_at is not None and (now() - call.dialling_at).total_seconds() > allowed


def _status(seen: CarrierCall) -> Status:
    return seen.status  # type: ignore[return-value]

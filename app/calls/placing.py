"""The place lane: dials calls that are due, hangs up those that must end, and asks the carrier about silent ones.

Whoever is killed here at any point never has a person rung twice: see `claiming.begin_dialling`.
"""

import logging
import time
from collections.abc import Mapping
from typing import Final

from app.calls import batches, claiming
from app.calls.checking import check, claim_checks
from app.calls.coming_due import end_stranded, promote_due
from app.calls.ending import end
from app.calls.ports import Carrier, CarrierInDoubt, CarrierNotReached, CarrierRefused
from app.calls.telling import tell_deadlines
from app.config import MODES, Mode, Settings, mode_of
from app.crew import Crew
from app.db import db, execute, row, rows
from app.models.call import Call

log = logging.getLogger(__name__)

THREADS: Final = 16
TRIES: Final = 8
LONGEST_DELAY_SECONDS: Final = 60.0
TIDY_SECONDS: Final = 0.5

_HANGUPS = """
UPDATE call SET hangup_due_at = now() + interval '5 seconds'
WHERE id IN (
    SELECT id FROM call WHERE hangup_due_at <= now() AND carrier_sid IS NOT NULL AND outcome IS NULL
    ORDER BY hangup_due_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING *
"""
_HELD = """
SELECT hangup_reason IS NOT NULL AS canceled,
    EXISTS (SELECT 1 FROM do_not_call d WHERE d.account_id = call.account_id AND d.mode = call.mode
            AND d.phone_number = call.to_number) AS listed
FROM call WHERE id = %s AND claim_token = %s AND outcome IS NULL FOR UPDATE
"""


class Placer:
    """Works the lane with a bounded pool of threads; `carriers` holds one carrier for each mode that has one."""

    def __init__(self, carriers: Mapping[Mode, Carrier], settings: Settings) -> None:
        self._carriers = carriers
        self._settings = settings
        self._crew = Crew("place", THREADS)
        self._tidy_at = 0.0

    def step(self) -> float:
        """Start what is due; the seconds after which to look again at the latest."""
        with db.connection_context():
            if time.monotonic() >= self._tidy_at:
                self._tidy_at = time.monotonic() + TIDY_SECONDS
                self._tidy()
            started = self._start_dials() + self._start_hangups()
        return 0.02 if started else 0.1 if self._crew.busy else TIDY_SECONDS

    def _tidy(self) -> None:
        """What comes by the clock, not by a ring."""
        claiming.recover_lost(self._settings)
        promote_due(self._settings)
        end_stranded(self._settings)
        tell_deadlines()
        batches.tell_deadlines()
        self._start_checks()

    def close(self) -> None:
        """Wait for what is under way."""
        self._crew.close()

    def _start_dials(self) -> int:
        started = 0
        for mode in MODES:
            for call in claiming.claim(mode, self._settings, self._crew.room):
                self._crew.start(self._dial, call)
                started += 1
        return started

    def _start_hangups(self) -> int:
        found = rows(_HANGUPS, (self._crew.room,)) if self._crew.room > 0 else []
        for values in found:
            self._crew.start(self._hang_up, Call(**values))
        return len(found)

    def _start_checks(self) -> None:
        for call in claim_checks(self._crew.room) if self._crew.room > 0 else []:
            self._crew.start(self._check, call)

    def _dial(self, call: Call) -> None:
        carrier = self._carrier(call)
        begun = time.monotonic()
        with db.connection_context():
            if carrier is None:
                end(call.id, "failed", "carrier_not_configured", self._settings)
                return
            if not claiming.begin_dialling(call, self._settings):
                self._give_back(call, 1.0)
                return
        try:
            self._make_sure(begun)
            sid = carrier.place(call.id, call.to_number)
        except CarrierRefused as refusal:
            log.warning("call %s refused: %s", call.id, refusal.reason)
            self._end(call, refusal.reason)
        except CarrierNotReached as trouble:
            self._try_later(call, trouble)
        except CarrierInDoubt as doubt:
            self._doubt(call, doubt)
        else:
            self._dialled(call, sid)

    def _make_sure(self, begun: float) -> None:
        """A process that was stopped for the time of its lease must not ring: the call may be over, and made anew."""
        if time.monotonic() - begun >= self._settings.lease_seconds:
            raise CarrierInDoubt("dial_unknown", "the lease ran out before the carrier was asked")

    def _give_back(self, call: Call, after_seconds: float) -> None:
        """Certainly not dialled: back into the queue, unless it was canceled or its number listed in the meantime."""
        with db.atomic():
            held = row(_HELD, (call.id, call.claim_token))
            if held is None:  # whoever has it now sees to it
                return
            if held["canceled"]:
                end(call.id, "canceled", "canceled", self._settings)
            elif held["listed"]:
                end(call.id, "failed", "do_not_call", self._settings)
            else:
                claiming.give_back(call.id, call.claim_token, after_seconds)

    def _dialled(self, call: Call, sid: str) -> None:
        with db.connection_context():
            execute(
                "UPDATE call SET carrier_sid = %s, dial_state = 'dialled', lease_until = NULL, claim_token = NULL,"
                " check_due_at = now() + %s * interval '1 second'"
                " WHERE id = %s AND carrier_sid IS NULL AND dial_state IN ('dialling', 'doubt')",
                (sid, self._settings.silent_after_seconds, call.id),
            )

    def _try_later(self, call: Call, trouble: CarrierNotReached) -> None:
        if call.dial_tries + 1 >= TRIES:
            self._end(call, "carrier_error")
            return
        log.info("call %s not placed, trying again: %s", call.id, trouble)
        with db.connection_context():
            delay = min(trouble.retry_after * 2**call.dial_tries, LONGEST_DELAY_SECONDS)
            self._give_back(call, max(delay, trouble.retry_after))

    def _doubt(self, call: Call, doubt: CarrierInDoubt) -> None:
        log.warning("call %s in doubt: %s", call.id, doubt)
        with db.connection_context():
            execute(
                "UPDATE call SET dial_state = 'doubt', doubt_reason = %s, claim_token = NULL, lease_until = NULL,"
                " doubt_until = now() + %s * interval '1 second', check_due_at = now()"
                " WHERE id = %s AND claim_token = %s AND dial_state = 'dialling'",
                (doubt.reason, self._settings.doubt_seconds, call.id, call.claim_token),
            )

    def _end(self, call: Call, reason: str) -> None:
        with db.connection_context():
            end(call.id, "failed", reason, self._settings)

    def _hang_up(self, call: Call) -> None:
        carrier = self._carrier(call)
        if carrier is None or call.carrier_sid is None:
            return
        try:
            carrier.hang_up(call.carrier_sid)
        except (CarrierNotReached, CarrierInDoubt, CarrierRefused) as trouble:
            log.warning("call %s not hung up yet: %s", call.id, trouble)
            return
        with db.connection_context():
            execute(
                "UPDATE call SET hangup_due_at = NULL, check_due_at = now() + interval '5 seconds'"
                " WHERE id = %s AND outcome IS NULL",
                (call.id,),
            )

    def _check(self, call: Call) -> None:
        check(call, self._carrier(call), self._settings)

    def _carrier(self, call: Call) -> Carrier | None:
        return self._carriers.get(mode_of(call.mode))

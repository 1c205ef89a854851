"""Scheduled calls that come due, and accepted ones that can no longer be placed."""

from typing import Final

from peewee import IntegrityError

from app.billing import ledger
from app.billing.tariff import minutes_cents
from app.calls import caps
from app.calls.ending import end
from app.calls.lifecycle import move
from app.calls.numbers import check_callable, prefixes
from app.config import Settings
from app.db import db, row
from app.errors import InsufficientBalance, InvalidRequest
from app.models.call import Call

BATCH: Final = 50

# Its account is locked with it, for the caps; the calls of one that somebody else is at work on let others go first.
_DUE = """
SELECT call.* FROM call JOIN account a ON a.id = call.account_id
WHERE status = 'scheduled' AND outcome IS NULL AND due_at <= now()
ORDER BY due_at LIMIT 1 FOR NO KEY UPDATE OF a SKIP LOCKED FOR UPDATE OF call SKIP LOCKED
"""
_STRANDED = """
SELECT c.id FROM call c JOIN account a ON a.id = c.account_id
WHERE c.status = 'initiated' AND c.dial_state = 'waiting' AND c.outcome IS NULL
  AND a.paused_at < now() - %(wait)s * interval '1 second' AND c.due_at < now() - %(wait)s * interval '1 second'
LIMIT 1 FOR UPDATE OF c SKIP LOCKED
"""
_SAME_NUMBER = """
SELECT
    EXISTS (SELECT 1 FROM do_not_call WHERE account_id = %(account)s AND mode = %(mode)s
            AND phone_number = %(to)s) AS listed,
    EXISTS (SELECT 1 FROM call WHERE account_id = %(account)s AND mode = %(mode)s AND to_number = %(to)s
            AND status IN ('initiated', 'ringing', 'in-progress')) AS active
"""
_WAIT = """
UPDATE call SET due_at = now() + interval '2 seconds' WHERE id = %s
RETURNING now() - coalesce(call_at, created_at) > %s * interval '1 second' AS too_long
"""


def promote_due(settings: Settings) -> int:
    """Let scheduled calls whose time has come join the dial queue, with their hold; how many were looked at.

    One whose number is active waits, by default up to ten minutes, then ends `failed` with `call_active`. One ends
    `failed` at once when its number is on the do-not-call list or not called any more, when its account has reached
    a daily cap, or when the balance does not cover it.
    """
    looked_at = 0
    while looked_at < BATCH and _promote_next(settings):
        looked_at += 1
    return looked_at


def end_stranded(settings: Settings) -> None:
    """End the calls of accounts that have stayed paused: they were meant for a moment that is gone."""
    for _ in range(BATCH):
        with db.atomic():
            stranded = row(_STRANDED, {"wait": settings.call_active_wait_seconds})
            if stranded is None:
                return
            end(stranded["id"], "failed", "account_paused", settings)


def _promote_next(settings: Settings) -> bool:
    """Each call in a transaction of its own: whoever holds one account never waits for another."""
    with db.atomic():
        due = row(_DUE)
        if due is None:
            return False
        call = Call(**due)
        number = row(_SAME_NUMBER, {"account": call.account_id, "mode": call.mode, "to": call.to_number}) or {}
        refusal = "do_not_call" if number["listed"] else _refusal(call, settings)
        if refusal:
            end(call.id, "failed", refusal, settings)
        elif number["active"]:
            _wait_for_the_other(call, settings)
        else:
            _join(call, settings)
        return True


def _refusal(call: Call, settings: Settings) -> str | None:
    """Why a live call must not be placed today, as an `endReason`."""
    if call.mode != "live":
        return None
    try:
        check_callable(call.to_number, live=True, allowed=prefixes(settings.callable_prefixes))
    except InvalidRequest:
        return "destination_not_allowed"
    return "limit_reached" if caps.any_reached(call.account_id, call.to_number, settings) else None


def _join(call: Call, settings: Settings) -> None:
    price = minutes_cents(1, settings.tariff_cents_per_minute) if call.mode == "live" else 0
    try:
        with db.atomic():
            move(call.id, "initiated", "due", held=price)
            if price:
                ledger.hold(call.account_id, call.id, price)
    except InsufficientBalance:
        end(call.id, "failed", "insufficient_balance", settings)
    except IntegrityError:  # a test call to the number was accepted in the same instant
        _wait_for_the_other(call, settings)


def _wait_for_the_other(call: Call, settings: Settings) -> None:
    waited = row(_WAIT, (call.id, settings.call_active_wait_seconds))
    if waited and waited["too_long"]:
        end(call.id, "failed", "call_active", settings)

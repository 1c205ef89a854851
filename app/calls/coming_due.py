"""Scheduled calls that come due, and accepted ones that can no longer be placed."""

from peewee import IntegrityError

from app.billing import ledger
from app.billing.tariff import minutes_cents
from app.calls.ending import end
from app.calls.lifecycle import move
from app.config import Settings
from app.db import db, rows
from app.errors import InsufficientBalance
from app.models.call import Call

_DUE = """
SELECT * FROM call WHERE status = 'scheduled' AND outcome IS NULL AND due_at <= now()
ORDER BY due_at LIMIT 50 FOR UPDATE SKIP LOCKED
"""
_STRANDED = """
SELECT c.id FROM call c JOIN account a ON a.id = c.account_id
WHERE c.status = 'initiated' AND c.dial_state = 'waiting' AND c.outcome IS NULL
  AND a.paused_at < now() - %s * interval '1 second' AND c.due_at < now() - %s * interval '1 second'
LIMIT 50
"""


def promote_due(settings: Settings) -> int:
    """Let scheduled calls whose time has come join the dial queue, with their hold; how many were looked at.

    One whose number is active waits, by default up to ten minutes, then ends `failed` with `call_active`; one that
    the balance does not cover, or whose number is on the do-not-call list, ends `failed` at once.
    """
    with db.atomic():
        due = [Call(**values) for values in rows(_DUE)]
        for call in due:
            _promote(call, settings)
    return len(due)


def end_stranded(settings: Settings) -> None:
    """End the calls of accounts that have stayed paused: they were meant for a moment that is gone."""
    wait = settings.call_active_wait_seconds
    for stranded in rows(_STRANDED, (wait, wait)):
        end(stranded["id"], "failed", "account_paused", settings)


def _promote(call: Call, settings: Settings) -> None:
    try:
        with db.atomic():
            if rows(
                "SELECT 1 FROM do_not_call WHERE account_id = %s AND mode = %s AND phone_number = %s",
                (call.account_id, call.mode, call.to_number),
            ):
                end(call.id, "failed", "do_not_call", settings)
                return
            price = minutes_cents(1, settings.tariff_cents_per_minute) if call.mode == "live" else 0
            move(call.id, "initiated", "due", held=price)
            if price:
                ledger.hold(call.account_id, call.id, price)
    except InsufficientBalance:
        end(call.id, "failed", "insufficient_balance", settings)
    except IntegrityError:  # call_active: another call to the number is under way
        _wait_for_the_other(call, settings)


def _wait_for_the_other(call: Call, settings: Settings) -> None:
    waited = rows(
        "UPDATE call SET due_at = now() + interval '2 seconds' WHERE id = %s"
        " RETURNING now() - coalesce(call_at, created_at) > %s * interval '1 second' AS too_long",
        (call.id, settings.call_active_wait_seconds),
    )
    if waited and waited[0]["too_long"]:
        end(call.id, "failed", "call_active", settings)

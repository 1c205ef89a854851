"""Erasure and retention: calls go with their turns, events, deliveries and stored answers. Money stays counted.

A live call goes on counting for the daily caps until its day is over, by a digest of its number: or erasing would be
a way to ring somebody more often than is allowed.
"""

from datetime import timedelta
from uuid import UUID

from app.config import Mode
from app.db import db, execute, rows
from app.errors import Conflict
from app.times import now, today

_ERASE = """
WITH gone AS (
    DELETE FROM call WHERE id IN (
        SELECT id FROM call WHERE {which} AND status = ANY(%(ended)s) LIMIT %(batch)s FOR UPDATE {locked}
    ) RETURNING id, account_id, mode, to_number, dialling_at, cost
), counted AS (
    INSERT INTO erased_call (account_id, dialling_at, callee, cost)
    SELECT account_id, dialling_at, sha256((account_id || to_number)::bytea), cost
    FROM gone WHERE mode = 'live' AND dialling_at >= %(today)s
), answers AS (
    DELETE FROM idempotency_key k USING gone WHERE k.call_id = gone.id AND k.account_id = gone.account_id
)
SELECT count(*) AS calls FROM gone
"""
_ENDED = ["completed", "no-answer", "busy", "failed", "canceled"]
_BATCH = 500


def erase(account_id: UUID, number: str, mode: Mode | None = None) -> int:
    """Erase every call of an account to a number, of one mode or of both; how many.

    A call that somebody is at work on is waited for: when this returns, none is left.
    Raises Conflict `call_active` while one is scheduled or under way.
    """
    modes = [mode] if mode else ["live", "test"]
    with db.atomic():
        if rows(
            "SELECT 1 FROM call WHERE account_id = %s AND to_number = %s AND mode = ANY(%s)"
            " AND NOT status = ANY(%s) LIMIT 1",
            (account_id, number, modes, _ENDED),
        ):
            raise Conflict(
                "A call to this number is scheduled or under way. Cancel it first, then erase.", code="call_active"
            )
        execute(
            "DELETE FROM idempotency_key WHERE account_id = %s AND mode = ANY(%s) AND phone_number = %s",
            (account_id, modes, number),
        )
        return _all(
            "account_id = %(account)s AND to_number = %(number)s AND mode = ANY(%(modes)s)",
            account=account_id,
            number=number,
            modes=modes,
        )


def forget_old_calls(days: int) -> int:
    """Erase one batch of calls that ended more than `days` ago; how many (0 days: calls are kept)."""
    if days <= 0:
        return 0
    return _batch("ended_at < %(before)s", "SKIP LOCKED", before=now() - timedelta(days=days))


def forget_old_answers() -> int:
    """Drop one batch of idempotency keys after their seven days."""
    return execute(
        "DELETE FROM idempotency_key WHERE ctid IN (SELECT ctid FROM idempotency_key"
        " WHERE created_at < now() - interval '7 days' LIMIT %s)",
        (_BATCH,),
    )


def forget_old_counts() -> int:
    """Drop what erased calls counted for, once their day is over."""
    return execute("DELETE FROM erased_call WHERE dialling_at < %s", (today(),))


def _all(which: str, **values: object) -> int:
    total = 0
    while erased := _batch(which, "", **values):
        total += erased
    return total


def _batch(which: str, locked: str, **values: object) -> int:
    statement = _ERASE.format(which=which, locked=locked)
    return int(rows(statement, {**values, "ended": _ENDED, "batch": _BATCH, "today": today()})[0]["calls"])

"""Erasure and retention: calls go with their turns, events, deliveries and stored answers. Money stays counted.

What is kept of a batch forgets its erased calls and goes on telling of the others. What a CRM asked for goes on being
known as asked for, and nothing else of it: asked again, it is no new call.

A live call goes on counting for the daily caps until its day is over, by a digest of its number: or erasing would be
a way to ring somebody more often than is allowed.
"""

from datetime import timedelta
from uuid import UUID

from app.calls.striking import lock_batches, strike
from app.config import Mode
from app.db import db, execute, rows
from app.errors import Conflict
from app.models.crm import strike_calls, strike_number
from app.times import now, today
from app.vault import Vault

_FIND = "SELECT id FROM call WHERE {which} AND status = ANY(%(ended)s) LIMIT %(most)s FOR UPDATE {locked}"
_ERASE = """
WITH gone AS (
    DELETE FROM call WHERE id = ANY(%(ids)s) RETURNING id, account_id, mode, to_number, dialling_at, cost
), counted AS (
    INSERT INTO erased_call (account_id, dialling_at, callee, cost)
    SELECT account_id, dialling_at, sha256((account_id || to_number)::bytea), cost
    FROM gone WHERE mode = 'live' AND dialling_at >= %(today)s
), answers AS (
    DELETE FROM idempotency_key k USING gone WHERE k.call_id = gone.id AND k.account_id = gone.account_id
)
SELECT count(*) FROM gone
"""
_ENDED = ["completed", "no-answer", "busy", "failed", "canceled"]
_MOST = 500
_BATCHES = """
DELETE FROM batch WHERE id IN (
    SELECT id FROM batch b WHERE ended_at < %s
      AND NOT EXISTS (SELECT 1 FROM batch_item i WHERE i.batch_id = b.id AND i.call_id IS NOT NULL)
    ORDER BY ended_at LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


def erase(account_id: UUID, number: str, vault: Vault, mode: Mode | None = None) -> int:
    """Erase every call of an account to a number, of one mode or of both; how many.

    A call that somebody is at work on is waited for: when this returns, none is left.
    Raises Conflict `call_active` while one is scheduled or under way.
    """
    modes = [mode] if mode else ["live", "test"]
    with db.atomic():
        strike_number(account_id, number, modes)
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
            vault,
            account=account_id,
            number=number,
            modes=modes,
        )


def forget_old_calls(days: int, vault: Vault) -> int:
    """Erase one batch of calls that ended more than `days` ago; how many (0 days: calls are kept)."""
    if days <= 0:
        return 0
    return _some("ended_at < %(before)s", "SKIP LOCKED", vault, before=now() - timedelta(days=days))


def forget_old_batches(days: int) -> int:
    """Drop some batches that ended more than `days` ago and hold no calls any more; how many (0 days: all are kept)."""
    return execute(_BATCHES, (now() - timedelta(days=days), _MOST)) if days > 0 else 0


def forget_old_answers() -> int:
    """Drop one batch of idempotency keys after their seven days."""
    return execute(
        "DELETE FROM idempotency_key WHERE ctid IN (SELECT ctid FROM idempotency_key"
        " WHERE created_at < now() - interval '7 days' LIMIT %s)",
        (_MOST,),
    )


def forget_old_counts() -> int:
    """Drop what erased calls counted for, once their day is over."""
    return execute("DELETE FROM erased_call WHERE dialling_at < %s", (today(),))


def _all(which: str, vault: Vault, **values: object) -> int:
    total = 0
    while erased := _some(which, "", vault, **values):
        total += erased
    return total


def _some(which: str, locked: str, vault: Vault, **values: object) -> int:
    with db.atomic():
        find = _FIND.format(which=which, locked=locked)
        ids = [found["id"] for found in rows(find, {**values, "ended": _ENDED, "most": _MOST})]
        batches = lock_batches(ids)
        strike_calls(ids)
        execute(_ERASE, {"ids": ids, "today": today()})
        strike(batches, ids, vault)
    return len(ids)

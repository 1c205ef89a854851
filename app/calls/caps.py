"""The daily caps of live calls: how many, for how much, and how often one callee. A day is one of UTC.

A call counts on the day on which it is dialled; until then it counts today, for it may be dialled now. Whoever asks
and then adds a call must have locked the account's row first: only then do two not take the same last place.
"""

from typing import Any, Final
from uuid import UUID

from app.billing.tariff import minutes_cents
from app.config import Settings
from app.db import row
from app.times import today

# SQL over account a. Holds are money that calls under way may still cost. What was erased goes on counting that day.
TODAY: Final = """
SELECT count(*) AS calls, coalesce(sum(c.cost), 0) AS spent, count(*) FILTER (WHERE c.same) AS to_callee
FROM (
    SELECT cost, to_number = %(to)s AS same FROM call
    WHERE %(capped)s AND account_id = a.id AND mode = 'live'
      AND (dialling_at >= %(today)s OR (status = 'initiated' AND dial_state IN ('waiting', 'claimed')))
    UNION ALL
    SELECT cost, callee = sha256((account_id || %(to)s)::bytea) FROM erased_call
    WHERE %(capped)s AND account_id = a.id AND dialling_at >= %(today)s
) c
"""
REACHED: Final = """
%(capped)s AND today.calls >= coalesce(a.daily_calls, %(daily_calls)s) AS day_full,
%(capped)s AND today.spent + a.held + %(hold)s > coalesce(a.daily_spend_cents, %(daily_spend)s) AS spend_full,
%(capped)s AND today.to_callee >= coalesce(a.callee_daily_calls, %(callee_daily)s) AS callee_full
"""

_LOCK = "SELECT 1 FROM account WHERE id = %s FOR NO KEY UPDATE"
_ASK = f"SELECT {REACHED} FROM account a CROSS JOIN LATERAL ({TODAY}) today WHERE a.id = %(account)s"


def values(to_number: str, settings: Settings, *, capped: bool) -> dict[str, Any]:
    """The parameters of `TODAY` and `REACHED`; a call that is not `capped` reaches nothing."""
    return {
        "capped": capped,
        "to": to_number,
        "today": today(),
        "hold": minutes_cents(1, settings.tariff_cents_per_minute),
        "daily_calls": settings.account_daily_calls,
        "daily_spend": settings.account_daily_spend_cents,
        "callee_daily": settings.callee_daily_calls,
    }


def lock(account_id: UUID) -> None:
    """Let nobody else add a live call to the account until the transaction ends."""
    row(_LOCK, (account_id,))


def any_reached(account_id: UUID, to_number: str, settings: Settings) -> bool:
    """Whether a further live call to `to_number` would go beyond a cap of its account."""
    found = row(_ASK, values(to_number, settings, capped=True) | {"account": account_id})
    return found is not None and any(found.values())


def leave_room_for(account_id: UUID, cents: int, settings: Settings) -> bool:
    """Whether today's spend, with what calls under way hold, may grow by `cents`."""
    asked = values("", settings, capped=True) | {"hold": cents, "account": account_id}
    found = row(_ASK, asked)
    return found is None or not found["spend_full"]

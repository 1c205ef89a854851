"""The whole ledger, batch by batch, from its oldest entry: nothing is held in the database between two batches."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from app.billing.history import about
from app.db import Row, rows

BATCH: Final = 1000

_BATCH: Final = """
SELECT e.id, e.at, e.kind, e.balance_change, e.held_change, e.call_id, e.payment_id, c.to_number, c.name,
    e.at < a.created_at + interval '1 minute' AS early
FROM ledger_entry e JOIN account a ON a.id = e.account_id LEFT JOIN call c ON c.id = e.call_id
WHERE e.account_id = %(account)s AND e.id > %(after)s AND e.at >= %(since)s AND e.at < %(until)s
ORDER BY e.id LIMIT %(most)s
"""
_BEFORE: Final = """
SELECT coalesce(sum(balance_change), 0) AS balance FROM ledger_entry
WHERE account_id = %s AND id < %s AND balance_change <> 0
"""


def batches(account_id: UUID, since: datetime, until: datetime) -> Iterator[list[Row]]:
    """Entries from `since` to before `until`, each with `about` in plain words and `balance`, the cents owned after it.

    Each step asks once, or twice for the first.
    """
    asked = {"account": account_id, "after": 0, "since": since, "until": until, "most": BATCH}
    balance: int | None = None
    while found := rows(_BATCH, asked):
        if balance is None:
            balance = int(rows(_BEFORE, (account_id, found[0]["id"]))[0]["balance"])
        for entry in found:
            balance += entry["balance_change"]
            entry["balance"] = balance
            entry["about"] = about(
                entry["kind"],
                call=entry["call_id"] is not None,
                paid=entry["payment_id"] is not None,
                early=entry["early"],
            )
        asked["after"] = found[-1]["id"]
        yield found

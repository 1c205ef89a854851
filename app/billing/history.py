"""The ledger as its owner reads it: entries from the newest, each with what it is about and the balance after it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.db import rows
from app.errors import InvalidRequest

PAGE: Final = 25
MOST_ID: Final = 2**63 - 1

# What is newer than the page has changed the balance since. Holds change nothing, so they are not looked at.
_PAGE: Final = """
WITH newest AS MATERIALIZED (
    SELECT a.id, a.created_at, a.balance - coalesce((
        SELECT sum(n.balance_change) FROM ledger_entry n
        WHERE n.account_id = a.id AND n.id >= %(before)s AND n.balance_change <> 0
    ), 0) AS balance
    FROM account a WHERE a.id = %(account)s
)
SELECT e.id, e.at, e.kind, e.balance_change, e.held_change, e.call_id, e.payment_id,
    c.to_number, c.name, c.id IS NOT NULL AS kept,
    e.at < a.created_at + interval '1 minute' AS early,
    a.balance - coalesce(sum(e.balance_change) OVER newer, 0) AS balance
FROM newest a JOIN LATERAL (
    SELECT * FROM ledger_entry l WHERE l.account_id = a.id AND l.id < %(before)s {which}
    ORDER BY l.id DESC LIMIT %(most)s
) e ON true LEFT JOIN call c ON c.id = e.call_id
WINDOW newer AS (ORDER BY e.id DESC ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW)
ORDER BY e.id DESC
"""
_ALL: Final = _PAGE.format(which="")
_MOVED: Final = _PAGE.format(which="AND l.balance_change <> 0")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. `about` says in words what it is; `call_id` names a call that is still kept.

    `balance` is what the account owned after it, in cents.
    """

    id: int
    at: datetime
    about: str
    callee: str | None
    call_id: UUID | None
    balance_change: int
    held_change: int
    balance: int


def entries(account_id: UUID, *, moved: bool = True, cursor: str | None = None) -> tuple[list[Entry], str | None]:
    """A page of the ledger from its newest entry, or from behind `cursor`, and the cursor of the next page.

    With `moved` only what has changed the balance: a call's hold and its release are left out.
    Raises InvalidRequest when the cursor is none of ours.
    """
    asked = {"account": account_id, "before": _place(cursor), "most": PAGE + 1}
    found = [_entry(entry) for entry in rows(_MOVED if moved else _ALL, asked)]
    return found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else None


def about(kind: str, *, call: bool, paid: bool, early: bool) -> str:
    """What an entry is, in plain words; `early` is what an account was made with. Pure."""
    if kind == "credit":
        return "Top-up" if paid else "Credit at sign-up" if early else "Credit"
    if kind == "charge" and not call:
        return "Taken back"
    return {"hold": "Held for a call", "release": "Hold released", "charge": "Charge for a call"}[kind]


def _place(cursor: str | None) -> int:
    if cursor is None:
        return MOST_ID
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise InvalidRequest("cursor is not one that a page of the ledger has given.", field="cursor")
    return int(cursor)


def _entry(found: dict[str, Any]) -> Entry:
    return Entry(
        found["id"],
        found["at"],
        about(
            found["kind"],
            call=found["call_id"] is not None,
            paid=found["payment_id"] is not None,
            early=found["early"],
        ),
        _callee(found),
        found["call_id"] if found["kept"] else None,
        found["balance_change"],
        found["held_change"],
        int(found["balance"]),
    )


def _callee(found: dict[str, Any]) -> str | None:
    if found["call_id"] is None:
        return None
    return (found["name"] or found["to_number"]) if found["kept"] else "an erased call"

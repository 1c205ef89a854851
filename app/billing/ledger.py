"""The ledger: append-only entries whose sums are the account's balance and holds.

Every verb runs inside the caller's transaction, or in one of its own. The database refuses a negative balance
and holds beyond it (`account_holds_covered`), so no path can overspend.
"""

from uuid import UUID

from app.db import db, execute, row
from app.errors import InsufficientBalance, InvalidRequest, NotFound

_HOLD = """
WITH taken AS (
    UPDATE account SET held = held + %(cents)s
    WHERE id = %(account)s AND (unmetered OR balance - held >= %(cents)s)
    RETURNING id
)
INSERT INTO ledger_entry (account_id, call_id, kind, balance_change, held_change)
SELECT id, %(call)s, 'hold', 0, %(cents)s FROM taken
"""

# In a statement of its own: one that waits for the lock and then changes the row as it was before the wait can come to
# wait for the next in line, who waits for it (while a reference to the account is being checked).
_LOCK = "SELECT 1 FROM account WHERE id = %s FOR NO KEY UPDATE"
_SETTLE = """
WITH owner AS (
    SELECT id, unmetered, balance, held FROM account WHERE id = %(account)s
), charge AS (
    SELECT CASE WHEN unmetered THEN 0 ELSE least(%(cost)s, balance - held + %(held)s) END AS cents FROM owner
), paid AS (
    UPDATE account SET held = account.held - %(held)s, balance = account.balance - charge.cents
    FROM charge WHERE id = %(account)s
), entered AS (
    INSERT INTO ledger_entry (account_id, call_id, kind, balance_change, held_change)
    SELECT %(account)s::uuid, %(call)s::uuid, 'release', 0, -%(held)s WHERE %(held)s > 0
    UNION ALL
    SELECT %(account)s, %(call)s, 'charge', -cents, 0 FROM charge WHERE cents > 0
)
SELECT cents, (SELECT unmetered FROM owner) AS unmetered FROM charge
"""

_TAKE_BACK = """
WITH owner AS (
    SELECT id, least(%(cents)s, balance - least(held, balance)) AS cents FROM account WHERE id = %(account)s
), paid AS (
    UPDATE account SET balance = balance - owner.cents FROM owner WHERE account.id = owner.id
), charged AS (
    INSERT INTO ledger_entry (account_id, kind, balance_change, held_change)
    SELECT id, 'charge', -cents, 0 FROM owner WHERE cents > 0
)
SELECT cents FROM owner
"""


def credit(account_id: UUID, cents: int, *, payment_id: str | None = None) -> None:
    """Add money to an account; `payment_id` is what paid for it, which credits once.

    Raises InvalidRequest for less than one cent, NotFound for an unknown account.
    """
    if not 1 <= cents <= 100_000_000:
        raise InvalidRequest("A credit is a whole number of cents, from 1 to 100,000,000.", field="cents")
    with db.atomic():
        if not execute(
            "UPDATE account SET balance = balance + %s, balance_low = false WHERE id = %s", (cents, account_id)
        ):
            raise NotFound("No such account.")
        execute(
            "INSERT INTO ledger_entry (account_id, kind, balance_change, held_change, payment_id)"
            " VALUES (%s, 'credit', %s, 0, %s)",
            (account_id, cents, payment_id),
        )


def take_back(account_id: UUID, cents: int) -> int:
    """Take a credit back, of which the money was refunded or is disputed; the cents that were taken.

    That is no more than what is available: what was spent is spent, and holds stay covered.
    """
    if not 1 <= cents <= 100_000_000:
        raise InvalidRequest("What is taken back is a whole number of cents, from 1 to 100,000,000.", field="cents")
    with db.atomic():
        execute(_LOCK, (account_id,))
        taken = row(_TAKE_BACK, {"account": account_id, "cents": cents})
    if taken is None:
        raise NotFound("No such account.")
    return int(taken["cents"])


def hold(account_id: UUID, call_id: UUID, cents: int) -> None:
    """Set `cents` aside for a call. Raises InsufficientBalance when less is available."""
    if not execute(_HOLD, {"account": account_id, "call": call_id, "cents": cents}):
        raise InsufficientBalance(
            f"Insufficient balance: {cents} cents must be available for the next minute. Add funds to continue."
        )


def settle(account_id: UUID, call_id: UUID, *, held: int, cost: int) -> int:
    """Release a call's hold and charge its cost; the cents that the call costs.

    A metered account never pays more than it owns: what a late carrier report adds beyond that is ours to bear.
    """
    execute(_LOCK, (account_id,))
    paid = row(_SETTLE, {"account": account_id, "call": call_id, "held": held, "cost": cost})
    if paid is None:
        raise NotFound("No such account.")
    return cost if paid["unmetered"] else int(paid["cents"])


def note_low_balance(account_id: UUID, threshold: int) -> dict[str, int] | None:
    """`balance` and `available` of a metered account whose balance has fallen below `threshold`, told once.

    It can be told again after a credit.
    """
    return row(
        "UPDATE account SET balance_low = true WHERE id = %s AND NOT balance_low AND NOT unmetered AND balance < %s"
        " RETURNING balance, balance - held AS available",
        (account_id, threshold),
    )

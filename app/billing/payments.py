"""Top-ups: a payment is opened with a Checkout Session of Stripe's, and credited once, whoever tells of it first.

What Stripe says of a session reaches us as a signed event, and as the answer when we ask: the owner is back on our
page, or nobody has told of the payment's end (see `looking`). All of it goes through `note`, which believes nothing
further than our own row of the payment.
"""

import logging
import re
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from app.billing import ledger
from app.billing.tariff import dollars
from app.db import Row, db, execute, row, rows
from app.errors import InvalidRequest, NotFound

log = logging.getLogger(__name__)

LEAST_CENTS: Final = 500
MOST_CENTS: Final = 50_000
CURRENCY: Final = "usd"
_AMOUNT: Final = re.compile(r"\$? ?([0-9]{1,6})(?:\.([0-9]{2}))?")

Outcome = Literal["credited", "known", "waiting", "expired", "failed", "unknown", "refused"]


@dataclass(frozen=True, slots=True)
class Session:
    """A Checkout Session as Stripe tells of it. `url` leads to its page while it is open; `refused` says that a payment
    that was under way has failed.
    """

    id: str
    account: str
    cents: int
    currency: str
    live: bool
    paid: bool
    expired: bool
    url: str = ""
    refused: bool = False


def cents_of(typed: str) -> int:
    """The amount that an owner has typed: `20`, `20.50` or `$20`, in dollars.

    Raises InvalidRequest, which blames `amount`, for anything but an amount from 5 to 500 dollars in whole cents.
    """
    found = _AMOUNT.fullmatch(typed.strip())
    cents = int(found[1]) * 100 + int(found[2] or 0) if found else 0
    if not LEAST_CENTS <= cents <= MOST_CENTS:
        raise InvalidRequest(
            f"Type an amount in dollars, from {dollars(LEAST_CENTS)} to {dollars(MOST_CENTS)}, like 20 or 20.50.",
            field="amount",
        )
    return cents


def begin(account_id: UUID, session: Session) -> None:
    """Note the payment that a new session is for; a session that is known already stays as it is."""
    execute(
        "INSERT INTO payment (id, account_id, cents) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (session.id, account_id, session.cents),
    )


def get(account_id: UUID, session_id: str) -> Row:
    """`id`, `cents` and `status` of a payment. Raises NotFound, also for one of another account."""
    found = row("SELECT id, cents, status FROM payment WHERE id = %s AND account_id = %s", (session_id, account_id))
    if found is None:
        raise NotFound("No such payment.")
    return found


def under_way(account_id: UUID, most: int = 3) -> list[Row]:
    """The newest payments that were opened within the last day and have not ended."""
    return rows(
        "SELECT id, cents, created_at FROM payment WHERE account_id = %s AND status = 'open'"
        " AND created_at > now() - interval '1 day' ORDER BY created_at DESC LIMIT %s",
        (account_id, most),
    )


def note(session: Session, *, live: bool) -> Outcome:
    """Take what Stripe says of a session, and credit it if it is paid: once, however often and by whomever it is told.

    `live` tells whether our key is for real money: a session of the other world, of another amount or in another
    currency than we have opened credits nothing, and is logged for the operator.
    """
    with db.atomic():
        known = row("SELECT account_id, cents, status FROM payment WHERE id = %s FOR UPDATE", (session.id,))
        outcome = judged(session, known, live=live)
        if known is not None and outcome == "credited":
            execute("UPDATE payment SET status = 'paid', credited_at = now() WHERE id = %s", (session.id,))
            ledger.credit(known["account_id"], known["cents"], payment_id=session.id)
        elif outcome in ("expired", "failed"):
            execute("UPDATE payment SET status = %s WHERE id = %s", (outcome, session.id))
    _report(session, outcome)
    return outcome


def judged(session: Session, known: Row | None, *, live: bool) -> Outcome:
    """What follows from a session, given our row of it. Money that has come wins over what was told before. Pure."""
    if known is None:
        return "unknown"
    if known["status"] == "paid":
        return "known"
    told = (session.account, session.cents, session.currency, session.live)
    if told != (str(known["account_id"]), known["cents"], CURRENCY, live):
        return "refused"
    if session.paid:
        return "credited"
    if known["status"] != "open":
        return "known"
    return "expired" if session.expired else "failed" if session.refused else "waiting"


def _report(session: Session, outcome: Outcome) -> None:
    if outcome == "refused":
        log.error("payment %s is not as it was opened (%s %s, live %s): nothing is credited; look at it in Stripe",
                  session.id, session.cents, session.currency, session.live)  # fmt: skip
    elif outcome == "unknown":
        log.warning("payment %s is none of this hub's", session.id)
    elif outcome == "credited":
        log.info("payment %s is credited", session.id)

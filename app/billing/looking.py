"""Payments whose end nobody tells: Stripe's event is lost, and the owner has not come back. Stripe is asked, seldom.

A payment is claimed by the very statement that says when it is looked at next: a process that dies while it asks, or a
Stripe that does not answer, leaves the payment to the next look. What Stripe says goes through `payments.note`.
"""

import logging
import threading
from datetime import timedelta
from typing import Final

from peewee import DatabaseError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from app.billing import payments
from app.billing.checkout import Checkout
from app.config import Settings
from app.db import Row, db, execute, row
from app.errors import NotFound, Unavailable

log = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 60.0
MOST: Final = 10  # payments in a sweep
LONGEST: Final = timedelta(days=14)  # a bank debit is settled or refused well within it
MOST_UNKNOWN: Final = 15  # looks at a session that Stripe does not know: about a day

# Looked at again after half the time that it has been open. A key sees the sessions of its own mode alone: the others
# wait for theirs.
_CLAIM: Final = """
UPDATE payment SET looks = looks + 1,
    look_at = now() + least(greatest((now() - created_at) / 2, interval '5 minutes'), interval '6 hours')
WHERE id = (
    SELECT id FROM payment WHERE status = 'open' AND look_at <= now() AND starts_with(id, %s)
    ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, looks, now() - created_at AS age
"""


class Looker:
    """Asks Stripe of payments that have been open for a while, one after the other."""

    def __init__(self, settings: Settings) -> None:
        self._checkout = Checkout(settings)

    def start(self) -> None:
        """Work on a thread of its own, if owners can pay."""
        if self._checkout.ready:
            threading.Thread(target=self._run, name="looker", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            try:
                self.sweep()
            except (DatabaseError, InterfaceError, MaxConnectionsExceeded) as error:
                log.warning("open payments wait for the database: %s", error)
            except Exception:
                log.exception("a payment could not be looked at, for a bug of ours")  # the next ones are
            pause.wait(SWEEP_SECONDS)

    def sweep(self) -> int:
        """Look at a few payments that are due; at how many. It ends when Stripe does not answer."""
        for looked in range(MOST):
            if not (self._checkout.ready and self._look()):
                return looked
        return MOST

    def _look(self) -> bool:
        """Look at the next payment that is due; False when there is none, or no answer."""
        with db.connection_context():
            claimed = row(_CLAIM, ("cs_live_" if self._checkout.live else "cs_test_",))
        if claimed is None:
            return False
        try:
            session = self._checkout.look(claimed["id"])
        except Unavailable:
            return False
        except NotFound:
            session = None
        with db.connection_context():
            outcome = payments.note(session, live=self._checkout.live) if session else "unknown"
            if over(outcome, claimed["looks"], claimed["age"]):
                _give_up(claimed, outcome)
        return True


def over(outcome: payments.Outcome, looks: int, age: timedelta) -> bool:
    """Whether a payment is not looked at again, though it may still be open. Pure."""
    if outcome == "unknown":
        return looks >= MOST_UNKNOWN
    return outcome == "refused" or (outcome == "waiting" and age > LONGEST)


def _give_up(payment: Row, outcome: payments.Outcome) -> None:
    execute("UPDATE payment SET look_at = NULL WHERE id = %s", (payment["id"],))
    if outcome == "unknown":
        log.error("payment %s is not known to Stripe: it is not asked for again. Does STRIPE_SECRET_KEY belong to the"
                  " account that it was opened with?", payment["id"])  # fmt: skip
    elif outcome == "waiting":
        log.error("payment %s has been under way for %s days: it is not asked for again; look at it in Stripe",
                  payment["id"], payment["age"].days)  # fmt: skip

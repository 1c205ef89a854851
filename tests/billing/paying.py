"""A process that hears of a payment, as one of the API's does. `python -m tests.billing.paying URL ACCOUNT ID CENTS`"""

import sys

from app import db as hub_db
from app.billing.payments import Session, note
from app.db import db


def paid(account: str, session_id: str, cents: int) -> Session:
    """What Stripe tells of a session that is paid."""
    return Session(session_id, account, cents, "usd", live=False, paid=True, expired=False)


if __name__ == "__main__":
    url, account, session_id, cents = sys.argv[1:]
    hub_db.init(url, pool=1, wait_seconds=5)
    with db.connection_context():
        print("ready", flush=True)
        sys.stdin.readline()
        print(note(paid(account, session_id, int(cents)), live=False), flush=True)

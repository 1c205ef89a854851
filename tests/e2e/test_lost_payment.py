"""A payment of which neither Stripe nor its owner tells a running hub."""

import os

from app.billing.checkout import Checkout
from tests.billing.stripe_stand_in import StandIn
from tests.hub import running_hub, wait_until
from tests.services import TEMPLATE, fresh_database


def test_the_worker_credits_what_was_paid_though_nobody_told_of_it() -> None:
    with (
        StandIn() as stripe,
        fresh_database(os.environ["DATABASE_URL"], f"mio_paid_{os.getpid()}", os.environ[TEMPLATE]) as url,
        running_hub(url, **stripe.settings) as hub,
    ):
        account = hub.account(balance=500).id
        urls = {"paid_url": f"{hub.url}/usage/paid", "back_url": f"{hub.url}/usage"}
        session = Checkout(hub.settings).open(str(account), 2000, once="form", **urls)
        stripe.pays(session.id)
        hub.rows(
            "INSERT INTO payment (id, account_id, cents, created_at, look_at)"
            " VALUES (%s, %s, 2000, now() - interval '6 minutes', now() - interval '1 minute')",
            (session.id, account),
        )
        hub.kill_worker()
        hub.start_worker()
        wait_until(lambda: hub.rows("SELECT 1 FROM payment WHERE status = 'paid'"))
        assert hub.rows("SELECT balance FROM account WHERE id = %s", (account,)) == [{"balance": 2500}]

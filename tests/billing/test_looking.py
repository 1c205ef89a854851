"""Payments of which nobody tells: Stripe is asked by itself, and what was paid is credited once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.billing import payments
from app.billing.checkout import Checkout
from app.billing.looking import LONGEST, MOST, MOST_UNKNOWN, Looker, over
from app.config import Settings
from app.db import execute, row, rows
from app.models.account import Account, Payment
from tests.billing.paying import paid
from tests.billing.stripe_stand_in import Refusal, StandIn
from tests.hub import wait_until
from tests.making import an_account, ledger_agrees

pytestmark = pytest.mark.usefixtures("database")

ROOT = Path(__file__).parent.parent.parent
BROKEN = Refusal(500, "api_error", "Something went wrong on Stripe's end.")
REVOKED = Refusal(401, "invalid_request_error", "Invalid API Key provided.")


def opened(checkout: Checkout, account: Account, *, minutes: float = 6) -> str:
    """The id of a payment that was begun so many minutes ago, and is due."""
    urls = {"paid_url": "https://hub.example/usage/paid", "back_url": "https://hub.example/usage"}
    session = checkout.open(str(account.id), 2000, once=str(uuid4()), **urls)
    payments.begin(account.id, session)
    execute(
        "UPDATE payment SET created_at = now() - %s * interval '1 minute', look_at = now() WHERE id = %s",
        (minutes, session.id),
    )
    return session.id


def due(session_id: str) -> None:
    """The time of the next look has come."""
    execute("UPDATE payment SET look_at = now() WHERE id = %s", (session_id,))


def balance(account: Account) -> int:
    return int(Account.get_by_id(account.id).balance)


def payment(session_id: str) -> Payment:
    return Payment.get_by_id(session_id)


def looks(stripe: StandIn) -> int:
    """How often Stripe was asked of a session."""
    return sum(asked.method == "GET" for asked in stripe.asked)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


def test_what_was_paid_is_credited_though_nobody_told_of_it(
    paying: Settings, checkout: Checkout, stripe: StandIn
) -> None:
    account = an_account(500)
    session = opened(checkout, account)
    stripe.pays(session)
    assert Looker(paying).sweep() == 1
    assert (balance(account), payment(session).status) == (2500, "paid")
    assert ledger_agrees(account.id)


def test_a_payment_is_first_looked_at_after_five_minutes(paying: Settings, checkout: Checkout, stripe: StandIn) -> None:
    account = an_account(0)
    payments.begin(account.id, replace(paid(str(account.id), "cs_test_new", 2000), paid=False))
    found = row("SELECT look_at - created_at AS wait FROM payment")
    assert found == {"wait": timedelta(minutes=5)}
    assert (Looker(paying).sweep(), looks(stripe)) == (0, 0)


@pytest.mark.parametrize(
    ("minutes", "wait"), [(6, 5), (60, 30), (10 * 60, 5 * 60), (24 * 60, 6 * 60), (10 * 24 * 60, 6 * 60)]
)
def test_it_is_looked_at_ever_less_often(
    paying: Settings, checkout: Checkout, stripe: StandIn, minutes: int, wait: int
) -> None:
    session = opened(checkout, an_account(0), minutes=minutes)
    stripe.pays_later(session)
    Looker(paying).sweep()
    found = row("SELECT extract(epoch FROM look_at - now())::float8 AS seconds, looks FROM payment")
    assert found is not None
    assert found["seconds"] == pytest.approx(wait * 60, abs=20)
    assert found["looks"] == 1


def test_what_has_ended_is_not_asked_for_again(paying: Settings, checkout: Checkout, stripe: StandIn) -> None:
    gone, done = opened(checkout, an_account(0)), opened(checkout, an_account(0))
    stripe.expires(gone)
    stripe.pays(done)
    Looker(paying).sweep()
    assert (payment(gone).status, payment(done).status) == ("expired", "paid")
    execute("UPDATE payment SET look_at = now()")
    assert Looker(paying).sweep() == 0


def test_money_that_takes_days_is_waited_for(paying: Settings, checkout: Checkout, stripe: StandIn) -> None:
    account = an_account(0)
    session = opened(checkout, account, minutes=5 * 24 * 60)
    stripe.pays_later(session)
    Looker(paying).sweep()
    assert payment(session).status == "open"
    stripe.pays(session)
    due(session)
    Looker(paying).sweep()
    assert balance(account) == 2000


def test_after_two_weeks_it_is_left_to_the_operator_and_an_event_still_credits_it(
    paying: Settings, checkout: Checkout, stripe: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    account = an_account(0)
    session = opened(checkout, account, minutes=15 * 24 * 60)
    stripe.pays_later(session)
    Looker(paying).sweep()
    assert (payment(session).status, payment(session).look_at) == ("open", None)
    assert [session in line for line in errors(caplog)] == [True]
    assert payments.note(paid(str(account.id), session, 2000), live=False) == "credited"


def test_a_sweep_looks_at_a_few_and_the_next_at_the_others(
    paying: Settings, checkout: Checkout, stripe: StandIn
) -> None:
    account = an_account(0)
    for _ in range(MOST + 2):
        opened(checkout, account)
    assert [Looker(paying).sweep() for _ in range(3)] == [MOST, 2, 0]
    assert looks(stripe) == MOST + 2


def test_two_sweeps_at_once_ask_once_and_credit_once(paying: Settings, checkout: Checkout, stripe: StandIn) -> None:
    account = an_account(0)
    sessions = [opened(checkout, account) for _ in range(4)]
    for session in sessions:
        stripe.pays(session)
    stripe.fails(0.2, 0.2)
    with ThreadPoolExecutor() as threads:
        found = [threads.submit(Looker(paying).sweep) for _ in range(2)]
    assert sum(each.result() for each in found) == 4
    assert looks(stripe) == 4
    assert balance(account) == 8000
    assert ledger_agrees(account.id)


def test_the_payment_is_free_while_stripe_is_asked_and_an_event_may_come_first(
    paying: Settings, checkout: Checkout, stripe: StandIn
) -> None:
    account = an_account(0)
    session = opened(checkout, account)
    stripe.pays(session)
    stripe.fails(1.0)
    with ThreadPoolExecutor() as threads:
        swept = threads.submit(Looker(paying).sweep)
        wait_until(lambda: looks(stripe) == 1)
        execute("SET lock_timeout = '200ms'")
        assert payments.note(paid(str(account.id), session, 2000), live=False) == "credited"
        assert rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state LIKE 'idle in transaction%%'") == []  # fmt: skip
        execute("RESET lock_timeout")
        assert not swept.done()
    assert swept.result() == 1
    assert balance(account) == 2000
    assert ledger_agrees(account.id)


@pytest.mark.parametrize("failures", [[BROKEN, BROKEN], [REVOKED]])
def test_a_stripe_that_does_not_answer_ends_the_sweep_and_is_asked_again_later(
    paying: Settings, checkout: Checkout, stripe: StandIn, caplog: pytest.LogCaptureFixture, failures: list[Refusal]
) -> None:
    account = an_account(0)
    first, second = opened(checkout, account), opened(checkout, account)
    stripe.fails(*failures)
    assert Looker(paying).sweep() == 0
    assert sum("Stripe" in line for line in caplog.messages) == 1
    for session in (first, second):
        assert payment(session).status == "open"
        stripe.pays(session)
        due(session)
    assert Looker(paying).sweep() == 2
    assert balance(account) == 4000


def test_a_payment_is_not_given_up_for_want_of_an_answer(paying: Settings, checkout: Checkout, stripe: StandIn) -> None:
    session = opened(checkout, an_account(0), minutes=30 * 24 * 60)
    Looker(replace(paying, stripe_base_url="http://127.0.0.1:1")).sweep()
    assert payment(session).look_at is not None


def test_a_session_that_stripe_does_not_know_is_given_up_after_some_tries(
    paying: Settings, checkout: Checkout, stripe: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    session = opened(checkout, an_account(0))
    stripe.sessions.clear()
    for _ in range(MOST_UNKNOWN + 2):
        Looker(paying).sweep()
        execute("UPDATE payment SET look_at = now() WHERE look_at IS NOT NULL")
    assert looks(stripe) == MOST_UNKNOWN
    assert payment(session).status == "open"
    assert [session in line for line in errors(caplog)] == [True]


def test_a_payment_that_is_not_as_it_was_opened_is_told_once(
    paying: Settings, checkout: Checkout, stripe: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    account = an_account(0)
    session = opened(checkout, account)
    stripe.sessions[session] = stripe.pays(session) | {"amount_total": 2100}
    for _ in range(2):
        Looker(paying).sweep()
        execute("UPDATE payment SET look_at = now() WHERE look_at IS NOT NULL")
    assert balance(account) == 0
    assert [session in line for line in errors(caplog)] == [True]


@pytest.mark.parametrize("key", ["", "sk_live_1", "rk_live_1"])
def test_nothing_is_asked_without_a_key_or_with_one_of_the_other_mode(
    paying: Settings, checkout: Checkout, stripe: StandIn, key: str
) -> None:
    account = an_account(0)
    session = opened(checkout, account)
    stripe.pays(session)
    assert Looker(replace(paying, stripe_secret_key=key)).sweep() == 0
    assert looks(stripe) == 0
    assert Looker(paying).sweep() == 1
    assert balance(account) == 2000


def test_a_process_killed_while_it_asks_leaves_the_payment_to_the_next_look(
    paying: Settings, checkout: Checkout, stripe: StandIn
) -> None:
    account = an_account(0)
    session = opened(checkout, account)
    stripe.pays(session)
    stripe.fails(3.0)
    command = [sys.executable, "-m", "tests.billing.asking", paying.database_url, stripe.url, stripe.key]
    with subprocess.Popen(command, cwd=ROOT) as doomed:
        wait_until(lambda: looks(stripe) == 1)
        doomed.kill()
    assert (balance(account), payment(session).status) == (0, "open")
    found = row("SELECT look_at > now() AND look_at < now() + interval '6 minutes' AS soon FROM payment")
    assert found == {"soon": True}
    due(session)
    assert Looker(paying).sweep() == 1
    assert balance(account) == 2000


def test_what_is_due_is_found_through_its_index(paying: Settings, checkout: Checkout) -> None:
    account = an_account(0)
    execute(
        "INSERT INTO payment (id, account_id, cents, status)"
        " SELECT 'cs_test_' || n, %s, 500, 'paid' FROM generate_series(1, 20000) n",
        (account.id,),
    )
    execute("ANALYZE payment")
    plan = rows("EXPLAIN SELECT id FROM payment WHERE status = 'open' AND look_at <= now()"
                " AND starts_with(id, 'cs_test_') ORDER BY look_at LIMIT 1")  # fmt: skip
    assert "payment_due" in str(plan)


@pytest.mark.parametrize(
    ("outcome", "looked", "age", "ends"),
    [
        ("waiting", 90, LONGEST, False),
        ("waiting", 1, LONGEST + timedelta(seconds=1), True),
        ("unknown", MOST_UNKNOWN - 1, LONGEST * 2, False),
        ("unknown", MOST_UNKNOWN, timedelta(hours=1), True),
        ("refused", 1, timedelta(minutes=5), True),
        ("credited", 1, LONGEST * 2, False),
    ],
)
def test_when_a_payment_is_given_up(outcome: Any, looked: int, age: timedelta, ends: bool) -> None:
    assert over(outcome, looked, age) is ends

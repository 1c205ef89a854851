"""What is credited for a payment, and what is not."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from app.billing.payments import Session, begin, cents_of, get, note, under_way
from app.config import Settings
from app.db import execute, rows
from app.errors import InvalidRequest, NotFound
from app.models.account import Account
from tests.billing.paying import paid
from tests.hub import wait_until
from tests.making import an_account, ledger_agrees

pytestmark = pytest.mark.usefixtures("database")

ROOT = Path(__file__).parent.parent.parent


def opened(account: Account, cents: int = 2000) -> Session:
    """A payment that waits for its money."""
    session = replace(paid(str(account.id), f"cs_test_{uuid4().hex}", cents), paid=False)
    begin(account.id, session)
    return session


def balance(account: Account) -> int:
    return int(Account.get_by_id(account.id).balance)


def status(session: Session) -> Any:
    return rows("SELECT status FROM payment WHERE id = %s", (session.id,))[0]["status"]


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("20", 2000), (" 20.50 ", 2050), ("$20", 2000), ("5", 500), ("5.00", 500), ("500", 50_000), ("0005", 500)],
)
def test_an_amount_is_read_as_people_type_it(typed: str, cents: int) -> None:
    assert cents_of(typed) == cents


@pytest.mark.parametrize(
    "typed",
    ["", "0", "-20", "4.99", "500.01", "1e2", "NaN", "Infinity", "20.5", "20.505", "20,50", "1,000", "٢٠", "２０",
     "9" * 400, "20 dollars", "0x20", "20\x00"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_the_reason(typed: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        cents_of(typed)
    assert refused.value.field == "amount"


def test_a_payment_is_credited_once_however_often_it_is_told() -> None:
    account = an_account(500)
    session = opened(account)
    done = replace(session, paid=True)
    assert [note(done, live=False) for _ in range(3)] == ["credited", "known", "known"]
    assert (balance(account), status(session)) == (2500, "paid")
    assert rows("SELECT payment_id, balance_change FROM ledger_entry WHERE payment_id IS NOT NULL") == [
        {"payment_id": session.id, "balance_change": 2000}
    ]
    assert ledger_agrees(account.id)


def test_the_table_itself_refuses_a_second_credit_for_a_payment() -> None:
    session = opened(an_account())
    note(replace(session, paid=True), live=False)
    execute("UPDATE payment SET status = 'open'")
    with pytest.raises(Exception, match="ledger_entry_paid_once"):
        note(replace(session, paid=True), live=False)


def test_a_credit_lets_a_low_balance_be_told_again() -> None:
    account = an_account(50, balance_low=True)
    execute("UPDATE account SET balance_low = true")
    note(replace(opened(account), paid=True), live=False)
    assert not Account.get_by_id(account.id).balance_low


def test_money_that_is_under_way_is_waited_for_and_then_credited() -> None:
    account = an_account(0)
    session = opened(account)
    assert note(session, live=False) == "waiting"
    assert note(replace(session, paid=True), live=False) == "credited"
    assert balance(account) == 2000


@pytest.mark.parametrize(("change", "ends"), [({"expired": True}, "expired"), ({"refused": True}, "failed")])
def test_a_payment_that_came_to_nothing_is_noted_and_credits_nothing(change: dict[str, bool], ends: str) -> None:
    account = an_account(0)
    session = opened(account)
    assert note(replace(session, **change), live=False) == ends
    assert (balance(account), status(session)) == (0, ends)


def test_money_wins_over_an_earlier_word_that_there_will_be_none() -> None:
    account = an_account(0)
    session = opened(account)
    note(replace(session, expired=True), live=False)
    assert note(replace(session, paid=True), live=False) == "credited"


def test_a_late_word_that_a_session_expired_takes_nothing_away() -> None:
    account = an_account(0)
    session = opened(account)
    note(replace(session, paid=True), live=False)
    assert note(replace(session, expired=True), live=False) == "known"
    assert (balance(account), status(session)) == (2000, "paid")


@pytest.mark.parametrize(
    "change",
    [
        {"cents": 1999},
        {"cents": 2_000_000},
        {"currency": "jpy"},
        {"live": True},
        {"account": str(uuid4())},
        {"account": ""},
    ],
)
def test_a_session_that_is_not_as_it_was_opened_credits_nothing(
    change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    account = an_account(0)
    session = opened(account)
    assert note(replace(session, paid=True, **change), live=False) == "refused"
    assert (balance(account), status(session)) == (0, "open")
    assert session.id in caplog.text


def test_a_payment_that_nobody_has_opened_here_is_logged_and_credits_nothing(caplog: pytest.LogCaptureFixture) -> None:
    account = an_account(0)
    assert note(paid(str(account.id), "cs_test_of_another_shop", 2000), live=False) == "unknown"
    assert balance(account) == 0
    assert "cs_test_of_another_shop" in caplog.text


def test_a_payment_is_found_by_its_account_alone() -> None:
    account = an_account()
    session = opened(account)
    assert get(account.id, session.id)["cents"] == 2000
    with pytest.raises(NotFound):
        get(an_account().id, session.id)


def test_payments_under_way_are_those_of_the_last_day() -> None:
    account = an_account()
    old, young, done = opened(account), opened(account), opened(account)
    execute("UPDATE payment SET created_at = now() - interval '25 hours' WHERE id = %s", (old.id,))
    note(replace(done, paid=True), live=False)
    assert [found["id"] for found in under_way(account.id)] == [young.id]


def hearing(settings: Settings, session: Session) -> subprocess.Popen[str]:
    """A process of its own that is about to hear that this session is paid."""
    command = [sys.executable, "-m", "tests.billing.paying", settings.database_url]
    return subprocess.Popen(
        [*command, session.account, session.id, str(session.cents)],
        cwd=ROOT,
        env=os.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def says(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_two_processes_that_hear_of_it_at_once_credit_it_once(settings: Settings) -> None:
    account = an_account(0)
    session = opened(account)
    both = [hearing(settings, session) for _ in range(2)]
    assert [heard(process) for process in both] == ["ready", "ready"]
    with psycopg.connect(settings.database_url) as gate:
        gate.execute("SELECT 1 FROM payment WHERE id = %s FOR UPDATE", (session.id,))
        for process in both:
            says(process, "go")
        wait_until(lambda: len(rows("SELECT 1 FROM pg_locks WHERE NOT granted")) >= 2)
    assert sorted(process.communicate()[0].strip() for process in both) == ["credited", "known"]
    assert balance(account) == 2000
    assert ledger_agrees(account.id)


def test_a_process_killed_between_paid_and_credited_leaves_the_payment_to_the_next(settings: Settings) -> None:
    account = an_account(0)
    session = opened(account)
    doomed = hearing(settings, session)
    assert heard(doomed) == "ready"
    with psycopg.connect(settings.database_url) as gate:
        gate.execute("SELECT 1 FROM account WHERE id = %s FOR UPDATE", (account.id,))
        says(doomed, "go")
        wait_until(lambda: rows("SELECT 1 FROM pg_locks WHERE NOT granted"))
        doomed.kill()
        doomed.communicate()
    assert note(replace(session, paid=True), live=False) == "credited"
    assert (balance(account), status(session)) == (2000, "paid")
    assert ledger_agrees(account.id)

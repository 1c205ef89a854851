from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.billing import ledger
from app.db import db
from app.errors import AppError, InsufficientBalance, InvalidRequest, NotFound
from app.models.account import Account
from tests.making import an_account, ledger_agrees

pytestmark = pytest.mark.usefixtures("database")


def test_a_hold_takes_from_what_is_available_and_leaves_the_balance() -> None:
    account = an_account(100)
    ledger.hold(account.id, uuid4(), 56)
    account = Account.get_by_id(account.id)
    assert (account.balance, account.available) == (100, 44)


def test_a_hold_beyond_what_is_available_is_refused_and_changes_nothing() -> None:
    account = an_account(55)
    with pytest.raises(InsufficientBalance):
        ledger.hold(account.id, uuid4(), 56)
    assert Account.get_by_id(account.id).held == 0


def test_settling_releases_the_hold_and_charges_the_cost() -> None:
    account, call = an_account(100), uuid4()
    ledger.hold(account.id, call, 56)
    assert ledger.settle(account.id, call, held=56, cost=42) == 42
    account = Account.get_by_id(account.id)
    assert (account.balance, account.held) == (58, 0)


def test_a_late_report_never_takes_more_than_the_account_owns() -> None:
    account, call = an_account(60), uuid4()
    ledger.hold(account.id, call, 56)
    assert ledger.settle(account.id, call, held=56, cost=99) == 60
    assert Account.get_by_id(account.id).balance == 0


def test_an_unmetered_account_is_told_the_cost_and_pays_nothing() -> None:
    account, call = an_account(0, unmetered=True), uuid4()
    ledger.hold(account.id, call, 56)
    assert ledger.settle(account.id, call, held=56, cost=42) == 42
    assert Account.get_by_id(account.id).balance == 0


@pytest.mark.parametrize("cents", [0, -1, 100_000_001])
def test_a_credit_must_be_a_sensible_amount(cents: int) -> None:
    with pytest.raises(InvalidRequest):
        ledger.credit(an_account().id, cents)


def test_a_credit_needs_an_account() -> None:
    with pytest.raises(NotFound):
        ledger.credit(UUID(int=0), 5)


def test_holds_that_arrive_at_once_never_exceed_the_balance() -> None:
    account = an_account(56 * 3)

    def hold(_: int) -> bool:
        with db.connection_context():
            try:
                ledger.hold(account.id, uuid4(), 56)
            except InsufficientBalance:
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(hold, range(8))) == 3
    assert ledger_agrees(account.id)


@examples(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["credit", "hold", "settle"]), st.integers(1, 200)), max_size=12))
def test_whatever_happens_the_balance_is_the_sum_of_the_entries(steps: list[tuple[str, int]]) -> None:
    account, held = an_account(300), dict[UUID, int]()
    for what, cents in steps:
        call = uuid4()
        try:
            if what == "credit":
                ledger.credit(account.id, cents)
            elif what == "hold":
                ledger.hold(account.id, call, cents)
                held[call] = cents
            elif held:
                call, amount = held.popitem()
                ledger.settle(account.id, call, held=amount, cost=cents)
        except AppError:
            pass
        now = Account.get_by_id(account.id)
        assert ledger_agrees(account.id)
        assert now.held == sum(held.values())
        assert 0 <= now.held <= now.balance


def test_what_is_taken_back_is_no_more_than_what_is_available() -> None:
    account = an_account(100)
    ledger.hold(account.id, uuid4(), 56)
    assert ledger.take_back(account.id, 80) == 44
    account = Account.get_by_id(account.id)
    assert (account.balance, account.held) == (56, 56)
    assert ledger_agrees(account.id)


def test_nothing_is_taken_back_from_an_account_that_has_nothing() -> None:
    account = an_account(0)
    assert ledger.take_back(account.id, 80) == 0
    assert ledger_agrees(account.id)


def test_taking_back_needs_an_account_and_an_amount() -> None:
    with pytest.raises(NotFound):
        ledger.take_back(UUID(int=0), 5)
    with pytest.raises(InvalidRequest):
        ledger.take_back(an_account().id, 0)

"""Sign-up."""

from dataclasses import replace

import pytest

from app.accounts import profile
from app.accounts.signup import sign_up
from app.config import Settings
from app.db import rows
from app.errors import InvalidRequest

pytestmark = pytest.mark.usefixtures("database")


def test_a_new_account_owns_five_dollars(settings: Settings) -> None:
    account = profile.get(sign_up(settings, "Jane", "+15551230000"))
    assert (account.balance, account.held) == (500, 0)
    assert rows("SELECT kind, balance_change FROM ledger_entry") == [{"kind": "credit", "balance_change": 500}]


def test_the_sign_up_credit_can_be_nothing(settings: Settings) -> None:
    account = profile.get(sign_up(replace(settings, signup_credit_cents=0), "Jane", "+15551230000"))
    assert account.balance == 0
    assert rows("SELECT 1 FROM ledger_entry") == []


def test_a_new_account_discloses_and_has_accepted_nothing(settings: Settings) -> None:
    account = profile.get(sign_up(settings, "Jane", "+15551230000"))
    assert (account.discloses_ai, account.terms_accepted_at, account.caller_name) == (True, None, None)


@pytest.mark.parametrize(
    ("name", "phone", "field"),
    [("Jane", "555", "phoneNumber"), ("Jane", "+15551230000\n", "phoneNumber"), (" ", "+15551230000", "name"),
     ("x" * 201, "+15551230000", "name"), ("a\x00b", "+15551230000", "name")],
)  # fmt: skip
def test_an_account_that_cannot_be_is_not_made(settings: Settings, name: str, phone: str, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        sign_up(settings, name, phone)
    assert refused.value.field == field
    assert profile.everyone() == []

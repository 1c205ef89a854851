"""An owner hears once that the balance is low."""

from dataclasses import replace

import pytest

from app.billing import ledger
from app.calls.progress import CarrierReport, answered, report
from app.calls.settling import low_balance_words
from app.config import Settings
from app.db import rows
from app.models.account import Account
from tests.making import LIVE, a_call, an_account, dialled

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def live(settings: Settings) -> Settings:
    return replace(settings, **LIVE, smtp_host="127.0.0.1", smtp_from="hub@example.com")


def talked(settings: Settings, account: Account, seconds: int = 60) -> None:
    call = dialled(a_call(account, settings, mode="live"))
    answered(call.id)
    report(call.id, CarrierReport(str(call.carrier_sid), "completed", 3, duration=seconds), settings)


def told() -> list[str]:
    return [row["subject"] for row in rows("SELECT subject FROM notice")]


def test_the_owner_is_told_once_that_the_balance_is_low(live: Settings) -> None:
    account = an_account(200, email="jane@example.com")
    talked(live, account)
    assert told() == []
    talked(live, account)
    talked(live, account)
    assert told() == ["Your Mio Hub balance is low"]


def test_the_owner_is_told_again_after_a_credit(live: Settings) -> None:
    account = an_account(150, email="jane@example.com")
    talked(live, account)
    ledger.credit(account.id, 50)
    talked(live, account)
    assert len(told()) == 2


def test_the_words_name_the_balance_and_where_to_add_funds(live: Settings) -> None:
    words = low_balance_words(94, live)
    assert "Your balance is $0.94." in words
    assert "https://hub.example/usage" in words

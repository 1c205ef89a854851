"""The ledger as it is read."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.billing import ledger
from app.billing.history import PAGE, Entry, entries
from app.billing.payments import begin, note
from app.calls.erasing import erase
from app.calls.progress import CarrierReport, answered, report
from app.config import Settings
from app.db import execute
from app.errors import InvalidRequest
from app.models.account import Account
from app.models.call import Call
from app.vault import Vault
from tests.billing.paying import paid
from tests.making import LIVE, a_call, an_account, dialled

pytestmark = pytest.mark.usefixtures("database")


def talked(settings: Settings, account: Account, name: str | None = "Joe") -> Call:
    """A live call of 45 seconds."""
    live = replace(settings, **LIVE)
    call = dialled(a_call(account, live, mode="live", name=name))
    answered(call.id)
    report(call.id, CarrierReport(str(call.carrier_sid), "completed", 3, duration=45), live)
    return call


def lines(found: list[Entry]) -> list[tuple[str, int, int, int]]:
    return [(entry.about, entry.balance_change, entry.held_change, entry.balance) for entry in found]


def test_the_whole_ledger_of_a_call_is_told_in_plain_words(settings: Settings) -> None:
    account = an_account(500)
    talked(settings, account)
    found, cursor = entries(account.id, moved=False)
    assert lines(found) == [
        ("Charge for a call", -42, 0, 458),
        ("Hold released", 0, -56, 500),
        ("Held for a call", 0, 56, 500),
        ("Credit at sign-up", 500, 0, 500),
    ]
    assert cursor is None


def test_what_moved_the_balance_leaves_holds_out(settings: Settings) -> None:
    account = an_account(500)
    talked(settings, account)
    found, _ = entries(account.id)
    assert [entry.about for entry in found] == ["Charge for a call", "Credit at sign-up"]


def test_an_entry_leads_to_its_call_until_that_is_erased(settings: Settings) -> None:
    account = an_account(500)
    call = talked(settings, account)
    charge = entries(account.id)[0][0]
    assert (charge.call_id, charge.callee) == (call.id, "Joe")
    erase(account.id, call.to_number, Vault(settings.encryption_keys))
    charge = entries(account.id)[0][0]
    assert (charge.call_id, charge.callee) == (None, "an erased call")


def test_a_call_without_a_name_is_told_by_its_number(settings: Settings) -> None:
    account = an_account(500)
    call = talked(settings, account, None)
    assert entries(account.id)[0][0].callee == call.to_number


def test_a_top_up_and_what_the_operator_gives_and_takes_are_told_apart() -> None:
    account = an_account(500)
    execute("UPDATE account SET created_at = created_at - interval '1 day'")
    ledger.credit(account.id, 100)
    session = paid(str(account.id), f"cs_test_{uuid4().hex}", 2000)
    begin(account.id, session)
    note(session, live=False)
    ledger.take_back(account.id, 2000)
    assert lines(entries(account.id)[0]) == [
        ("Taken back", -2000, 0, 600),
        ("Top-up", 2000, 0, 2600),
        ("Credit", 100, 0, 600),
        ("Credit", 500, 0, 500),
    ]


def test_pages_follow_each_other_without_gaps_and_the_balance_runs_through() -> None:
    account = an_account(1)
    for _ in range(PAGE * 2):
        ledger.credit(account.id, 1)
    seen, cursor = entries(account.id)
    while cursor is not None:
        found, cursor = entries(account.id, cursor=cursor)
        seen += found
    assert [entry.balance for entry in seen] == list(range(PAGE * 2 + 1, 0, -1))


def test_an_entry_that_arrives_meanwhile_shifts_no_page() -> None:
    account = an_account(1)
    for _ in range(PAGE):
        ledger.credit(account.id, 1)
    _, cursor = entries(account.id)
    ledger.credit(account.id, 1)
    found, _ = entries(account.id, cursor=cursor)
    assert [entry.balance for entry in found] == [1]


def test_another_accounts_entries_are_not_read() -> None:
    an_account(500)
    assert entries(an_account(0).id) == ([], None)


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.5", "9" * 40, "٣", "1 OR 1=1"])
def test_a_cursor_of_nobody_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        entries(an_account().id, cursor=cursor)


def test_a_cursor_behind_the_end_is_an_empty_page() -> None:
    assert entries(an_account().id, cursor="0") == ([], None)

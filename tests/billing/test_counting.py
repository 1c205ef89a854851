"""Ended calls by the day."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from app.billing.counting import Day, by_day, summed
from app.calls.ending import end
from app.calls.erasing import erase
from app.calls.progress import CarrierReport, answered, answered_by, report
from app.config import Settings
from app.db import db, execute, rows
from app.models.account import Account
from app.models.call import Call
from app.times import today
from app.vault import Vault
from tests.making import LIVE, a_call, an_account, dialled, fresh

pytestmark = pytest.mark.usefixtures("database")


def ended(
    settings: Settings, account: Account, mode: str = "test", status: str = "busy", to: str = "+15551234567"
) -> Call:
    call = dialled(a_call(account, settings, to, mode=mode))  # type: ignore[arg-type]
    report(call.id, CarrierReport(str(call.carrier_sid), status, 2), settings)  # type: ignore[arg-type]
    return fresh(call)


def counted(account: Account, mode: str = "test") -> dict[str, int]:
    """Today's calls by their outcome."""
    [day] = by_day(account.id, mode, last=today().date(), days=1)
    return {outcome: calls for outcome, calls in day.calls.items() if calls}


def test_a_call_counts_when_it_has_ended(settings: Settings) -> None:
    account = an_account()
    call = dialled(a_call(account, settings))
    assert counted(account) == {}
    report(call.id, CarrierReport(str(call.carrier_sid), "busy", 2), settings)
    assert counted(account) == {"busy": 1}


def test_a_call_whose_end_is_told_twice_counts_once(settings: Settings) -> None:
    account = an_account()
    call = ended(settings, account)
    report(call.id, CarrierReport(str(call.carrier_sid), "busy", 3), settings)
    end(call.id, "failed", "carrier_silent", settings)
    assert counted(account) == {"busy": 1}


def test_minutes_and_cost_are_counted_with_it(settings: Settings) -> None:
    live, account = replace(settings, **LIVE), an_account()
    call = dialled(a_call(account, live, mode="live"))
    answered(call.id)
    report(call.id, CarrierReport(str(call.carrier_sid), "completed", 3, duration=45), live)
    [day] = by_day(account.id, "live", last=today().date(), days=1)
    assert (day.calls["completed"], day.seconds, day.cents) == (1, 45, 42)


def test_a_machine_that_answered_is_counted_apart(settings: Settings) -> None:
    account = an_account()
    call = dialled(a_call(account, settings))
    answered(call.id)
    answered_by(call.id, str(call.carrier_sid), "voicemail")
    report(call.id, CarrierReport(str(call.carrier_sid), "completed", 3, duration=5), settings)
    assert counted(account) == {"voicemail": 1}


def test_test_and_live_calls_and_other_accounts_are_counted_apart(settings: Settings) -> None:
    live, account = replace(settings, **LIVE), an_account()
    ended(live, account, "live")
    ended(live, account, "test")
    ended(live, an_account(), "test")
    assert (counted(account, "live"), counted(account, "test")) == ({"busy": 1}, {"busy": 1})


def test_a_call_counts_on_the_day_in_utc_on_which_it_ended(settings: Settings) -> None:
    account = an_account()
    call = dialled(a_call(account, settings))
    execute("UPDATE call SET started_at = '2026-03-19T23:59:30Z', relay_opened_at = NULL WHERE id = %s", (call.id,))
    report(call.id, CarrierReport(str(call.carrier_sid), "completed", 3, duration=45), settings)
    [row] = rows("SELECT day FROM call_day")
    assert row["day"] == date(2026, 3, 20)


def test_what_is_erased_stays_counted(settings: Settings) -> None:
    account = an_account()
    ended(settings, account)
    erase(account.id, "+15551234567", Vault(settings.encryption_keys))
    assert counted(account) == {"busy": 1}


def test_many_calls_that_end_at_once_are_all_counted(settings: Settings) -> None:
    account = an_account()
    calls = [dialled(a_call(account, settings, f"+155530000{number:02d}")) for number in range(40)]

    def over(call: Call) -> None:
        with db.connection_context():
            report(call.id, CarrierReport(str(call.carrier_sid), "no-answer", 2), settings)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(over, calls))
    assert counted(account) == {"no-answer": 40}


def test_nothing_is_counted_when_the_settling_fails(settings: Settings) -> None:
    account = an_account()
    call = dialled(a_call(account, settings))
    with db.atomic() as transaction:
        report(call.id, CarrierReport(str(call.carrier_sid), "busy", 2), settings)
        transaction.rollback()
    assert counted(account) == {}


def test_days_without_calls_are_there_too() -> None:
    row = {"status": "completed", "answered_by": "human", "calls": 3, "seconds": 90, "cents": 84}
    found = [{"day": date(2026, 3, 2), **row}, {"day": date(2026, 3, 2), **row, "answered_by": "unknown"}]
    days = summed(found, date(2026, 3, 3), 3)
    assert [(day.day.day, day.total, day.seconds, day.cents) for day in days] == [
        (1, 0, 0, 0), (2, 6, 180, 168), (3, 0, 0, 0)
    ]  # fmt: skip
    assert isinstance(days[0], Day)

"""The daily caps of live calls, counted on the day on which a call is dialled."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from app.calls.accepting import accept
from app.calls.canceling import cancel
from app.calls.coming_due import promote_due
from app.calls.erasing import erase, forget_old_counts
from app.calls.requests import CallRequest
from app.config import Settings
from app.db import db, execute
from app.errors import LimitReached
from app.models.account import Account
from app.models.call import Call
from app.times import now
from app.vault import Vault
from tests.making import LIVE, a_call, a_key, an_account, dialled, fresh, ledger_agrees

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def live(settings: Settings) -> Settings:
    return replace(settings, **LIVE)


def scheduled(account: Account, live: Settings, to: str = "+15551234567") -> Call:
    """A live call whose time has just come."""
    call = a_call(account, live, to, mode="live", call_at=now() + timedelta(hours=1))
    execute("UPDATE call SET due_at = now() - interval '1 second' WHERE id = %s", (call.id,))
    return call


def over(call: Call, cents: int = 0, ago: timedelta = timedelta()) -> Call:
    """The call as it stands when it was dialled `ago`, cost this much, and is over; its hold is released."""
    dialled(call)
    execute(
        "UPDATE call SET status = 'completed', dial_state = 'over', cost = %s, dialling_at = now() - %s WHERE id = %s",
        (cents, ago, call.id),
    )
    execute("UPDATE account SET held = 0 WHERE id = %s", (call.account_id,))
    return fresh(call)


def ends(calls: list[Call]) -> list[tuple[str, str | None]]:
    return sorted((fresh(call).status, fresh(call).end_reason or "") for call in calls)


CAPS = [
    ({"daily_calls": 2}, "daily_calls"),
    ({"daily_spend_cents": 2 * 56}, "daily_spend"),
    ({"callee_daily_calls": 2}, "callee_daily_calls"),
]


@pytest.mark.parametrize(("cap", "code"), CAPS)
def test_a_call_beyond_a_cap_is_refused(live: Settings, cap: dict[str, int], code: str) -> None:
    account = an_account(**cap)  # type: ignore[arg-type]
    for _ in range(2):
        over(a_call(account, live, mode="live"), cents=56)
    with pytest.raises(LimitReached) as refused:
        a_call(account, live, mode="live")
    assert refused.value.code == code


@pytest.mark.parametrize(("cap", "code"), CAPS)
def test_erasing_a_number_makes_no_room_below_a_cap(live: Settings, cap: dict[str, int], code: str) -> None:
    account = an_account(**cap)  # type: ignore[arg-type]
    for _ in range(2):
        over(a_call(account, live, mode="live"), cents=56)
    assert erase(account.id, "+15551234567", Vault(live.encryption_keys)) == 2
    with pytest.raises(LimitReached) as refused:
        a_call(account, live, mode="live")
    assert refused.value.code == code


def test_what_was_erased_counts_for_its_day_alone(live: Settings) -> None:
    account = an_account(daily_calls=1)
    over(a_call(account, live, mode="live"))
    erase(account.id, "+15551234567", Vault(live.encryption_keys))
    execute("UPDATE erased_call SET dialling_at = now() - interval '1 day'")
    assert a_call(account, live, mode="live").status == "initiated"
    assert forget_old_counts() == 1


@pytest.mark.parametrize("cap", [cap for cap, _ in CAPS])
def test_calls_of_yesterday_do_not_count(live: Settings, cap: dict[str, int]) -> None:
    account = an_account(**cap)  # type: ignore[arg-type]
    for _ in range(2):
        over(a_call(account, live, mode="live"), cents=56, ago=timedelta(days=1))
    assert a_call(account, live, mode="live").status == "initiated"


def test_a_call_that_was_asked_for_yesterday_and_is_dialled_today_counts_today(live: Settings) -> None:
    account = an_account(daily_calls=1)
    over(a_call(account, live, mode="live"))
    execute("UPDATE call SET created_at = now() - interval '1 day'")
    with pytest.raises(LimitReached):
        a_call(account, live, "+15559990000", mode="live")


def test_a_call_that_rang_nobody_does_not_count(live: Settings) -> None:
    account = an_account(daily_calls=1)
    cancel(account.id, "live", a_call(account, live, mode="live").id, live)
    assert a_call(account, live, mode="live").status == "initiated"


def test_the_first_minute_must_fit_below_the_spend_cap(live: Settings) -> None:
    with pytest.raises(LimitReached):
        a_call(an_account(daily_spend_cents=55), live, mode="live")


def test_test_calls_have_no_caps(settings: Settings) -> None:
    account = an_account(daily_calls=0, daily_spend_cents=0, callee_daily_calls=0)
    assert a_call(account, settings).status == "initiated"


@pytest.mark.parametrize(
    ("cap", "numbers"),
    [
        ({"daily_calls": 2}, ["+15551230001", "+15551230002", "+15551230003"]),
        ({"daily_spend_cents": 2 * 56}, ["+15551230001", "+15551230002", "+15551230003"]),
    ],
)
def test_scheduled_calls_beyond_a_cap_are_not_dialled(live: Settings, cap: dict[str, int], numbers: list[str]) -> None:
    account = an_account(**cap)  # type: ignore[arg-type]
    calls = [scheduled(account, live, number) for number in numbers]
    promote_due(live)
    assert ends(calls) == [("failed", "limit_reached"), ("initiated", ""), ("initiated", "")]
    assert ledger_agrees(account.id)


def test_a_callee_is_not_rung_more_often_by_scheduling(live: Settings) -> None:
    account = an_account(callee_daily_calls=2)
    calls = [scheduled(account, live) for _ in range(3)]
    for _ in calls:
        promote_due(live)
        execute("UPDATE call SET due_at = now() - interval '1 second' WHERE status = 'scheduled'")
        for call in calls:
            if fresh(call).status == "initiated":
                over(call)
    assert ends(calls) == [("completed", ""), ("completed", ""), ("failed", "limit_reached")]


def test_a_call_that_ended_at_a_limit_says_so(live: Settings) -> None:
    call = scheduled(an_account(daily_calls=0), live)
    promote_due(live)
    assert fresh(call).summary == "The call was not placed: a daily limit was reached when it came due."


def test_scheduling_is_free_of_caps_until_the_call_is_due(live: Settings) -> None:
    call = a_call(an_account(daily_calls=0), live, mode="live", call_at=now() + timedelta(hours=1))
    assert call.status == "scheduled"


def test_calls_that_arrive_at_once_do_not_go_beyond_a_cap(live: Settings) -> None:
    account = an_account(5000, daily_calls=3)
    key = a_key(account, "live")

    def place(number: int) -> bool:
        with db.connection_context():
            try:
                accept(account.id, key.id, "live", CallRequest(f"+1555123{number:04d}", "Hello."), live)
            except LimitReached:
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(place, range(16))) == 3


def test_workers_that_promote_at_once_do_not_go_beyond_a_cap(live: Settings) -> None:
    account = an_account(5000, daily_calls=3)
    calls = [scheduled(account, live, f"+1555123{number:04d}") for number in range(12)]

    def promote(_: int) -> None:
        with db.connection_context():
            promote_due(live)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(promote, range(6)))
    assert [status for status, _ in ends(calls)].count("initiated") == 3


def test_a_scheduled_call_to_where_calls_may_not_go_any_more_fails(live: Settings) -> None:
    call = scheduled(an_account(), live)
    promote_due(replace(live, callable_prefixes="+44"))
    assert (fresh(call).status, fresh(call).end_reason) == ("failed", "destination_not_allowed")

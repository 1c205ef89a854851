from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.calls import do_not_call
from app.calls.accepting import accept
from app.calls.requests import CallRequest
from app.config import Settings
from app.db import db, execute, rows
from app.errors import (
    AppError,
    Conflict,
    Forbidden,
    InsufficientBalance,
    InvalidRequest,
    LimitReached,
    Unauthenticated,
    Unavailable,
)
from app.models.account import Account
from app.models.call import Call
from app.times import now
from tests.making import LIVE, a_call, a_key, an_account, ledger_agrees

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def live(settings: Settings) -> Settings:
    return replace(settings, **LIVE)


def test_a_call_for_now_is_initiated_and_waits_to_be_dialled(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    assert (call.status, call.dial_state, call.from_number) == ("initiated", "waiting", settings.sandbox_from_number)


def test_a_live_call_holds_its_first_minute(live: Settings) -> None:
    account = an_account(500)
    call = a_call(account, live, mode="live")
    account = Account.get_by_id(account.id)
    assert (call.held, account.held, account.balance) == (56, 56, 500)
    assert ledger_agrees(account.id)


def test_a_test_call_holds_nothing(settings: Settings) -> None:
    account = an_account(0)
    a_call(account, settings)
    assert Account.get_by_id(account.id).held == 0


def test_a_call_for_later_is_scheduled_without_a_hold(live: Settings) -> None:
    account = an_account()
    call = a_call(account, live, mode="live", call_at=now() + timedelta(hours=1))
    assert (call.status, call.held) == ("scheduled", 0)


@pytest.mark.parametrize("seconds", [1, 299])
def test_a_time_a_little_past_means_now(settings: Settings, seconds: int) -> None:
    call = a_call(an_account(), settings, call_at=now() - timedelta(seconds=seconds))
    assert (call.status, call.call_at) == ("initiated", None)


@pytest.mark.parametrize("delta", [timedelta(seconds=-301), timedelta(days=367)])
def test_a_time_long_past_or_far_ahead_is_refused(settings: Settings, delta: timedelta) -> None:
    with pytest.raises(InvalidRequest) as refused:
        a_call(an_account(), settings, call_at=now() + delta)
    assert refused.value.field == "callAt"


def test_a_live_call_without_a_carrier_is_refused_and_nothing_is_charged(settings: Settings) -> None:
    account = an_account()
    with pytest.raises(Unavailable) as refused:
        a_call(account, settings, mode="live")
    assert refused.value.code == "carrier_not_configured"
    assert Account.get_by_id(account.id).held == 0


def test_a_test_call_needs_the_sandboxs_secret(settings: Settings) -> None:
    with pytest.raises(Unavailable, match="SANDBOX_AUTH_TOKEN"):
        a_call(an_account(), replace(settings, sandbox_auth_token=""))


def test_a_second_call_to_the_same_number_is_refused_with_the_first_ones_id(settings: Settings) -> None:
    account = an_account()
    first = a_call(account, settings)
    with pytest.raises(Conflict) as refused:
        a_call(account, settings)
    assert (refused.value.code, refused.value.details) == ("call_active", {"callId": str(first.id)})


def test_the_same_number_may_be_scheduled_while_a_call_is_active(settings: Settings) -> None:
    account = an_account()
    a_call(account, settings)
    assert a_call(account, settings, call_at=now() + timedelta(hours=1)).status == "scheduled"


def test_live_and_test_are_two_worlds(live: Settings) -> None:
    account = an_account()
    a_call(account, live, mode="test")
    assert a_call(account, live, mode="live").status == "initiated"


def test_another_account_may_call_the_same_number(settings: Settings) -> None:
    a_call(an_account(), settings)
    assert a_call(an_account(), settings).status == "initiated"


@pytest.mark.parametrize("mode", ["live", "test"])
def test_of_calls_to_one_number_that_arrive_at_once_one_is_accepted(live: Settings, mode: str) -> None:
    account = an_account(5000)
    key = a_key(account, mode)  # type: ignore[arg-type]

    def place(_: int) -> UUID | str | None:
        with db.connection_context():
            try:
                return accept(account.id, key.id, mode, CallRequest("+15551234567", "Hello."), live).id  # type: ignore[arg-type]
            except Conflict as refused:
                return refused.details["callId"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(place, range(8)))
    accepted = [answer for answer in answers if isinstance(answer, UUID)]
    assert len(accepted) == 1
    assert {answer for answer in answers if not isinstance(answer, UUID)} == {str(accepted[0])}
    assert ledger_agrees(account.id)
    assert Account.get_by_id(account.id).held == (56 if mode == "live" else 0)


def test_live_calls_that_arrive_at_once_never_hold_more_than_there_is(live: Settings) -> None:
    account = an_account(56 * 2 + 10)
    key = a_key(account, "live")

    def place(number: int) -> bool:
        with db.connection_context():
            try:
                accept(account.id, key.id, "live", CallRequest(f"+1555123{number:04d}", "Hello."), live)
            except InsufficientBalance:
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(place, range(8))) == 2
    assert Call.select().count() == 2
    assert ledger_agrees(account.id)


Refusal = tuple[dict[str, object], type[AppError], str]


@pytest.mark.parametrize(
    ("columns", "error", "code"),
    [
        ({"paused_at": now()}, Forbidden, "account_paused"),
        ({"terms_accepted_at": None}, Forbidden, "terms_not_accepted"),
        ({"caller_name": None}, Forbidden, "caller_name_missing"),
        ({"cents": 55}, InsufficientBalance, "insufficient_balance"),
        ({"cents": 0}, InsufficientBalance, "insufficient_balance"),
        ({"daily_calls": 0}, LimitReached, "daily_calls"),
        ({"daily_spend_cents": 0}, LimitReached, "daily_spend"),
        ({"callee_daily_calls": 0}, LimitReached, "callee_daily_calls"),
    ],
)
def test_a_live_call_is_refused(live: Settings, columns: dict[str, object], error: type[AppError], code: str) -> None:
    account = an_account(**columns)  # type: ignore[arg-type]
    with pytest.raises(error) as refused:
        a_call(account, live, mode="live")
    assert refused.value.code == code
    assert Call.select().count() == 0
    assert Account.get_by_id(account.id).held == 0


def test_an_unmetered_account_calls_without_a_balance(live: Settings) -> None:
    assert a_call(an_account(0, unmetered=True), live, mode="live").status == "initiated"


def test_a_paused_account_places_no_test_calls_either(settings: Settings) -> None:
    with pytest.raises(Forbidden):
        a_call(an_account(paused_at=now()), settings)


def test_a_number_on_the_do_not_call_list_is_refused_in_its_mode_only(live: Settings) -> None:
    account = an_account()
    do_not_call.add(account.id, "live", "+15551234567", "api")
    with pytest.raises(Forbidden) as refused:
        a_call(account, live, mode="live")
    assert refused.value.code == "do_not_call"
    assert a_call(account, live, mode="test").status == "initiated"


def _revoked(account: Account) -> UUID:
    key = a_key(account)
    execute("UPDATE api_key SET revoked_at = now() WHERE id = %s", (key.id,))
    return UUID(str(key.id))


@pytest.mark.parametrize("key_of", [_revoked, lambda account: uuid4(), lambda account: a_key(an_account()).id])
def test_a_key_that_is_revoked_or_anothers_places_no_call(
    settings: Settings, key_of: Callable[[Account], UUID]
) -> None:
    account = an_account()
    with pytest.raises(Unauthenticated):
        accept(account.id, key_of(account), "test", CallRequest("+15551234567", "Hello."), settings)


def test_what_is_accepted_is_recorded(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    assert [row["cause"] for row in rows("SELECT cause FROM call_event WHERE call_id = %s", (call.id,))] == ["accepted"]


def test_a_live_call_to_where_calls_may_not_go_is_refused(live: Settings) -> None:
    with pytest.raises(InvalidRequest) as refused:
        a_call(an_account(), replace(live, callable_prefixes="+44,+49"), mode="live")
    assert refused.value.code == "destination_not_allowed"

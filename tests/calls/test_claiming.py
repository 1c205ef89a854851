from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from app.calls import do_not_call, ending
from app.calls.canceling import cancel
from app.calls.claiming import begin_dialling, claim, give_back, mark_full_queues, recover_lost
from app.calls.coming_due import end_stranded, promote_due
from app.config import Settings
from app.db import db, execute
from app.errors import Conflict, LimitReached, NotFound
from app.models.account import Account
from app.models.call import Call
from app.times import now
from tests.making import LIVE, a_call, an_account, dialled, ends_of, events_of, fresh, ledger_agrees

pytestmark = pytest.mark.usefixtures("database")


def several(account: Account, settings: Settings, count: int, first: int = 0) -> list[Call]:
    return [a_call(account, settings, f"+1555200{first + number:04d}") for number in range(count)]


def due(call: Call) -> None:
    execute("UPDATE call SET due_at = now() - interval '1 second' WHERE id = %s", (call.id,))


def test_a_call_is_claimed_once(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    assert [found.id for found in claim("test", settings, 10)] == [call.id]
    assert claim("test", settings, 10) == []


def test_a_call_of_the_other_mode_is_left(settings: Settings) -> None:
    a_call(an_account(), settings)
    assert claim("live", settings, 10) == []


def test_workers_that_claim_at_once_never_share_a_call_and_keep_the_limit(settings: Settings) -> None:
    limited = replace(settings, carrier_concurrent_calls=12)
    for number in range(4):
        several(an_account(), settings, 6, number * 10)

    def work(_: int) -> list[UUID]:
        with db.connection_context():
            return [call.id for call in claim("test", limited, 5)]

    with ThreadPoolExecutor(6) as pool:
        claimed = [call_id for batch in pool.map(work, range(6)) for call_id in batch]
    assert len(claimed) == len(set(claimed)) == 12


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"carrier_concurrent_calls": 3}, 3),
        ({"voice_max_calls": 2}, 2),
        ({"sandbox_calls_per_second": 4}, 4),
        ({"account_concurrent_calls": 1}, 1),
        ({"account_calls_per_second": 2}, 2),
        ({"account_calls_per_second": 9, "carrier_concurrent_calls": 0}, 0),
    ],
)
def test_a_limit_holds(settings: Settings, limits: dict[str, int], expected: int) -> None:
    several(an_account(), settings, 6)
    assert len(claim("test", replace(settings, **limits), 100)) == expected  # type: ignore[arg-type]
    assert claim("test", replace(settings, **limits), 100) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("places", "expected"), [(8, 6), (4, 3), (2, 1), (1, 1)])
def test_test_calls_leave_places_to_live_calls(settings: Settings, places: int, expected: int) -> None:
    live = replace(settings, **LIVE, voice_max_calls=places, account_calls_per_second=100)  # type: ignore[arg-type]
    several(an_account(), live, 8)
    a_call(an_account(), live, mode="live")
    assert len(claim("test", live, 100)) == expected
    assert len(claim("live", live, 100)) == (1 if places > expected else 0)


def test_an_account_whose_queue_is_full_places_no_more_until_there_is_room(settings: Settings) -> None:
    account, few = an_account(), replace(settings, account_waiting_calls=3)
    [first, *_] = several(account, few, 3)
    mark_full_queues(few)
    with pytest.raises(LimitReached) as refused:
        a_call(account, few)
    assert refused.value.code == "queue_full"
    a_call(an_account(), few)
    cancel(account.id, "test", first.id, few)
    mark_full_queues(few)
    assert a_call(account, few).status == "initiated"


def test_a_call_that_waits_for_its_summary_holds_no_line(settings: Settings) -> None:
    account = an_account(concurrent_calls=1)
    ended = dialled(a_call(account, settings))
    execute("UPDATE call SET relay_opened_at = now() WHERE id = %s", (ended.id,))
    ending.end(ended.id, "completed", "callee_hangup", settings)
    assert fresh(ended).summary is None
    waiting = a_call(account, settings, "+15552000001")
    assert [found.id for found in claim("test", settings, 10)] == [waiting.id]


def test_an_accounts_own_limit_wins_over_the_default(settings: Settings) -> None:
    several(an_account(concurrent_calls=2), settings, 5)
    assert len(claim("test", settings, 100)) == 2


def test_accounts_take_turns_however_many_calls_one_has_waiting(settings: Settings) -> None:
    busy, quiet = an_account(), an_account()
    several(busy, settings, 10)
    several(quiet, settings, 2, 100)
    first = claim("test", replace(settings, carrier_concurrent_calls=4), 4)
    assert sorted(call.account_id == quiet.id for call in first) == [False, False, True, True]


def test_the_account_served_longest_ago_goes_first(settings: Settings) -> None:
    early, late = an_account(), an_account()
    several(early, settings, 3)
    several(late, settings, 3, 100)
    served = []
    for _ in range(4):
        [call] = claim("test", settings, 1)
        served.append(call.account_id)
    assert served == [early.id, late.id, early.id, late.id]


@contextmanager
def at_work_on(table: str, id: UUID, settings: Settings) -> Iterator[None]:
    """Somebody else has locked a row, as a batch locks its account; who waits for it longer than a second fails."""
    with psycopg.connect(settings.database_url) as other:
        other.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR NO KEY UPDATE", (id,))
        execute("SET lock_timeout = '1s'")
        try:
            yield
        finally:
            execute("RESET lock_timeout")


def test_a_claim_waits_for_nobody_who_is_at_work_on_an_account(settings: Settings) -> None:
    account, other = an_account(), an_account()
    calls = {a_call(account, settings).id, a_call(other, settings).id}
    with at_work_on("account", account.id, settings):
        assert {found.id for found in claim("test", settings, 10)} == calls


def test_a_claim_passes_over_a_call_that_somebody_is_at_work_on(settings: Settings) -> None:
    first, second = several(an_account(), settings, 2)
    with at_work_on("call", first.id, settings):
        assert [found.id for found in claim("test", settings, 10)] == [second.id]


def test_a_paused_account_is_passed_over(settings: Settings) -> None:
    account = an_account()
    a_call(account, settings)
    execute("UPDATE account SET paused_at = now() WHERE id = %s", (account.id,))
    assert claim("test", settings, 10) == []


def test_a_claim_leads_to_dialling_once(settings: Settings) -> None:
    a_call(an_account(), settings)
    [claimed] = claim("test", settings, 1)
    assert begin_dialling(claimed, settings)
    assert not begin_dialling(claimed, settings)


def test_a_canceled_claim_is_not_dialled(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    [claimed] = claim("test", settings, 1)
    cancel(call.account_id, "test", call.id, settings)
    assert not begin_dialling(claimed, settings)


def test_a_number_listed_in_the_meantime_is_not_dialled(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    [claimed] = claim("test", settings, 1)
    do_not_call.add(call.account_id, "test", call.to_number, "api")
    assert not begin_dialling(claimed, settings)


def test_an_account_paused_in_the_meantime_is_not_dialled(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    [claimed] = claim("test", settings, 1)
    execute("UPDATE account SET paused_at = now() WHERE id = %s", (call.account_id,))
    assert not begin_dialling(claimed, settings)


def test_a_claim_whose_worker_died_is_claimed_again_and_the_old_one_is_void(settings: Settings) -> None:
    a_call(an_account(), settings)
    [lost] = claim("test", replace(settings, lease_seconds=-1), 1)
    recover_lost(settings)
    [again] = claim("test", settings, 1)
    assert again.id == lost.id
    assert not begin_dialling(lost, settings)
    assert begin_dialling(again, settings)


def test_a_dialling_whose_worker_died_is_in_doubt_and_never_claimed_again(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    [claimed] = claim("test", settings, 1)
    begin_dialling(claimed, replace(settings, lease_seconds=-1))
    recover_lost(settings)
    assert fresh(call).dial_state == "doubt"
    assert claim("test", settings, 10) == []


def test_a_call_that_was_given_back_waits_its_time(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    [claimed] = claim("test", settings, 1)
    give_back(call.id, claimed.claim_token, 60)
    assert (fresh(call).dial_state, claim("test", settings, 1)) == ("waiting", [])


def test_a_waiting_call_is_canceled_at_once(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    canceled = cancel(call.account_id, "test", call.id, settings)
    assert (canceled.status, canceled.end_reason, canceled.summary) == (
        "canceled",
        "canceled",
        "The call was canceled.",
    )
    assert events_of(call.id) == ["call.completed", "call.canceled"]


def test_canceling_releases_the_hold(settings: Settings) -> None:
    live = replace(settings, **LIVE)
    account = an_account()
    call = a_call(account, live, mode="live")
    cancel(account.id, "live", call.id, live)
    assert Account.get_by_id(account.id).available == 500
    assert ledger_agrees(account.id)


def test_a_call_that_the_carrier_has_is_asked_to_hang_up(settings: Settings) -> None:
    call = dialled(a_call(an_account(), settings))
    asked = cancel(call.account_id, "test", call.id, settings)
    assert (asked.status, fresh(call).hangup_reason) == ("initiated", "canceled")
    assert fresh(call).hangup_due_at is not None


def test_canceling_twice_is_no_error_and_one_event(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    cancel(call.account_id, "test", call.id, settings)
    assert cancel(call.account_id, "test", call.id, settings).status == "canceled"
    assert ends_of(call.id) == 1


def test_a_call_that_ended_otherwise_cannot_be_canceled(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    execute("UPDATE call SET outcome = 'busy' WHERE id = %s", (call.id,))
    with pytest.raises(Conflict):
        cancel(call.account_id, "test", call.id, settings)


def test_anothers_call_cannot_be_canceled(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    with pytest.raises(NotFound):
        cancel(an_account().id, "test", call.id, settings)
    with pytest.raises(NotFound):
        cancel(call.account_id, "live", call.id, settings)


def scheduled(account: Account, settings: Settings, mode: str = "test") -> Call:
    call = a_call(account, settings, mode=mode, call_at=now() + timedelta(hours=1))  # type: ignore[arg-type]
    due(call)
    return call


def test_a_scheduled_call_joins_the_queue_when_it_is_due(settings: Settings) -> None:
    call = scheduled(an_account(), settings)
    promote_due(settings)
    assert fresh(call).status == "initiated"
    assert [found.id for found in claim("test", settings, 1)] == [call.id]


def test_while_somebody_is_at_work_on_an_account_the_due_calls_of_others_go_on(settings: Settings) -> None:
    account, other = an_account(), an_account()
    waiting, going = (a_call(one, settings, call_at=now() + timedelta(minutes=5)) for one in (account, other))
    due(waiting)
    due(going)
    with at_work_on("account", account.id, settings):
        promote_due(settings)
    assert (fresh(waiting).status, fresh(going).status) == ("scheduled", "initiated")


def test_a_scheduled_call_is_left_before_its_time(settings: Settings) -> None:
    call = a_call(an_account(), settings, call_at=now() + timedelta(hours=1))
    promote_due(settings)
    assert fresh(call).status == "scheduled"


def test_a_live_scheduled_call_takes_its_hold_when_due(settings: Settings) -> None:
    live = replace(settings, **LIVE)
    account = an_account()
    call = scheduled(account, live, "live")
    promote_due(live)
    assert (fresh(call).held, Account.get_by_id(account.id).held) == (56, 56)


def test_a_scheduled_call_that_cannot_be_paid_when_due_fails(settings: Settings) -> None:
    live = replace(settings, **LIVE)
    account = an_account(56)
    call = scheduled(account, live, "live")
    a_call(account, live, "+15559990000", mode="live")
    promote_due(live)
    assert (fresh(call).status, fresh(call).end_reason) == ("failed", "insufficient_balance")
    assert ledger_agrees(account.id)


def test_a_scheduled_call_waits_while_its_number_is_active(settings: Settings) -> None:
    account = an_account()
    a_call(account, settings)
    call = scheduled(account, settings)
    promote_due(settings)
    assert fresh(call).status == "scheduled"


def test_a_scheduled_call_that_waited_too_long_fails_with_call_active(settings: Settings) -> None:
    account = an_account()
    a_call(account, settings)
    call = scheduled(account, settings)
    execute("UPDATE call SET call_at = now() - interval '11 minutes' WHERE id = %s", (call.id,))
    promote_due(settings)
    assert (fresh(call).status, fresh(call).end_reason) == ("failed", "call_active")


def test_a_scheduled_call_to_a_number_listed_since_fails(settings: Settings) -> None:
    call = scheduled(an_account(), settings)
    do_not_call.add(call.account_id, "test", call.to_number, "callee")
    promote_due(settings)
    assert (fresh(call).status, fresh(call).end_reason) == ("failed", "do_not_call")


def test_the_calls_of_an_account_that_stays_paused_end(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    execute("UPDATE account SET paused_at = now() - interval '1 hour' WHERE id = %s", (call.account_id,))
    execute("UPDATE call SET due_at = now() - interval '1 hour' WHERE id = %s", (call.id,))
    end_stranded(settings)
    assert (fresh(call).status, fresh(call).end_reason) == ("failed", "account_paused")


def test_the_calls_of_a_paused_account_that_wait_since_a_moment_stay(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    execute("UPDATE account SET paused_at = now() WHERE id = %s", (call.account_id,))
    end_stranded(settings)
    assert fresh(call).status == "initiated"

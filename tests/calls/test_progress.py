from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.calls.conversation import close_relay, extend_hold, open_relay
from app.calls.lifecycle import ENDED
from app.calls.progress import CarrierReport, answered_by, report
from app.config import Settings
from app.db import execute, rows
from app.models.account import Account
from app.models.call import Call
from app.times import now
from tests.making import a_call, an_account, dialled, ends_of, fresh, ledger_agrees

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def call(settings: Settings) -> Call:
    return dialled(a_call(an_account(), settings), "CA1")


def test_the_carriers_reports_move_the_call_along(call: Call, settings: Settings) -> None:
    for sequence, status in enumerate(("initiated", "ringing", "in-progress")):
        report(call.id, CarrierReport("CA1", status, sequence), settings)  # type: ignore[arg-type]
    call = fresh(call)
    assert call.status == "in-progress"
    assert call.started_at is not None


@pytest.mark.parametrize(
    ("status", "reason", "summary"),
    [("no-answer", "no_answer", "No answer."), ("busy", "busy", "The line was busy.")],
)
def test_a_call_that_nobody_answered_is_settled_at_once_and_costs_nothing(
    call: Call, settings: Settings, status: str, reason: str, summary: str
) -> None:
    report(call.id, CarrierReport("CA1", status, 2), settings)  # type: ignore[arg-type]
    call = fresh(call)
    assert (call.status, call.end_reason, call.summary, call.cost) == (status, reason, summary, 0)
    assert ends_of(call.id) == 1


def test_a_report_that_comes_twice_ends_the_call_once(call: Call, settings: Settings) -> None:
    assert report(call.id, CarrierReport("CA1", "busy", 2), settings)
    assert not report(call.id, CarrierReport("CA1", "busy", 2), settings)
    assert ends_of(call.id) == 1


def test_a_late_report_changes_nothing(call: Call, settings: Settings) -> None:
    report(call.id, CarrierReport("CA1", "in-progress", 2), settings)
    assert not report(call.id, CarrierReport("CA1", "ringing", 1), settings)
    assert fresh(call).status == "in-progress"


def test_a_report_of_another_call_of_the_carrier_changes_nothing(call: Call, settings: Settings) -> None:
    assert not report(call.id, CarrierReport("CA2", "busy", 2), settings)
    assert fresh(call).outcome is None


def test_a_report_adopts_the_call_whose_placing_was_in_doubt(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    execute("UPDATE call SET dial_state = 'doubt', dialling_at = now() WHERE id = %s", (call.id,))
    assert report(call.id, CarrierReport("CA9", "ringing", 1), settings)
    assert (fresh(call).carrier_sid, fresh(call).dial_state) == ("CA9", "dialled")


def test_a_report_of_a_call_that_was_never_dialled_is_not_believed(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    assert not report(call.id, CarrierReport("CA9", "ringing", 1), settings)
    assert fresh(call).carrier_sid is None


def test_a_call_without_a_relay_whose_answer_was_not_reported_is_charged_for_its_duration(
    call: Call, settings: Settings
) -> None:
    report(call.id, CarrierReport("CA1", "completed", 3, duration=45), settings)
    call = fresh(call)
    assert (call.status, call.duration, call.cost) == ("completed", 45, 42)


def answered_before(call: Call, seconds: int) -> None:
    """The call was answered so long ago."""
    execute(
        "UPDATE call SET status = 'in-progress', started_at = now() - %s * interval '1 second' WHERE id = %s",
        (seconds, call.id),
    )


@pytest.mark.parametrize("status", ["no-answer", "busy", "canceled"])
def test_a_call_that_the_carrier_says_was_never_answered_costs_nothing(
    call: Call, settings: Settings, status: str
) -> None:
    answered_before(call, 45)
    report(call.id, CarrierReport("CA1", status, 3, duration=45), settings)  # type: ignore[arg-type]
    call = fresh(call)
    assert (call.status, call.duration, call.cost, call.started_at) == (status, 0, 0, None)


@pytest.mark.parametrize(("seconds", "duration", "cost"), [(45, 45, 42), (7200, 1800, 1680)])
def test_an_answered_call_without_a_duration_costs_the_time_that_we_saw(
    call: Call, settings: Settings, seconds: int, duration: int, cost: int
) -> None:
    answered_before(call, seconds)
    report(call.id, CarrierReport("CA1", "completed", 3), settings)
    call = fresh(call)
    assert (call.status, call.duration, call.cost) == ("completed", duration, cost)


def test_an_answered_call_without_a_duration_lasted_until_its_conversation_was_over(
    call: Call, settings: Settings
) -> None:
    open_relay(call.id, "test", "CA1")
    answered_before(call, 100)
    execute("UPDATE call SET relay_closed_at = now() - interval '60 seconds' WHERE id = %s", (call.id,))
    report(call.id, CarrierReport("CA1", "completed"), settings)
    assert fresh(call).duration == 40


def test_an_end_that_is_heard_of_late_is_when_the_carrier_says(call: Call, settings: Settings) -> None:
    answered_before(call, 165)
    report(call.id, CarrierReport("CA1", "completed", 3, duration=45), settings)
    call = fresh(call)
    assert call.ended_at - call.started_at == timedelta(seconds=45)


def test_a_call_does_not_end_in_the_future(call: Call, settings: Settings) -> None:
    answered_before(call, 44)
    report(call.id, CarrierReport("CA1", "completed", 3, duration=46), settings)
    assert fresh(call).ended_at <= now()


def test_a_machine_ends_the_call(call: Call, settings: Settings) -> None:
    report(call.id, CarrierReport("CA1", "in-progress", 2), settings)
    assert answered_by(call.id, "CA1", "voicemail")
    call = fresh(call)
    assert (call.answered_by, call.hangup_reason) == ("voicemail", "voicemail")
    assert call.hangup_due_at is not None


def test_a_human_keeps_the_call(call: Call) -> None:
    answered_by(call.id, "CA1", "human")
    assert (fresh(call).answered_by, fresh(call).hangup_due_at) == ("human", None)


def test_a_call_has_one_relay(call: Call) -> None:
    assert open_relay(call.id, "test", "CA1") is not None
    assert open_relay(call.id, "test", "CA1") is None


@pytest.mark.parametrize("sid", ["CA2", ""])
def test_a_relay_of_another_call_is_not_opened(call: Call, sid: str) -> None:
    assert open_relay(call.id, "test", sid) is None


def test_an_unknown_call_has_no_relay() -> None:
    assert open_relay(uuid4(), "test", "CA1") is None


def test_a_call_with_talk_waits_for_its_relay_before_it_is_summed_up(call: Call, settings: Settings) -> None:
    open_relay(call.id, "test", "CA1")
    report(call.id, CarrierReport("CA1", "completed", 3, duration=10), settings)
    waiting = fresh(call)
    assert waiting.summary is None
    assert waiting.finish_due_at is not None
    close_relay(call.id)
    due = rows("SELECT finish_due_at <= now() AS due FROM call WHERE id = %s", (call.id,))
    assert due[0]["due"]


def test_a_test_call_needs_no_money_to_go_on(call: Call, settings: Settings) -> None:
    assert extend_hold(call.id, 6000, settings)


def test_the_hold_grows_until_the_balance_is_used(settings: Settings) -> None:
    account = an_account(120)
    call = dialled(a_call(account, settings))
    execute("UPDATE call SET mode = 'live' WHERE id = %s", (call.id,))
    assert extend_hold(call.id, 60, settings)
    assert extend_hold(call.id, 120, settings)
    assert extend_hold(call.id, 120, settings)
    assert not extend_hold(call.id, 180, settings)
    assert (fresh(call).held, Account.get_by_id(account.id).held) == (112, 112)


def test_the_hold_grows_no_further_than_the_days_spending_limit(settings: Settings) -> None:
    account = an_account(500, daily_spend_cents=120)
    call = dialled(a_call(account, settings))
    execute("UPDATE call SET mode = 'live' WHERE id = %s", (call.id,))
    assert extend_hold(call.id, 120, settings)
    assert not extend_hold(call.id, 180, settings)


REPORTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["initiated", "ringing", "in-progress", "completed", "busy", "no-answer", "failed", "canceled"]
        ),
        st.integers(0, 6),
    ),
    max_size=8,
)


@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REPORTS)
def test_any_order_of_reports_leads_to_at_most_one_end(settings: Settings, reports: list[tuple[str, int]]) -> None:
    account = an_account(100)
    call = dialled(a_call(account, settings))
    for status, sequence in reports:
        said = CarrierReport(str(call.carrier_sid), status, sequence, duration=30)  # type: ignore[arg-type]
        report(call.id, said, settings)
    ended = any(status in ENDED for status, _ in reports)
    assert ends_of(call.id) == (1 if ended else 0)
    assert (fresh(call).status in ENDED) == ended
    assert ledger_agrees(account.id)

"""The place lane with a scripted carrier: whatever the carrier does, nobody is rung twice."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.calls import do_not_call
from app.calls.canceling import cancel
from app.calls.conversation import close_relay, open_relay
from app.calls.hanging_up import ask_hangup
from app.calls.placing import Placer
from app.calls.ports import CarrierCall, CarrierInDoubt, CarrierNotReached, CarrierRefused
from app.calls.progress import CarrierReport, report
from app.config import Settings
from app.db import db, execute
from app.models.call import Call
from app.times import now
from tests.making import a_call, an_account, dialled, ends_of, fresh

pytestmark = pytest.mark.usefixtures("database")


@dataclass
class ScriptedCarrier:
    """A carrier whose answers to `place` are scripted; the last one stays. `calls` is what it knows.

    `meanwhile` is what happens while it is asked to place a call.
    """

    answers: list[str | Exception]
    calls: list[CarrierCall] = field(default_factory=list)
    placed: list[UUID] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def place(self, call_id: UUID, to_number: str) -> str:
        self.placed.append(call_id)
        with db.connection_context():
            self.meanwhile()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def look_up(self, sid: str) -> CarrierCall | None:
        self.looked_up.append(sid)
        return next((call for call in self.calls if call.sid == sid), None)

    def find(self, to_number: str, since: datetime) -> list[CarrierCall]:
        return list(self.calls)

    def hang_up(self, sid: str) -> None:
        self.hung_up.append(sid)


@contextmanager
def placing(carrier: ScriptedCarrier, settings: Settings) -> Iterator[Callable[[Callable[[], bool]], None]]:
    """A placer at work; yields a wait until something is so."""
    placer = Placer({"test": carrier}, settings)

    def until(so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not so():
            assert time.monotonic() < deadline, "it never came about"
            placer.step()
            time.sleep(0.01)

    yield until
    placer.close()


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return replace(settings, doubt_seconds=0.3, silent_after_seconds=0.2, lease_seconds=5)


def test_a_waiting_call_is_dialled_and_named(quick: Settings) -> None:
    call, carrier = a_call(an_account(), quick), ScriptedCarrier(["CA1"])
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).dial_state == "dialled")
    assert (fresh(call).carrier_sid, carrier.placed) == ("CA1", [call.id])


def test_a_refused_call_fails_with_the_reason(quick: Settings) -> None:
    call, carrier = a_call(an_account(), quick), ScriptedCarrier([CarrierRefused("invalid_number", "21211")])
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).status == "failed")
    assert (fresh(call).end_reason, len(carrier.placed)) == ("invalid_number", 1)


def test_a_call_that_was_certainly_not_placed_is_dialled_again(quick: Settings) -> None:
    call, carrier = a_call(an_account(), quick), ScriptedCarrier([CarrierNotReached("throttled", 0.05), "CA1"])
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).dial_state == "dialled")
    assert len(carrier.placed) == 2


def test_a_carrier_that_is_never_reached_fails_the_call_in_the_end(quick: Settings) -> None:
    call, carrier = a_call(an_account(), quick), ScriptedCarrier([CarrierNotReached("away", 0.001)])
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).status == "failed")
    assert (fresh(call).end_reason, len(carrier.placed)) == ("carrier_error", 8)


@pytest.mark.parametrize("reason", ["dial_unknown", "carrier_error"])
def test_a_call_in_doubt_without_a_trace_fails_and_is_not_dialled_again(quick: Settings, reason: str) -> None:
    call, carrier = a_call(an_account(), quick), ScriptedCarrier([CarrierInDoubt(reason, "?"), "CA1"])
    execute("UPDATE call SET created_at = now()")
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).dial_state == "doubt")
        execute("UPDATE call SET doubt_until = now(), check_due_at = now() WHERE id = %s", (call.id,))
        until(lambda: fresh(call).status == "failed")
    assert (fresh(call).end_reason, len(carrier.placed)) == (reason, 1)


def test_a_call_in_doubt_is_adopted_when_the_carrier_has_it(quick: Settings) -> None:
    call, carrier = a_call(an_account(), quick), ScriptedCarrier([CarrierInDoubt("dial_unknown", "?")])
    carrier.calls.append(CarrierCall("CA7", "ringing", now(), None, answered=False))
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).dial_state == "dialled")
    assert (fresh(call).carrier_sid, fresh(call).status, len(carrier.placed)) == ("CA7", "ringing", 1)


def test_a_trace_that_may_be_anothers_is_not_adopted(quick: Settings) -> None:
    call, rival = a_call(an_account(), quick), a_call(an_account(), quick)
    carrier = ScriptedCarrier([CarrierInDoubt("dial_unknown", "?")])
    carrier.calls.append(CarrierCall("CA7", "ringing", now(), None, answered=False))
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).dial_state == fresh(rival).dial_state == "doubt")
        until(lambda: {fresh(call).check_due_at, fresh(rival).check_due_at} and len(carrier.placed) == 2)
    assert fresh(call).carrier_sid is None
    assert fresh(rival).carrier_sid is None


def test_a_listed_number_is_not_dialled_even_when_its_call_was_accepted(quick: Settings) -> None:
    call, carrier = a_call(an_account(), quick), ScriptedCarrier(["CA1"])
    do_not_call.add(call.account_id, "test", call.to_number, "api")
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).status == "failed")
    assert (fresh(call).end_reason, carrier.placed) == ("do_not_call", [])


def test_a_hangup_that_was_asked_for_reaches_the_carrier(quick: Settings) -> None:
    call, carrier = dialled(a_call(an_account(), quick), "CA1"), ScriptedCarrier(["CA1"])
    ask_hangup(call.id, "canceled")
    with placing(carrier, quick) as until:
        until(lambda: carrier.hung_up == ["CA1"])


def silent(call: Call) -> Call:
    execute("UPDATE call SET check_due_at = now(), dialling_at = now() - interval '1 hour' WHERE id = %s", (call.id,))
    return call


def test_a_call_whose_end_was_never_reported_is_settled_by_asking(quick: Settings) -> None:
    call = silent(dialled(a_call(an_account(), quick), "CA1"))
    carrier = ScriptedCarrier(["CA1"], [CarrierCall("CA1", "completed", now(), 30, answered=True)])
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).status == "completed")
    assert (fresh(call).duration, fresh(call).cost) == (30, 28)


def test_a_call_that_the_carrier_does_not_know_is_ended(quick: Settings) -> None:
    call, carrier = silent(dialled(a_call(an_account(), quick), "CA1")), ScriptedCarrier(["CA1"])
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).status == "failed")
    assert (fresh(call).end_reason, ends_of(call.id)) == ("carrier_silent", 1)


def test_a_call_that_the_carrier_keeps_queued_for_ever_is_hung_up_and_ended(quick: Settings) -> None:
    call = silent(dialled(a_call(an_account(), quick), "CA1"))
    carrier = ScriptedCarrier(["CA1"], [CarrierCall("CA1", "initiated", now(), None, answered=False)])
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).status == "failed")
    assert (fresh(call).end_reason, carrier.hung_up) == ("carrier_silent", ["CA1"])


def test_a_mode_without_a_carrier_fails_its_calls(quick: Settings) -> None:
    call = a_call(an_account(), quick)
    placer = Placer({}, quick)
    placer.step()
    placer.close()
    assert fresh(call).end_reason == "carrier_not_configured"


def test_a_worker_that_was_stopped_beyond_its_lease_does_not_ring(quick: Settings) -> None:
    call, carrier = a_call(an_account(), quick), ScriptedCarrier(["CA1"])
    with placing(carrier, replace(quick, lease_seconds=0)) as until:
        until(lambda: fresh(call).status == "failed")
    assert (fresh(call).end_reason, carrier.placed) == ("dial_unknown", [])


def test_a_call_that_is_canceled_while_the_carrier_throttles_it_is_not_dialled_again(quick: Settings) -> None:
    call = a_call(an_account(), quick)
    carrier = ScriptedCarrier([CarrierNotReached("throttled", 0.001), "CA1"])
    carrier.meanwhile = lambda: cancel(call.account_id, "test", call.id, quick)
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).status == "canceled")
    assert len(carrier.placed) == 1


def talking(call: Call) -> Call:
    """The call in the middle of its conversation, for ten minutes."""
    open_relay(call.id, "test", str(call.carrier_sid))
    execute(
        "UPDATE call SET started_at = now() - interval '10 minutes', check_due_at = now() WHERE id = %s", (call.id,)
    )
    return fresh(call)


def test_a_callee_who_is_left_on_a_silent_line_is_hung_up(quick: Settings) -> None:
    call = talking(dialled(a_call(an_account(), quick), "CA1"))
    execute("UPDATE call SET relay_closed_at = now() - interval '11 seconds' WHERE id = %s", (call.id,))
    carrier = ScriptedCarrier(["CA1"], [CarrierCall("CA1", "in-progress", now(), None, answered=True)])
    with placing(carrier, quick) as until:
        until(lambda: carrier.hung_up == ["CA1"])
    assert fresh(call).hangup_reason == "relay_failed"


@pytest.mark.parametrize("closed", ["NULL", "now()"])
def test_a_conversation_that_lasts_or_has_just_closed_is_not_cut(quick: Settings, closed: str) -> None:
    call = talking(dialled(a_call(an_account(), quick), "CA1"))
    execute(f"UPDATE call SET relay_closed_at = {closed} WHERE id = %s", (call.id,))
    carrier = ScriptedCarrier(["CA1"], [CarrierCall("CA1", "in-progress", now(), None, answered=True)])
    with placing(carrier, quick) as until:
        until(lambda: carrier.looked_up == ["CA1"])
    assert (fresh(call).hangup_reason, fresh(call).outcome, carrier.hung_up) == (None, None, [])


def test_a_call_whose_relay_has_closed_is_asked_about_again_soon(quick: Settings) -> None:
    call, patient = talking(dialled(a_call(an_account(), quick), "CA1")), replace(quick, silent_after_seconds=120)
    close_relay(call.id)
    report(call.id, CarrierReport("CA1", "in-progress"), patient)
    assert fresh(call).check_due_at < now() + timedelta(seconds=10)


def test_a_call_that_the_carrier_held_for_too_long_is_charged_for_the_time_it_may_last(quick: Settings) -> None:
    call = silent(dialled(a_call(an_account(), quick), "CA1"))
    execute("UPDATE call SET started_at = dialling_at, status = 'in-progress' WHERE id = %s", (call.id,))
    carrier = ScriptedCarrier(["CA1"], [CarrierCall("CA1", "in-progress", now(), None, answered=True)])
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).status == "failed")
    assert (fresh(call).end_reason, fresh(call).duration, carrier.hung_up) == ("carrier_silent", 1800, ["CA1"])


def test_a_canceled_call_that_the_carrier_tells_nothing_of_ends_as_canceled(quick: Settings) -> None:
    call, carrier = silent(dialled(a_call(an_account(), quick), "CA1")), ScriptedCarrier(["CA1"])
    execute("UPDATE call SET hangup_reason = 'canceled' WHERE id = %s", (call.id,))
    with placing(carrier, quick) as until:
        until(lambda: fresh(call).status == "canceled")


def test_a_call_whose_carrier_cannot_be_asked_any_more_is_not_open_for_ever(quick: Settings) -> None:
    call = silent(dialled(a_call(an_account(), quick), "CA1"))
    placer = Placer({}, quick)
    placer.step()
    placer.close()
    assert (fresh(call).status, fresh(call).end_reason) == ("failed", "carrier_silent")

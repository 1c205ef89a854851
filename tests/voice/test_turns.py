"""The one writer of all that is said: what it stores, what it waits for, and what it gives up."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest

from app.calls.conversation import open_relay
from app.calls.progress import CarrierReport, report
from app.calls.settling import settle
from app.config import Settings
from app.db import execute, rows
from app.models.call import Call
from app.voice.live_line import LiveLine
from app.voice.turns import TurnWriter, Written
from tests.hub import wait_until
from tests.making import a_call, an_account, dialled, fresh

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def call(settings: Settings) -> Call:
    return a_talking_call(settings)


def a_talking_call(settings: Settings) -> Call:
    call = dialled(a_call(an_account(), settings))
    open_relay(call.id, "test", str(call.carrier_sid))
    return call


def stored(call: Call) -> list[str]:
    return [row["text"] for row in rows("SELECT text FROM turn WHERE call_id = %s ORDER BY position", (call.id,))]


@contextmanager
def turns_locked(settings: Settings) -> Iterator[None]:
    """Nobody writes a turn while the block lasts."""
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("LOCK TABLE turn IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


def waiting_backends() -> list[int]:
    return [
        row["pid"]
        for row in rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    ]


def test_turns_are_stored_in_order_and_the_call_is_handed_over(call: Call) -> None:
    writer = TurnWriter()
    for position, text in enumerate(["Hello!", "Who is it?"]):
        writer.put(Written(call.id, position, "agent", text))
    assert writer.close(call.id, 5)
    assert stored(call) == ["Hello!", "Who is it?"]
    assert fresh(call).relay_closed_at is not None


def test_a_turn_that_was_cut_stays_interrupted_when_it_is_corrected(call: Call) -> None:
    writer = TurnWriter()
    for turn in (
        Written(call.id, 0, "agent", "We open at ten."),
        Written(call.id, 0, "agent", "We open", interrupted=True),
        Written(call.id, 1, "human", "When?"),
    ):
        writer.put(turn)
    assert writer.close(call.id, 5)
    writer.put(Written(call.id, 0, "agent", "We"))
    assert writer.close(call.id, 5)
    turns = rows("SELECT text, interrupted FROM turn WHERE call_id = %s ORDER BY position", (call.id,))
    assert turns == [{"text": "We", "interrupted": True}, {"text": "When?", "interrupted": False}]


@pytest.mark.parametrize("bad", ["half a pair: \ud83d", "NUL: \x00"])
def test_a_turn_that_cannot_be_stored_takes_no_other_with_it(
    call: Call, settings: Settings, caplog: pytest.LogCaptureFixture, bad: str
) -> None:
    other, writer = a_talking_call(settings), TurnWriter()
    for position, text in enumerate(["One.", bad, "Three."]):
        writer.put(Written(call.id, position, "agent", text))
        writer.put(Written(other.id, position, "agent", "Fine."))
    assert writer.close(call.id, 5)
    assert writer.close(other.id, 5)
    assert (stored(call), stored(other)) == (["One.", "Three."], ["Fine."] * 3)
    assert f"call {call.id}: turn 1 is lost" in caplog.text
    assert bad not in caplog.text


def test_a_turn_of_a_call_that_was_erased_is_let_go(call: Call) -> None:
    writer = TurnWriter()
    writer.put(Written(uuid4(), 0, "agent", "Hello!"))
    writer.put(Written(call.id, 0, "agent", "Hello!"))
    assert writer.close(call.id, 5)
    assert stored(call) == ["Hello!"]


def test_a_call_is_not_handed_over_before_its_turns_are_stored(call: Call, settings: Settings) -> None:
    writer = TurnWriter()
    with turns_locked(settings):
        writer.put(Written(call.id, 0, "agent", "Hello!"))
        assert not writer.close(call.id, 0.1)
        assert fresh(call).relay_closed_at is None
    wait_until(lambda: fresh(call).relay_closed_at)
    assert stored(call) == ["Hello!"]


def test_a_connection_that_is_lost_in_the_middle_loses_no_turn(call: Call, settings: Settings) -> None:
    writer = TurnWriter()
    with turns_locked(settings):
        writer.put(Written(call.id, 0, "agent", "Hello!"))
        for backend in wait_until(waiting_backends):
            execute("SELECT pg_terminate_backend(%s)", (backend,))
    assert writer.close(call.id, 5)
    assert stored(call) == ["Hello!"]


def test_what_finds_no_room_is_dropped_and_nobody_waits_for_it(call: Call, settings: Settings) -> None:
    writer = TurnWriter(room=2)
    with turns_locked(settings):
        writer.put(Written(call.id, 0, "agent", "In hand."))
        wait_until(waiting_backends)
        for position, text in enumerate(["First.", "Second.", "No room."], start=1):
            writer.put(Written(call.id, position, "agent", text))
        assert not writer.close(call.id, 0.05)
    assert writer.close(call.id, 5)
    assert stored(call) == ["In hand.", "First.", "Second."]


def test_a_call_that_was_settled_before_its_last_turns_came_stays_settled(call: Call, settings: Settings) -> None:
    report(call.id, CarrierReport(str(call.carrier_sid), "completed", 3, duration=10), settings)
    assert settle(fresh(call), "Summed up.", settings) is not None
    assert TurnWriter().close(call.id, 5)
    assert (fresh(call).status, fresh(call).finish_due_at) == ("completed", None)


def test_a_wish_not_to_be_called_again_outlasts_a_database_that_goes_away(call: Call, settings: Settings) -> None:
    writer = TurnWriter()
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("LOCK TABLE do_not_call IN ACCESS EXCLUSIVE MODE")
        LiveLine(call, settings, 1.0, writer).do_not_call()
        [writing] = wait_until(waiting_backends)
        execute("SELECT pg_terminate_backend(%s)", (writing,))
        connection.rollback()
    assert writer.close(call.id, 10)
    assert rows("SELECT phone_number, source FROM do_not_call") == [
        {"phone_number": call.to_number, "source": "callee"}
    ]

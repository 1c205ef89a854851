"""Batches: each call for itself, one end, and nothing left of what was erased."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.calls import batches, batching, ending
from app.calls.erasing import erase, forget_old_batches, forget_old_calls
from app.calls.requests import CallRequest
from app.calls.striking import without
from app.config import Mode, Settings
from app.db import db, execute, rows
from app.errors import AppError, Forbidden, LimitReached, Unavailable
from app.models.account import Account
from app.models.batch import Batch
from app.models.call import Turn
from app.times import now
from app.vault import Vault
from app.webhooks.callbacks import Callback, attach
from app.webhooks.claiming import Claimed
from app.webhooks.recording import Attempted, record
from tests.hub import wait_until
from tests.making import LIVE, a_call, a_key, an_account, events_of, ledger_agrees
from tests.webhooks.support import OK, a_webhook, claim

pytestmark = pytest.mark.usefixtures("database")
NUMBERS = [f"+1555123000{n}" for n in range(5)]


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


@pytest.fixture
def live(settings: Settings) -> Settings:
    return replace(settings, **LIVE)


def a_batch(
    account: Account,
    settings: Settings,
    numbers: Sequence[str | AppError] = NUMBERS,
    mode: Mode = "test",
    callback: Callback | None = None,
) -> Batch:
    asked = [CallRequest(one, "Say hello.") if isinstance(one, str) else one for one in numbers]
    key = a_key(account, mode).id
    return batching.accept(account.id, key, mode, asked, settings, Vault(settings.encryption_keys), callback=callback)


def items(batch: Batch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = batches.shown(batch)["calls"]
    return found


def calls(batch: Batch) -> list[UUID]:
    return [UUID(item["call"]["id"]) for item in items(batch) if item["call"]]


def codes(batch: Batch) -> list[str | None]:
    return [item["error"] and item["error"]["code"] for item in items(batch)]


def told(batch: Batch) -> list[str]:
    return [row["type"] for row in rows("SELECT type FROM event WHERE batch_id = %s", (batch.id,))]


def over(call_id: UUID, settings: Settings) -> None:
    ending.end(call_id, "no-answer", "no_answer", settings)


def ended(batch: Batch, settings: Settings) -> Batch:
    for call_id in calls(batch):
        over(call_id, settings)
    found: Batch = Batch.get_by_id(batch.id)
    return found


def test_calls_are_accepted_in_the_order_in_which_they_are_dialled(settings: Settings) -> None:
    batch = a_batch(an_account(), settings)
    assert [item["call"]["toNumber"] for item in items(batch)] == NUMBERS
    queue = rows("SELECT to_number FROM call ORDER BY due_at, created_at")
    assert [row["to_number"] for row in queue] == NUMBERS


def test_a_refused_call_does_not_undo_the_others(settings: Settings) -> None:
    account = an_account()
    execute("INSERT INTO do_not_call VALUES (%s, 'test', %s, 'api')", (account.id, NUMBERS[1]))
    batch = a_batch(account, settings, [NUMBERS[0], NUMBERS[1], NUMBERS[0], "+911", NUMBERS[2]])
    assert codes(batch) == [None, "do_not_call", "call_active", "invalid_request", None]
    assert items(batch)[2]["error"]["callId"] == items(batch)[0]["call"]["id"]


def test_money_goes_to_the_first_and_the_books_agree(live: Settings) -> None:
    account = an_account(cents=2 * 56 + 10)
    batch = a_batch(account, live, mode="live")
    assert codes(batch) == [None, None, *["insufficient_balance"] * 3]
    assert ledger_agrees(account.id)


def test_daily_caps_hold_within_a_batch(live: Settings) -> None:
    batch = a_batch(an_account(daily_calls=2), live, mode="live")
    assert codes(batch) == [None, None, *["daily_calls"] * 3]
    assert items(batch)[2]["error"]["retryAfter"] > 0


@pytest.mark.parametrize(
    ("columns", "changes", "error"),
    [
        ({"paused_at": now()}, {}, Forbidden),
        ({"terms_accepted_at": None}, {}, Forbidden),
        ({}, {"twilio_auth_token": ""}, Unavailable),
    ],
)
def test_what_is_no_fault_of_a_call_refuses_the_batch(
    live: Settings, columns: dict[str, Any], changes: dict[str, Any], error: type[AppError]
) -> None:
    with pytest.raises(error):
        a_batch(an_account(**columns), replace(live, **changes), mode="live")
    assert rows("SELECT 1 FROM batch UNION ALL SELECT 1 FROM call") == []


def test_the_last_call_ends_a_batch_and_it_is_told_once(settings: Settings) -> None:
    account = an_account()
    a_webhook(account, settings, events=["batch.completed"])
    batch = a_batch(account, settings, callback=Callback("https://example.com/x"))
    *most, last = calls(batch)
    for call_id in most:
        over(call_id, settings)
    assert (told(batch), batches.shown(Batch.get_by_id(batch.id))["status"]) == ([], "open")
    over(last, settings)
    assert (told(batch), batches.shown(Batch.get_by_id(batch.id))["status"]) == (["batch.completed"], "ended")
    assert len(rows("SELECT 1 FROM delivery WHERE webhook_id IS NOT NULL")) == 1
    assert len(rows("SELECT 1 FROM delivery WHERE callback_id IS NOT NULL")) == 1
    assert events_of(last) == ["call.completed"]


def test_a_batch_of_which_nothing_was_accepted_has_ended_at_once(settings: Settings) -> None:
    batch = a_batch(an_account(), settings, ["+911", "+112"], callback=Callback("https://example.com/x"))
    assert batch.ended_at is not None
    assert told(batch) == ["batch.completed"]
    assert len(rows("SELECT 1 FROM delivery WHERE callback_id IS NOT NULL")) == 1


def test_calls_that_are_settled_at_the_same_moment_end_their_batch_once(settings: Settings) -> None:
    account = an_account()
    for _ in range(5):
        batch = a_batch(account, settings, [f"+1555124{n:04d}" for n in range(8)])
        together = threading.Barrier(8)

        def settle(call_id: UUID, together: threading.Barrier = together) -> None:
            with db.connection_context():
                together.wait()
                over(call_id, settings)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(settle, calls(batch)))
        assert told(batch) == ["batch.completed"]


def test_a_settling_that_comes_to_nothing_leaves_the_batch_open(settings: Settings) -> None:
    batch = a_batch(an_account(), settings, NUMBERS[:1])
    with db.atomic() as killed:
        over(calls(batch)[0], settings)
        killed.rollback()
    assert (told(batch), Batch.get_by_id(batch.id).ended_at) == ([], None)
    assert told(ended(batch, settings)) == ["batch.completed"]


def test_batches_that_name_the_same_numbers_do_not_wait_for_each_other_in_a_ring(settings: Settings) -> None:
    account = an_account()
    numbers = [f"+1555125{n:04d}" for n in range(40)]
    together = threading.Barrier(2)

    def place(ordered: list[str]) -> int:
        with db.connection_context():
            together.wait()
            return len(calls(a_batch(account, settings, ordered)))

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(place, (numbers, numbers[::-1])))
    assert sum(made) == 40


def test_an_account_does_not_hold_the_api_by_batches_that_wait_for_each_other(settings: Settings) -> None:
    account, other = an_account(), an_account()

    def place() -> str:
        with db.connection_context():
            try:
                return str(a_batch(account, settings, NUMBERS[:1]).id)
            except LimitReached as refusal:
                return refusal.code

    with ThreadPoolExecutor(8) as pool:
        with db.atomic():
            a_batch(account, settings, NUMBERS[:1])
            placed = [pool.submit(place) for _ in range(8)]
            wait_until(lambda: sum(one.done() for one in placed) == 9 - batching.AT_ONCE)
            assert {one.result() for one in placed if one.done()} == {"batches_under_way"}
            assert codes(a_batch(other, settings, NUMBERS[:1])) == [None]
        assert len({one.result() for one in placed}) == batching.AT_ONCE


def test_a_batch_and_a_call_with_callbacks_do_not_wait_for_each_other_in_a_ring(settings: Settings) -> None:
    account, callback, vault = an_account(), Callback("https://example.com/x"), Vault(settings.encryption_keys)

    def place() -> list[str | None]:
        with db.connection_context():
            return codes(a_batch(account, settings, NUMBERS[:2], callback=callback))

    with ThreadPoolExecutor(1) as pool:
        with db.atomic():
            call = a_call(account, settings, NUMBERS[1])
            placed = pool.submit(place)
            wait_until(lambda: rows("SELECT 1 FROM pg_locks WHERE NOT granted"))
            attach(account.id, "test", callback, vault, call_id=call.id)
        assert placed.result() == [None, "call_active"]


def test_a_batch_that_has_not_ended_by_its_deadline_is_told_and_nothing_follows(settings: Settings) -> None:
    batch = a_batch(an_account(), settings, NUMBERS[:2], callback=Callback("https://example.com/x", now()))
    over(calls(batch)[0], settings)
    assert (batches.tell_deadlines(), batches.tell_deadlines()) == (1, 0)
    ended(batch, settings)
    heard = rows("SELECT type, data::json ->> 'status' AS status FROM event JOIN delivery d ON d.event_id = event.id")
    assert heard == [{"type": "batch.deadline", "status": "open"}]
    assert told(batch) == ["batch.deadline", "batch.completed"]


def test_a_batch_that_ends_in_time_is_not_told_of_its_deadline(settings: Settings) -> None:
    deadline = now() + timedelta(seconds=60)
    batch = a_batch(an_account(), settings, callback=Callback("https://example.com/x", deadline))
    ended(batch, settings)
    execute("UPDATE callback SET deadline_at = now()")
    assert batches.tell_deadlines() == 0


# Erasure


def spoken(call_id: UUID, text: str) -> None:
    Turn.create(call_id=call_id, position=0, role="human", text=text, at=now())


def kept(*texts: str) -> list[str]:
    """Which of these texts stand anywhere in the events and in what receivers answered."""
    everything = "".join(row["data"] for row in rows("SELECT data FROM event"))
    everything += "".join(row["answer"] or "" for row in rows("SELECT answer FROM attempt"))
    return [text for text in texts if text in everything]


def test_an_erased_call_leaves_its_batch_and_the_others_stay(settings: Settings, vault: Vault) -> None:
    account = an_account()
    a_webhook(account, settings, events=["batch.completed"])
    batch = a_batch(account, settings, NUMBERS[:3])
    for call_id, text in zip(calls(batch), ("my secret", "my order", "my wish"), strict=True):
        spoken(call_id, text)
    ended(batch, settings)
    execute(
        "INSERT INTO attempt (delivery_id, number, started_at, duration_ms, answer)"
        " SELECT id, 1, now(), 1, 'you said: my secret' FROM delivery"
    )
    assert kept("my secret", NUMBERS[0], "my order", NUMBERS[1]) == ["my secret", NUMBERS[0], "my order", NUMBERS[1]]
    assert erase(account.id, NUMBERS[0], vault) == 1
    assert kept("my secret", NUMBERS[0], "my order", NUMBERS[1]) == ["my order", NUMBERS[1]]
    assert codes(batch) == ["erased", None, None]
    [event] = rows("SELECT data::json AS data FROM event WHERE type = 'batch.completed'")
    assert event["data"] == batches.shown(Batch.get_by_id(batch.id))
    assert len(rows("SELECT 1 FROM delivery WHERE status = 'pending'")) == 1


def test_a_call_that_is_erased_before_its_batch_has_ended_is_not_told(settings: Settings, vault: Vault) -> None:
    account = an_account()
    batch = a_batch(account, settings, NUMBERS[:2])
    first, second = calls(batch)
    spoken(first, "my secret")
    over(first, settings)
    erase(account.id, NUMBERS[0], vault)
    over(second, settings)
    assert told(batch) == ["batch.completed"]
    assert kept("my secret", NUMBERS[0]) == []


def test_an_erasure_waits_for_who_tells_of_the_batch(settings: Settings, vault: Vault) -> None:
    account = an_account()
    batch = a_batch(account, settings, NUMBERS[:2])
    first, second = calls(batch)
    spoken(first, "my secret")
    over(first, settings)

    def wipe() -> int:
        with db.connection_context():
            return erase(account.id, NUMBERS[0], vault)

    with ThreadPoolExecutor(1) as pool:
        with db.atomic():
            over(second, settings)
            erased = pool.submit(wipe)
            wait_until(lambda: erased.done() or rows("SELECT 1 FROM pg_locks WHERE NOT granted"))
        assert erased.result() == 1
    assert told(batch) == ["batch.completed"]
    assert kept("my secret", NUMBERS[0]) == []


def test_what_is_on_its_way_during_an_erasure_is_sent_again_without_the_erased(
    settings: Settings, vault: Vault
) -> None:
    account = an_account()
    a_webhook(account, settings, events=["batch.completed"])
    ended(a_batch(account, settings, NUMBERS[:2]), settings)
    [on_its_way] = claim(settings)
    erase(account.id, NUMBERS[0], vault)
    echo = replace(OK, answer=f"you said: {NUMBERS[0]}")
    assert record([Attempted(on_its_way, echo)], settings) == 0
    assert kept(NUMBERS[0]) == []
    [again] = claim(settings)
    assert (again.id, NUMBERS[0] in again.data, NUMBERS[1] in again.data) == (on_its_way.id, False, True)


def test_what_is_claimed_during_an_erasure_comes_without_the_erased(settings: Settings, vault: Vault) -> None:
    account = an_account()
    a_webhook(account, settings, events=["batch.completed"])
    ended(a_batch(account, settings, NUMBERS[:2]), settings)
    claimed: list[Claimed] = []

    def send() -> None:
        with db.connection_context():
            claimed.extend(claim(settings))

    with ThreadPoolExecutor(1) as pool:
        with db.atomic():
            erase(account.id, NUMBERS[0], vault)
            sent = pool.submit(send)
            wait_until(lambda: sent.done() or rows("SELECT 1 FROM pg_locks WHERE NOT granted"))
        sent.result()
    assert [(NUMBERS[0] in one.data, NUMBERS[1] in one.data) for one in claimed] == [(False, True)]


def test_what_is_being_claimed_when_an_erasure_comes_is_not_written_down(settings: Settings, vault: Vault) -> None:
    account = an_account()
    a_webhook(account, settings, events=["batch.completed"])
    ended(a_batch(account, settings, NUMBERS[:2]), settings)

    def wipe() -> int:
        with db.connection_context():
            return erase(account.id, NUMBERS[0], vault)

    with ThreadPoolExecutor(1) as pool:
        with db.atomic():
            [on_its_way] = claim(settings)
            erased = pool.submit(wipe)
            wait_until(lambda: erased.done() or rows("SELECT 1 FROM pg_locks WHERE NOT granted"))
        assert erased.result() == 1
    echo = replace(OK, answer=f"you said: {NUMBERS[0]}")
    assert record([Attempted(on_its_way, echo)], settings) == 0
    assert kept(NUMBERS[0]) == []


def test_old_batches_go_with_their_last_call(settings: Settings, vault: Vault) -> None:
    batch = ended(a_batch(an_account(), settings, NUMBERS[:2]), settings)
    execute("UPDATE batch SET ended_at = now() - interval '31 days'")
    assert (forget_old_batches(0), forget_old_batches(30)) == (0, 0)
    execute("UPDATE call SET ended_at = now() - interval '31 days'")
    assert forget_old_calls(30, vault) == 2
    assert kept(*NUMBERS) == []
    assert forget_old_batches(30) == 1
    assert told(batch) == rows("SELECT 1 FROM batch_item") == []


def test_without_takes_out_the_named_calls_alone() -> None:
    one, two = ({"position": n, "call": {"id": str(n)}, "error": None} for n in range(2))
    refused = {"position": 2, "call": None, "error": {"code": "do_not_call"}}
    struck = without({"id": "b", "calls": [one, two, refused]}, {"1"})
    assert [item["call"] for item in struck["calls"]] == [one["call"], None, None]
    assert [item["error"] and item["error"]["code"] for item in struck["calls"]] == [None, "erased", "do_not_call"]

"""Batches through real processes: one request, calls of every fate, one callback when all have ended."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest

from app.times import iso, now, parse
from tests.hub import Answer, Holder, Hub, wait_until
from tests.receiving import Receiver

BUSY, NO_ANSWER = "+15550100002", "+15550100003"
PEOPLE = ("+15552330001", "+15552330002", BUSY, NO_ANSWER)


@pytest.fixture
def holder(hub: Hub) -> Holder:
    return hub.account()


def asked(*numbers: str, **fields: Any) -> dict[str, Any]:
    instructions = "Ask whether there is a table for two tonight at 8."
    return {"calls": [{"phoneNumber": number, "instructions": instructions} for number in numbers]} | fields


def placed(hub: Hub, key: str, *numbers: str, **fields: Any) -> dict[str, Any]:
    answer = hub.post("/calls/batch", asked(*numbers, **fields), key)
    assert answer.status == 201, answer
    batch: dict[str, Any] = answer.json
    return batch


def ended(hub: Hub, key: str, batch: dict[str, Any]) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        found: dict[str, Any] = hub.get(f"/calls/batch/{batch['id']}?wait=25", key).json
        return found if found["status"] == "ended" else None

    return wait_until(over, seconds=40)


def fates(batch: dict[str, Any]) -> list[str]:
    return [item["call"]["status"] if item["call"] else item["error"]["code"] for item in batch["calls"]]


def test_one_callback_tells_of_all_when_the_last_has_ended(hub: Hub, holder: Holder) -> None:
    secret = hub.post("/me/rotate-callback-secret", {}, holder.test_key).json["secret"]
    with Receiver() as receiver:
        url = f"{receiver.url}?signature=a%2Fb+c"
        batch = placed(hub, holder.test_key, *PEOPLE, "+1555", PEOPLE[0], callbackUrl=url)
        got = receiver.next(40)
        all_ended = ended(hub, holder.test_key, batch)
    assert fates(all_ended) == ["completed", "completed", "busy", "no-answer", "invalid_request", "call_active"]
    assert (got.path, got.event["event"]) == ("/webhook?signature=a%2Fb+c", "batch.completed")
    assert got.event["batch"] == all_ended
    assert got.at - parse(all_ended["endedAt"]).timestamp() < 1
    signed = got.headers["x-mio-timestamp"].encode() + b"." + got.body
    assert got.headers["x-mio-signature"] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert len(receiver.received) == 1


def test_webhooks_hear_of_each_call_and_of_the_batch(hub: Hub, holder: Holder) -> None:
    with Receiver() as receiver:
        hub.webhook(receiver.url, holder.test_key, events=["call.completed", "batch.completed"])
        batch = placed(hub, holder.test_key, "+15552330003", BUSY)
        got = [receiver.next(40).event for _ in range(3)]
    told = {event["call"]["id"] for event in got if event["event"] == "call.completed"}
    assert told == {item["call"]["id"] for item in batch["calls"]}
    assert [event["batch"]["id"] for event in got if event["event"] == "batch.completed"] == [batch["id"]]


def test_at_the_deadline_the_callback_hears_how_the_batch_stands(hub: Hub, holder: Holder) -> None:
    body = asked(BUSY, "+15552330004", callbackDeadlineSeconds=3)
    body["calls"][1]["callAt"] = iso(now() + timedelta(days=1))
    with Receiver() as receiver:
        batch = hub.post("/calls/batch", body | {"callbackUrl": receiver.url}, holder.test_key).json
        got = receiver.next(20)
        waiting = batch["calls"][1]["call"]["id"]
        assert hub.post(f"/calls/{waiting}/cancel", {}, holder.test_key).status == 200
        all_ended = ended(hub, holder.test_key, batch)
    assert (got.event["event"], fates(got.event["batch"])) == ("batch.deadline", ["busy", "scheduled"])
    assert fates(all_ended) == ["busy", "canceled"]
    assert len(receiver.received) == 1


def test_a_batch_of_refusals_calls_back_at_once(hub: Hub, holder: Holder) -> None:
    with Receiver() as receiver:
        began = now()
        batch = placed(hub, holder.test_key, "+1555", callbackUrl=receiver.url)
        got = receiver.next()
    assert got.event["batch"] == batch
    assert got.at - began.timestamp() < 2


def test_a_repeated_batch_rings_nobody_twice(hub: Hub, holder: Holder) -> None:
    headers = {"Idempotency-Key": "wave"}
    answers = [hub.ask("POST", "/calls/batch", holder.test_key, asked("+15552330005", BUSY), headers) for _ in "ab"]
    assert answers[0].json == answers[1].json
    ended(hub, holder.test_key, answers[0].json)
    assert len(hub.get("/calls", holder.test_key).json["data"]) == 2


def test_after_an_erasure_the_batch_tells_of_the_others(hub: Hub, holder: Holder) -> None:
    batch = placed(hub, holder.test_key, "+15552330006", BUSY)
    ended(hub, holder.test_key, batch)
    assert hub.post("/erasures", {"phoneNumber": "+15552330006"}, holder.test_key).json == {"erasedCalls": 1}
    assert fates(hub.get(f"/calls/batch/{batch['id']}", holder.test_key).json) == ["erased", "busy"]

    def told() -> Answer | None:
        answer = hub.get("/events?event=batch.completed", holder.test_key)
        return answer if answer.json["data"] else None

    feed = wait_until(told)
    assert [fates(event["batch"]) for event in feed.json["data"]] == [["erased", "busy"]]
    everything = hub.rows("SELECT string_agg(data, '') AS all FROM event WHERE account_id = %s", (holder.id,))
    assert "+15552330006" not in everything[0]["all"]


def test_a_hundred_live_calls_are_accepted_with_their_holds(hub: Hub) -> None:
    rich = hub.account(balance=100_000)
    numbers = [f"+1555234{n:04d}" for n in range(100)]
    batch = placed(hub, rich.live_key, *numbers)
    assert [item["call"]["toNumber"] for item in batch["calls"]] == numbers
    all_ended = ended(hub, rich.live_key, batch)
    me = hub.get("/me", rich.live_key).json
    assert me["balance"] == me["available"] == 100_000 - sum(item["call"]["cost"] for item in all_ended["calls"])

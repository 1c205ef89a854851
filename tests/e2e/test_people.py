"""Whole calls through real processes: every number of the sandbox, seen from the public API."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest

from app.times import iso, now
from tests.hub import Holder, Hub, wait_until
from tests.receiving import Receiver

ORDER = "Call Joe's Pizza and order a large pepperoni for pickup at 7pm. Ask for the total price."


@pytest.fixture
def holder(hub: Hub) -> Holder:
    return hub.account()


def ended(hub: Hub, key: str, number: str, **fields: Any) -> dict[str, Any]:
    placed = hub.call(key, number, **({"instructions": ORDER, "name": "Joe's Pizza"} | fields))
    return hub.wait_call(placed["id"], key)


def said(call: dict[str, Any], role: str) -> str:
    return " ".join(turn["text"] for turn in call["transcript"] if turn["role"] == role)


@pytest.mark.parametrize(
    ("number", "status", "reason", "answered_by"),
    [
        ("+15552223344", "completed", "agent_hangup", "human"),
        ("+15550100001", "completed", "agent_hangup", "human"),
        ("+15550100002", "busy", "busy", "unknown"),
        ("+15550100003", "no-answer", "no_answer", "unknown"),
        ("+15550100004", "completed", "voicemail", "voicemail"),
        ("+15550100005", "completed", "callee_hangup", "human"),
        ("+15550100006", "completed", "agent_hangup", "human"),
        ("+15550100007", "completed", "agent_hangup", "human"),
        ("+15550100008", "completed", "agent_hangup", "human"),
        ("+15550100009", "completed", "silence", "human"),
        ("+15550100010", "failed", "invalid_number", "unknown"),
        ("+15550100011", "failed", "carrier_error", "unknown"),
        ("+15550100012", "completed", "agent_hangup", "human"),
        ("+15550100013", "failed", "carrier_silent", "unknown"),
        ("+15550100014", "completed", "model_failed", "human"),
        ("+15550100015", "completed", "do_not_call", "human"),
    ],
)
def test_every_number_behaves_as_it_is_described(
    hub: Hub, holder: Holder, number: str, status: str, reason: str, answered_by: str
) -> None:
    call = ended(hub, holder.test_key, number)
    assert (call["status"], call["endReason"]) == (status, reason)
    assert call["answeredBy"] == answered_by or (reason != "voicemail" and call["answeredBy"] == "unknown")
    assert call["summary"]
    assert (call["cost"] > 0) == (call["duration"] > 0) == (status == "completed")
    assert call["test"] is True


def test_the_agent_does_what_it_was_told_and_the_summary_tells_it(hub: Hub, holder: Holder) -> None:
    call = ended(hub, holder.test_key, "+15552223345")
    assert "large pepperoni for pickup at 7pm" in said(call, "agent")
    assert "price" in said(call, "agent")
    assert "Goodbye" in [turn["text"] for turn in call["transcript"] if turn["role"] == "agent"][-1]
    assert "Joe's Pizza" in call["summary"]
    assert "pepperoni" in call["summary"]


def test_the_first_message_is_what_the_callee_hears_first(hub: Hub, holder: Holder) -> None:
    call = ended(hub, holder.test_key, "+15552223346", firstMessage="Hi, this is a test.")
    assert call["transcript"][0] == {"role": "agent", "text": "Hi, this is a test."}


def test_of_an_interrupted_turn_the_transcript_holds_what_was_heard(hub: Hub, holder: Holder) -> None:
    call = ended(hub, holder.test_key, "+15550100006")
    texts = [turn["text"] for turn in call["transcript"]]
    assert "Yes, please. Could you" in texts
    assert "Could you tell me the total price?" in texts
    cut = hub.rows("SELECT text FROM turn WHERE call_id = %s AND interrupted", (call["id"],))
    assert [turn["text"] for turn in cut] == ["Yes, please. Could you"]


def test_a_person_is_promised_to_who_asks_for_one(hub: Hub, holder: Holder) -> None:
    call = ended(hub, holder.test_key, "+15550100007")
    assert "person" in said(call, "agent")


def test_keys_are_pressed_in_a_menu(hub: Hub, holder: Holder) -> None:
    call = ended(hub, holder.test_key, "+15550100008")
    assert "(pressed 1)" in said(call, "agent")
    assert "press 1" not in said(call, "agent") + call["summary"]


def test_who_asked_never_to_be_called_again_is_not(hub: Hub, holder: Holder) -> None:
    ended(hub, holder.test_key, "+15550100015")
    refused = hub.post("/calls", {"phoneNumber": "+15550100015", "instructions": "Hi."}, holder.test_key)
    assert (refused.status, refused.json["code"]) == (403, "do_not_call")
    assert hub.get("/do-not-call", holder.test_key).json["data"][0]["phoneNumber"] == "+15550100015"


def test_a_live_call_holds_and_charges_and_the_books_agree(hub: Hub, holder: Holder) -> None:
    placed = hub.call(holder.live_key, "+15552223347")
    assert hub.get("/me", holder.live_key).json["available"] == 500 - 56
    call = hub.wait_call(placed["id"], holder.live_key)
    me = hub.get("/me", holder.live_key).json
    assert (me["balance"], me["available"]) == (500 - call["cost"], 500 - call["cost"])
    assert call["cost"] == -(-call["duration"] * 56 // 60)
    assert "I'm an AI assistant calling on behalf of Jane." in call["transcript"][0]["text"]


def test_a_live_call_ends_with_a_goodbye_when_the_money_does(hub: Hub) -> None:
    holder = hub.account(balance=56)
    placed = hub.call(
        holder.live_key,
        "+15552223348",
        instructions=" ".join(f"Ask about the price of pizza number {number}." for number in range(8)),
    )
    call = hub.wait_call(placed["id"], holder.live_key)
    assert call["endReason"] in ("insufficient_balance", "agent_hangup")
    assert hub.get("/me", holder.live_key).json["balance"] == 56 - call["cost"] >= 0


def test_the_webhook_of_a_call_is_signed_and_tells_what_the_api_tells(hub: Hub, holder: Holder) -> None:
    with Receiver() as receiver:
        secret = hub.webhook(receiver.url, holder.test_key)["secret"]
        call = ended(hub, holder.test_key, "+15552223349")
        got = receiver.next()
    signed = got.headers["x-mio-timestamp"].encode() + b"." + got.body
    assert got.headers["x-mio-signature"] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert got.event["call"] == call
    assert "test" not in got.event


def test_a_call_under_way_is_canceled(hub: Hub, holder: Holder) -> None:
    placed = hub.call(holder.test_key, "+15550100009")
    hub.wait_call(placed["id"], holder.test_key, "in-progress")
    assert hub.post(f"/calls/{placed['id']}/cancel", {}, holder.test_key).status == 200
    call = hub.wait_call(placed["id"], holder.test_key)
    assert (call["status"], call["endReason"]) == ("canceled", "canceled")


def test_a_scheduled_call_is_placed_when_it_is_due(hub: Hub, holder: Holder) -> None:
    due = now() + timedelta(seconds=1.5)
    placed = hub.call(holder.test_key, "+15552223350", callAt=iso(due))
    assert placed["status"] == "scheduled"
    call = hub.wait_call(placed["id"], holder.test_key)
    assert call["status"] == "completed"
    assert call["startedAt"] >= (iso(due) or "")


def test_a_long_poll_answers_when_the_call_ends(hub: Hub, holder: Holder) -> None:
    placed = hub.call(holder.test_key, "+15550100002")
    assert hub.get(f"/calls/{placed['id']}?wait=25", holder.test_key).json["status"] == "busy"


def test_a_transcript_can_be_followed_while_it_is_spoken(hub: Hub, holder: Holder) -> None:
    placed = hub.call(holder.test_key, "+15552223351", instructions=ORDER)

    def partial() -> bool:
        call = hub.get(f"/calls/{placed['id']}", holder.test_key).json
        return call["status"] == "in-progress" and len(call["transcript"]) >= 2

    wait_until(partial, every=0.01)

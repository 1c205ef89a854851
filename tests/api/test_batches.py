"""POST /calls/batch and GET /calls/batch/:id."""

import json
import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from app.api.routes.calls import MAX_BATCH_BODY
from app.calls import ending
from app.calls.erasing import erase
from app.config import Settings
from app.db import execute, rows
from app.vault import Vault
from tests.api.client import Client, refusal, validate
from tests.api.test_schemas import schema

KEY = {"Idempotency-Key": "wave 7"}
HELLO = "Say hello."


def a_call(n: int, **fields: Any) -> dict[str, Any]:
    return {"phoneNumber": f"+1555123{n:04d}", "instructions": HELLO} | fields


def made(client: Client, *calls: Any, **fields: Any) -> dict[str, Any]:
    response = client.post("/calls/batch", {"calls": list(calls)} | fields)
    assert response.status_code == 201, response.get_json()
    batch: dict[str, Any] = response.get_json()
    return batch


def refusals(batch: dict[str, Any]) -> list[tuple[str, str | None] | None]:
    return [item["error"] and (item["error"]["code"], item["error"].get("field")) for item in batch["calls"]]


def end_all(batch: dict[str, Any], settings: Settings) -> None:
    for item in batch["calls"]:
        if item["call"]:
            ending.end(UUID(item["call"]["id"]), "no-answer", "no_answer", settings)


def test_a_batch_makes_calls_like_single_ones(client: Client) -> None:
    batch = made(client, a_call(0, name="Joe"), a_call(1, callAt="2027-01-01T10:00:00Z", firstMessage=None))
    assert (batch["status"], batch["endedAt"], batch["test"]) == ("open", None, True)
    assert [item["position"] for item in batch["calls"]] == [0, 1]
    for item in batch["calls"]:
        assert client.get(f"/calls/{item['call']['id']}").get_json() == item["call"]
    assert [item["call"]["status"] for item in batch["calls"]] == ["initiated", "scheduled"]
    assert client.get(f"/calls/batch/{batch['id']}").get_json() == batch


def test_a_field_that_is_wrong_refuses_its_call_alone(client: Client) -> None:
    batch = made(
        client,
        a_call(0, phoneNumber="555 1234"),
        a_call(1),
        {"phoneNumber": "+15551230002"},
        a_call(3, instructions=" "),
        a_call(4, callAt="yesterday"),
        a_call(5, callAt="0000-01-01T00:00:00Z"),
        a_call(6, callbackUrl="https://example.com/x"),
        a_call(7, nickname="Joe"),
        "+15551230008",
        None,
        a_call(1),
    )
    assert refusals(batch) == [
        ("invalid_request", "phoneNumber"),
        None,
        ("invalid_request", "instructions"),
        ("invalid_request", "instructions"),
        ("invalid_request", "callAt"),
        ("invalid_request", "callAt"),
        ("invalid_request", "callbackUrl"),
        ("invalid_request", "nickname"),
        ("invalid_request", "calls"),
        ("invalid_request", "calls"),
        ("call_active", None),
    ]


@pytest.mark.parametrize("headers", [None, KEY])
def test_a_text_that_was_cut_in_the_middle_of_a_character_refuses_its_call_alone(
    client: Client, headers: dict[str, str] | None
) -> None:
    cut = a_call(0, instructions="Say hello \ud83d")
    body = json.dumps({"calls": [cut, a_call(1, name="a\x00b"), a_call(2), "\ud83d"]}).encode()
    response = client.post("/calls/batch", data=body, content_type="application/json", headers=headers)
    wrong = "invalid_request"
    assert refusals(response.get_json()) == [(wrong, "instructions"), (wrong, "name"), None, (wrong, "calls")]


@pytest.mark.parametrize("field", ["callbackUrl", "calls"])
def test_a_text_that_was_cut_elsewhere_refuses_all(client: Client, field: str) -> None:
    response = client.post("/calls/batch", {"calls": [a_call(0)]} | {field: "a\ud83d"})
    assert refusal(response) == (400, "invalid_request", field)


def test_a_refusal_says_what_a_single_call_would_be_told(client: Client) -> None:
    wrong = a_call(0, phoneNumber="5551234567")
    [item] = made(client, wrong)["calls"]
    assert item["error"] == client.post("/calls", wrong).get_json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "calls"),
        ({"calls": []}, "calls"),
        ({"calls": None}, "calls"),
        ({"calls": {"0": a_call(0)}}, "calls"),
        ({"calls": [a_call(n) for n in range(101)]}, "calls"),
        ({"calls": [a_call(0)], "call": 1}, "call"),
        ({"calls": [a_call(0)], "callbackUrl": "ftp://example.com"}, "callbackUrl"),
        ({"calls": [a_call(0)], "callbackDeadlineSeconds": 60}, "callbackDeadlineSeconds"),
        ({"calls": [a_call(0)], "callbackUrl": "https://example.com/x", "callbackDeadlineSeconds": 0},
         "callbackDeadlineSeconds"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_batch_refuses_all(client: Client, body: dict[str, Any], field: str) -> None:
    assert refusal(client.post("/calls/batch", body)) == (400, "invalid_request", field)
    assert rows("SELECT 1 FROM call") == []


def test_a_paused_account_gets_403_as_for_a_call(client: Client, account: UUID) -> None:
    execute("UPDATE account SET paused_at = now() WHERE id = %s", (account,))
    assert refusal(client.post("/calls/batch", {"calls": [a_call(0)]})) == (403, "account_paused", None)


def test_a_hundred_calls_of_the_longest_texts_are_taken(client: Client) -> None:
    calls = [a_call(n, instructions="😀" * 5000) for n in range(100)]
    body = json.dumps({"calls": calls}, ensure_ascii=True).encode()
    assert 64 * 1024 < len(body) < MAX_BATCH_BODY
    response = client.post("/calls/batch", data=body, content_type="application/json")
    assert [item["error"] for item in response.get_json()["calls"]] == [None] * 100


@pytest.mark.parametrize(("path", "limit"), [("/calls/batch", MAX_BATCH_BODY), ("/calls", 64 * 1024)])
def test_every_route_has_its_own_bound_and_tells_it(client: Client, path: str, limit: int) -> None:
    response = client.post(path, data=b" " * (limit + 1), content_type="application/json")
    assert refusal(response) == (413, "body_too_large", None)
    assert f"{limit // 1024:,} KiB" in response.get_json()["error"]


def test_a_batch_has_ended_with_its_last_call(client: Client, settings: Settings) -> None:
    batch = made(client, a_call(0), a_call(0))
    end_all(batch, settings)
    ended = client.get(f"/calls/batch/{batch['id']}").get_json()
    assert (ended["status"], ended["calls"][0]["call"]["status"]) == ("ended", "no-answer")
    assert ended["endedAt"] >= ended["calls"][0]["call"]["endedAt"]
    assert refusals(ended) == [None, ("call_active", None)]


def test_a_batch_of_refusals_has_ended_at_once(client: Client) -> None:
    batch = made(client, a_call(0, phoneNumber="1"), callbackUrl="https://example.com/resume?token=a%2Fb")
    assert (batch["status"], batch["endedAt"] is not None) == ("ended", True)
    [event] = client.get("/events?event=batch.completed").get_json()["data"]
    assert event["batch"] == batch


def test_the_feed_tells_what_the_batch_is(client: Client, settings: Settings) -> None:
    batch = made(client, a_call(0), a_call(1))
    end_all(batch, settings)
    [event] = client.get("/events?event=batch.completed").get_json()["data"]
    validate("event.batch.completed", event)
    assert event["batch"] == client.get(f"/calls/batch/{batch['id']}").get_json()
    assert len(client.get("/events?event=call.completed").get_json()["data"]) == 2


def test_a_delivery_names_its_batch(client: Client) -> None:
    webhook = client.post("/webhooks", {"url": "https://example.com/x", "events": ["batch.completed"]}).get_json()
    batch = made(client, a_call(0, phoneNumber="1"))
    [delivery] = client.get(f"/webhooks/{webhook['id']}/deliveries").get_json()["data"]
    assert (delivery["batchId"], delivery["callId"]) == (batch["id"], None)


def test_a_long_poll_answers_when_all_have_ended(client: Client, settings: Settings) -> None:
    batch = made(client, a_call(0), a_call(1))
    answers: list[TestResponse] = []
    waiting = threading.Thread(target=lambda: answers.append(client.get(f"/calls/batch/{batch['id']}?wait=25")))
    waiting.start()
    end_all(batch, settings)
    waiting.join()
    assert answers[0].get_json()["status"] == "ended"


def test_a_long_poll_answers_the_present_state_when_time_is_up(client: Client) -> None:
    batch = made(client, a_call(0))
    assert client.get(f"/calls/batch/{batch['id']}?wait=1").get_json() == batch


def test_a_foreign_batch_reads_like_none(client: Client, foreign: Client, live: Client) -> None:
    batch = made(client, a_call(0))
    for who in (foreign, live):
        assert refusal(who.get(f"/calls/batch/{batch['id']}")) == (404, "not_found", None)
    assert refusal(client.get(f"/calls/batch/{uuid4()}")) == (404, "not_found", None)


def test_the_same_batch_again_gets_the_first_answer_and_rings_nobody(client: Client, settings: Settings) -> None:
    body = {"calls": [a_call(0), a_call(1, phoneNumber="1")]}
    first = client.post("/calls/batch", body, headers=KEY)
    end_all(first.get_json(), settings)
    again = client.post("/calls/batch", body, headers=KEY)
    assert (again.status_code, again.get_data()) == (201, first.get_data())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(rows("SELECT 1 FROM call")) == 1
    other = client.post("/calls/batch", {"calls": [a_call(2)]}, headers=KEY)
    assert refusal(other) == (409, "idempotency_conflict", None)


def test_a_field_of_a_call_that_is_null_makes_no_other_batch(client: Client) -> None:
    first = client.post("/calls/batch", {"calls": [a_call(0)]}, headers=KEY)
    again = client.post("/calls/batch", {"calls": [a_call(0, name=None)]}, headers=KEY)
    assert again.get_data() == first.get_data()


def test_an_erasure_reaches_the_stored_answer_which_stays(client: Client, settings: Settings, account: UUID) -> None:
    body = {"calls": [a_call(0), a_call(1)]}
    end_all(client.post("/calls/batch", body, headers=KEY).get_json(), settings)
    assert erase(account, "+15551230000", Vault(settings.encryption_keys)) == 1
    again = client.post("/calls/batch", body, headers=KEY)
    assert refusals(again.get_json()) == [("erased", None), None]
    assert b"+15551230000" not in again.get_data()
    assert len(rows("SELECT 1 FROM call")) == 1


def test_an_erasure_reaches_the_stored_answer_of_a_retried_delivery(
    client: Client, settings: Settings, account: UUID
) -> None:
    client.post("/webhooks", {"url": "https://example.com/x", "events": ["batch.completed"]})
    batch = made(client, a_call(0))
    end_all(batch, settings)
    [found] = rows("UPDATE delivery SET status = 'failed' RETURNING id")
    execute(
        "INSERT INTO attempt (delivery_id, number, started_at, duration_ms, answer)"
        " VALUES (%s, 1, now(), 1, 'you said: +15551230000')",
        (found["id"],),
    )
    path = f"/deliveries/{found['id']}/retry"
    assert b"you said" in client.post(path, headers=KEY).get_data()
    erase(account, "+15551230000", Vault(settings.encryption_keys))
    assert b"you said" not in client.post(path, headers=KEY).get_data()


def test_a_call_of_a_batch_is_asked_what_a_call_alone_is_asked() -> None:
    alone = {name: field for name, field in schema("call.create")["properties"].items() if "callback" not in name}
    assert schema("batch.call.create")["properties"] == alone
    assert schema("batch.call.create")["required"] == schema("call.create")["required"]

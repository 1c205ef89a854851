"""/calls: making, reading, listing and canceling."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts import profile
from app.accounts.access import issue
from app.calls import ending
from app.config import Settings
from app.db import execute
from tests.api.client import Client, refusal

PIZZA = {
    "phoneNumber": "+15551234567",
    "instructions": "Call Joe's Pizza and order a large pepperoni for pickup at 7pm.",
    "firstMessage": "Hi, I'd like to place an order for pickup please.",
}


def made(client: Client, **fields: Any) -> dict[str, Any]:
    response = client.post("/calls", PIZZA | fields)
    assert response.status_code == 201
    return dict(response.get_json())


def test_the_documents_example_places_a_call(live: Client) -> None:
    call = made(live)
    assert call["status"] == "initiated"
    assert call["direction"] == "outbound"
    assert call["toNumber"] == "+15551234567"
    assert call["fromNumber"] == "+15559876543"
    assert call["instructions"] == PIZZA["instructions"]
    assert call["test"] is False
    UUID(call["id"])


def test_a_test_key_calls_through_the_sandbox(client: Client, settings: Settings) -> None:
    call = made(client)
    assert (call["test"], call["fromNumber"]) == (True, settings.sandbox_from_number)


def test_a_call_at_a_time_is_scheduled(client: Client) -> None:
    moment = datetime.now(UTC) + timedelta(days=1)
    call = made(client, callAt=moment.isoformat(timespec="seconds"))
    assert call["status"] == "scheduled"
    assert call["callAt"] == moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_a_time_in_another_zone_is_told_in_utc(client: Client) -> None:
    day = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%d")
    assert made(client, callAt=f"{day}T14:00:00+02:00")["callAt"] == f"{day}T12:00:00.000Z"


def test_a_time_of_four_minutes_ago_means_now(client: Client) -> None:
    moment = datetime.now(UTC) - timedelta(minutes=4)
    call = made(client, callAt=moment.isoformat())
    assert (call["status"], call["callAt"]) == ("initiated", None)


@pytest.mark.parametrize("field", ["firstMessage", "callAt", "name"])
def test_an_optional_field_that_is_null_counts_as_left_out(client: Client, field: str) -> None:
    assert made(client, **{field: None})[field] is None


@pytest.mark.parametrize("field", ["firstMessage", "name"])
def test_an_optional_text_that_is_empty_counts_as_left_out(client: Client, field: str) -> None:
    assert made(client, **{field: ""})[field] is None


def test_the_longest_texts_are_taken(client: Client) -> None:
    call = made(client, instructions="é" * 5000, firstMessage="☎" * 1000)
    assert (len(call["instructions"]), len(call["firstMessage"])) == (5000, 1000)


def test_a_second_call_to_the_same_number_is_refused_and_names_the_first(client: Client) -> None:
    first = made(client)
    second = client.post("/calls", PIZZA)
    assert refusal(second) == (409, "call_active", None)
    assert second.get_json()["callId"] == first["id"]


def test_of_two_calls_to_a_number_that_arrive_at_once_one_is_placed(client: Client) -> None:
    answers: list[TestResponse] = []
    together = threading.Barrier(8)

    def post() -> None:
        together.wait()
        answers.append(client.post("/calls", PIZZA))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    placed = [answer.get_json()["id"] for answer in answers if answer.status_code == 201]
    refused = [answer.get_json() for answer in answers if answer.status_code == 409]
    assert (len(placed), len(refused)) == (1, 7)
    assert {(told["code"], told["callId"]) for told in refused} == {("call_active", placed[0])}


def test_live_and_test_calls_to_a_number_do_not_meet(client: Client, live: Client) -> None:
    assert made(client)["id"] != made(live)["id"]


def test_an_account_without_money_gets_402(live: Client, account: UUID) -> None:
    execute("UPDATE account SET balance = 0 WHERE id = %s", (account,))
    assert refusal(live.post("/calls", PIZZA)) == (402, "insufficient_balance", None)


def test_without_a_carrier_a_live_call_gets_503_and_nothing_is_set_aside(
    app_with: Callable[..., Flask], account: UUID
) -> None:
    unready = Client(app_with(), issue(account, "live")[1])
    assert refusal(unready.post("/calls", PIZZA)) == (503, "carrier_not_configured", None)
    told = unready.get("/me").get_json()
    assert (told["balance"], told["available"]) == (500, 500)


def test_a_test_call_needs_no_money(client: Client, account: UUID) -> None:
    execute("UPDATE account SET balance = 0 WHERE id = %s", (account,))
    assert made(client)["status"] == "initiated"


def test_a_paused_account_gets_403(client: Client, account: UUID) -> None:
    profile.pause(account)
    assert refusal(client.post("/calls", PIZZA)) == (403, "account_paused", None)


def test_a_reached_daily_limit_gets_429_and_says_when_to_try_again(live: Client, account: UUID) -> None:
    execute("UPDATE account SET daily_calls = 0 WHERE id = %s", (account,))
    response = live.post("/calls", PIZZA)
    assert refusal(response) == (429, "daily_calls", None)
    assert 0 < int(response.headers["Retry-After"]) <= 86401


def test_a_call_is_read_as_it_was_made(client: Client) -> None:
    call = made(client, name="Joe's Pizza")
    assert client.get(f"/calls/{call['id']}").get_json() == call


@pytest.mark.parametrize("path", ["/calls/{}", "/calls/{}?wait=1"])
def test_a_foreign_call_reads_like_none(client: Client, foreign: Client, path: str) -> None:
    theirs = foreign.get(path.format(made(client)["id"]))
    none = foreign.get(path.format(uuid4()))
    assert refusal(theirs) == refusal(none) == (404, "not_found", None)
    assert theirs.get_json() == none.get_json()


def test_a_foreign_call_cannot_be_canceled(client: Client, foreign: Client) -> None:
    assert refusal(foreign.post(f"/calls/{made(client)['id']}/cancel")) == (404, "not_found", None)


def test_a_live_key_does_not_see_test_calls(client: Client, live: Client) -> None:
    assert refusal(live.get(f"/calls/{made(client)['id']}")) == (404, "not_found", None)


def test_an_id_that_is_no_uuid_is_not_found(client: Client) -> None:
    assert refusal(client.get("/calls/d4e5f6a7-...")) == (404, "not_found", None)


def test_a_waiting_call_is_canceled_at_once(client: Client) -> None:
    call = made(client)
    canceled = client.post(f"/calls/{call['id']}/cancel").get_json()
    assert (canceled["status"], canceled["endReason"]) == ("canceled", "canceled")
    assert canceled["summary"]
    assert canceled["endedAt"]


def test_a_call_can_be_canceled_twice(client: Client) -> None:
    path = f"/calls/{made(client)['id']}/cancel"
    assert client.post(path).get_json() == client.post(path, {}).get_json()


def test_a_call_that_has_ended_cannot_be_canceled(client: Client, settings: Settings) -> None:
    call = made(client)
    ending.end(UUID(call["id"]), "no-answer", "no_answer", settings)
    assert refusal(client.post(f"/calls/{call['id']}/cancel")) == (409, "call_over", None)


def test_calls_are_listed_newest_first_page_by_page(client: Client) -> None:
    ids = [made(client, phoneNumber=f"+1555123456{n}")["id"] for n in range(5)]
    seen, cursor = [], ""
    while True:
        page = client.get(f"/calls?limit=2{cursor}").get_json()
        assert len(page["data"]) <= 2
        seen += [call["id"] for call in page["data"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == ids[::-1]


def test_lists_show_only_the_keys_own_world(client: Client, live: Client, foreign: Client) -> None:
    made(live)
    made(foreign)
    call = made(client)
    assert [found["id"] for found in client.get("/calls").get_json()["data"]] == [call["id"]]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=initiated", 2),
        ("status=completed", 0),
        ("status=no-answer,initiated,busy", 2),
        ("answeredBy=unknown", 2),
        ("answeredBy=human,voicemail", 0),
        ("direction=outbound", 2),
        ("direction=inbound", 0),
        ("toNumber=%2B15551234561", 1),
        ("createdAfter=2020-01-01T00:00:00Z", 2),
        ("createdBefore=2020-01-01T00:00:00Z", 0),
    ],
)
def test_calls_are_filtered(client: Client, query: str, count: int) -> None:
    made(client, phoneNumber="+15551234561")
    made(client, phoneNumber="+15551234562")
    assert len(client.get(f"/calls?{query}").get_json()["data"]) == count


def test_calls_of_several_statuses_come_newest_first_page_by_page(client: Client, settings: Settings) -> None:
    placed = [made(client, phoneNumber=f"+1555123456{n}")["id"] for n in range(4)]
    for call_id, outcome in zip(placed, ("busy", "no-answer", "failed"), strict=False):
        ending.end(UUID(call_id), outcome, "busy", settings)
    query = {"status": "no-answer,busy,failed", "limit": 2}
    first = client.get("/calls", query_string=query).get_json()
    second = client.get("/calls", query_string=query | {"cursor": first["nextCursor"]}).get_json()
    assert [call["id"] for call in first["data"] + second["data"]] == placed[2::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=busy,ringring", "status"),
        ("status=", "status"),
        ("status=busy,", "status"),
        ("status=busy&status=failed", "status"),
        ("answeredBy=robot", "answeredBy"),
        ("direction=outbound,inbound", "direction"),
    ],
)
def test_a_filter_that_is_none_is_named(client: Client, query: str, field: str) -> None:
    assert refusal(client.get(f"/calls?{query}")) == (400, "invalid_request", field)

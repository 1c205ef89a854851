"""/do-not-call and /erasures."""

from uuid import UUID, uuid4

import pytest

from app.calls import ending
from app.config import Settings
from app.db import rows
from tests.api.client import Client, refusal

NUMBER = "+15551234567"
CALL = {"phoneNumber": NUMBER, "instructions": "Say hello."}


def test_a_listed_number_is_not_called(client: Client) -> None:
    entry = client.post("/do-not-call", {"phoneNumber": NUMBER})
    assert (entry.status_code, entry.get_json()["source"]) == (201, "api")
    assert refusal(client.post("/calls", CALL)) == (403, "do_not_call", "phoneNumber")


def test_listing_twice_changes_nothing(client: Client) -> None:
    first, again = (client.post("/do-not-call", {"phoneNumber": NUMBER}).get_json() for _ in range(2))
    assert again == first


@pytest.mark.parametrize("written", ["+15551234567", "%2B15551234567"])
def test_a_number_that_was_taken_off_is_called_again(client: Client, written: str) -> None:
    client.post("/do-not-call", {"phoneNumber": NUMBER})
    assert client.delete(f"/do-not-call/{written}").get_json() == {"phoneNumber": NUMBER, "deleted": True}
    assert client.post("/calls", CALL).status_code == 201


@pytest.mark.parametrize("number", ["+15550000000", "15551234567", "+1555%00", "+15551234567%0A", "%F0%9F%98%80"])
def test_a_number_that_is_not_listed_is_not_found(client: Client, number: str) -> None:
    client.post("/do-not-call", {"phoneNumber": NUMBER})
    assert refusal(client.delete(f"/do-not-call/{number}")) == (404, "not_found", None)


def test_the_list_comes_in_pages_and_shows_the_keys_own_world(client: Client, live: Client, foreign: Client) -> None:
    numbers = [f"+1555123456{n}" for n in range(3)]
    for number in reversed(numbers):
        client.post("/do-not-call", {"phoneNumber": number})
    live.post("/do-not-call", {"phoneNumber": "+15550000001"})
    foreign.post("/do-not-call", {"phoneNumber": "+15550000002"})
    first = client.get("/do-not-call?limit=2").get_json()
    second = client.get("/do-not-call", query_string={"limit": 2, "cursor": first["nextCursor"]}).get_json()
    assert [entry["phoneNumber"] for entry in first["data"] + second["data"]] == numbers
    assert second["nextCursor"] is None


def test_a_foreign_entry_cannot_be_removed(client: Client, foreign: Client) -> None:
    client.post("/do-not-call", {"phoneNumber": NUMBER})
    assert refusal(foreign.delete(f"/do-not-call/{NUMBER}")) == (404, "not_found", None)


def test_erasure_forgets_calls_turns_and_events(client: Client, settings: Settings) -> None:
    call = client.post("/calls", CALL).get_json()
    ending.end(UUID(call["id"]), "no-answer", "no_answer", settings)
    assert client.post("/erasures", {"phoneNumber": NUMBER}).get_json() == {"erasedCalls": 1}
    assert refusal(client.get(f"/calls/{call['id']}")) == (404, "not_found", None)
    assert rows("SELECT 1 FROM call UNION ALL SELECT 1 FROM event UNION ALL SELECT 1 FROM call_event") == []


def test_erasure_waits_for_calls_under_way(client: Client) -> None:
    client.post("/calls", CALL)
    assert refusal(client.post("/erasures", {"phoneNumber": NUMBER})) == (409, "call_active", None)


def test_erasure_leaves_other_worlds_alone(client: Client, live: Client, foreign: Client) -> None:
    for who in (live, foreign):
        who.post("/calls", CALL)
    assert client.post("/erasures", {"phoneNumber": NUMBER}).get_json() == {"erasedCalls": 0}
    assert len(rows("SELECT 1 FROM call")) == 2


def test_erasing_the_unknown_erases_nothing(client: Client) -> None:
    assert client.post("/erasures", {"phoneNumber": "+15550000000"}).get_json() == {"erasedCalls": 0}
    assert refusal(client.get(f"/calls/{uuid4()}")) == (404, "not_found", None)


def test_erasure_forgets_the_stored_answer_that_listed_the_number(client: Client) -> None:
    key = {"Idempotency-Key": "list-1"}
    client.post("/do-not-call", {"phoneNumber": NUMBER}, headers=key)
    client.post("/erasures", {"phoneNumber": NUMBER})
    assert rows("SELECT 1 FROM idempotency_key") == []


def test_a_number_with_a_line_break_is_none(client: Client) -> None:
    response = client.post("/erasures", {"phoneNumber": f"{NUMBER}\n"})
    assert refusal(response) == (400, "invalid_request", "phoneNumber")

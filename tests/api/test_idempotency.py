"""Idempotency-Key on every POST."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.api.application import PREFIX
from app.calls import ending, erasing
from app.config import Settings
from app.db import execute, rows
from app.vault import Vault
from tests.api.client import Client, refusal
from tests.api.conftest import NewClient

CALL = {"phoneNumber": "+15551234567", "instructions": "Say hello."}
KEY = {"Idempotency-Key": "order 4711"}


def at_once(count: int, do: Callable[[], TestResponse]) -> list[TestResponse]:
    answers: list[TestResponse] = []
    together = threading.Barrier(count)

    def run() -> None:
        together.wait()
        answers.append(do())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_same_request_again_gets_the_first_answer(client: Client) -> None:
    first, again = (client.post("/calls", CALL, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_data() == first.get_data()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


def test_the_answer_stays_though_the_call_goes_on(client: Client, settings: Settings) -> None:
    first = client.post("/calls", CALL, headers=KEY).get_json()
    ending.end(UUID(first["id"]), "no-answer", "no_answer", settings)
    assert client.post("/calls", CALL, headers=KEY).get_json() == first


def test_order_and_space_in_the_body_make_no_difference(client: Client) -> None:
    first = client.post("/calls", CALL, headers=KEY)
    body = b'{ "instructions": "Say h\\u0065llo.",\n "phoneNumber": "+15551234567" }'
    again = client.post("/calls", data=body, content_type="application/json", headers=KEY)
    assert again.get_data() == first.get_data()


def test_an_optional_field_that_is_null_counts_as_left_out(client: Client) -> None:
    first = client.post("/calls", CALL, headers=KEY)
    assert client.post("/calls", CALL | {"name": None}, headers=KEY).get_data() == first.get_data()


@pytest.mark.parametrize("body", [CALL | {"instructions": "Say goodbye."}, CALL | {"name": "Joe"}, {"nonsense": 1}, {}])
def test_another_body_conflicts_before_it_is_validated(client: Client, body: dict[str, Any]) -> None:
    client.post("/calls", CALL, headers=KEY)
    assert refusal(client.post("/calls", body, headers=KEY)) == (409, "idempotency_conflict", None)


def test_another_address_conflicts(client: Client) -> None:
    client.post("/do-not-call", {"phoneNumber": "+15551234567"}, headers=KEY)
    answer = client.post("/erasures", {"phoneNumber": "+15551234567"}, headers=KEY)
    assert refusal(answer) == (409, "idempotency_conflict", None)


def test_a_body_that_is_no_json_is_told_so_first(client: Client) -> None:
    client.post("/calls", CALL, headers=KEY)
    answer = client.post("/calls", data=b"{", content_type="application/json", headers=KEY)
    assert refusal(answer) == (400, "invalid_request", None)


def test_a_refused_request_leaves_the_key_free(client: Client) -> None:
    refused = client.post("/calls", CALL | {"instructions": ""}, headers=KEY)
    assert refused.status_code == 400
    assert client.post("/calls", CALL, headers=KEY).status_code == 201


def test_a_conflict_leaves_the_key_free(client: Client, settings: Settings) -> None:
    first = client.post("/calls", CALL).get_json()
    assert refusal(client.post("/calls", CALL, headers=KEY))[1] == "call_active"
    ending.end(UUID(first["id"]), "no-answer", "no_answer", settings)
    assert client.post("/calls", CALL, headers=KEY).status_code == 201


def test_keys_of_accounts_and_modes_do_not_meet(client: Client, live: Client, foreign: Client) -> None:
    ids = {who.post("/calls", CALL, headers=KEY).get_json()["id"] for who in (client, live, foreign)}
    assert len(ids) == 3


def test_two_keys_of_one_account_share(client: Client, account: UUID, client_of: NewClient) -> None:
    first = client.post("/calls", CALL, headers=KEY)
    assert client_of(account, "test").post("/calls", CALL, headers=KEY).get_data() == first.get_data()


def test_after_seven_days_the_key_is_new(client: Client, settings: Settings) -> None:
    first = client.post("/calls", CALL, headers=KEY).get_json()
    ending.end(UUID(first["id"]), "no-answer", "no_answer", settings)
    execute("UPDATE idempotency_key SET created_at = now() - interval '7 days 1 second'")
    second = client.post("/calls", CALL, headers=KEY).get_json()
    assert second["id"] != first["id"]
    assert client.post("/calls", CALL, headers=KEY).get_json() == second


def test_twins_at_once_make_one_call(client: Client) -> None:
    answers = at_once(8, lambda: client.post("/calls", CALL, headers=KEY))
    told = [refusal(answer)[:2] for answer in answers if answer.status_code != 201]
    made = {answer.get_json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert set(told) <= {(409, "idempotency_in_progress")}
    assert len(rows("SELECT 1 FROM call")) == 1


@pytest.fixture
def held_table(settings: Settings) -> Iterator[psycopg.Connection]:
    """Somebody holds the webhooks' table, so that a webhook cannot be made until they let go."""
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("LOCK TABLE webhook IN ACCESS EXCLUSIVE MODE")
        yield connection


def test_a_twin_of_a_request_under_way_is_told_so(client: Client, held_table: psycopg.Connection) -> None:
    body, answers = {"url": "https://example.com/mio"}, []
    first = threading.Thread(target=lambda: answers.append(client.post("/webhooks", body, headers=KEY)))
    first.start()
    while not held_table.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
        pass
    assert refusal(client.post("/webhooks", body, headers=KEY)) == (409, "idempotency_in_progress", None)
    held_table.rollback()
    first.join()
    assert answers[0].status_code == 201


def test_a_secret_is_given_again_and_is_not_readable_at_rest(client: Client) -> None:
    body = {"url": "https://example.com/mio"}
    first, again = (client.post("/webhooks", body, headers=KEY).get_json() for _ in range(2))
    assert again["secret"] == first["secret"]
    assert len(rows("SELECT 1 FROM webhook")) == 1
    stored = bytes(rows("SELECT answer FROM idempotency_key")[0]["answer"])
    assert b"whsec_" not in stored
    assert b"example.com" not in stored


def test_erasure_takes_the_stored_answers_of_calls(client: Client, account: UUID, settings: Settings) -> None:
    call = client.post("/calls", CALL, headers=KEY).get_json()
    client.post(f"/calls/{call['id']}/cancel", headers={"Idempotency-Key": "cancel"})
    assert erasing.erase(account, CALL["phoneNumber"], Vault(settings.encryption_keys)) == 1
    assert rows("SELECT key FROM idempotency_key") == []


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "schlüssel"])
def test_an_unusable_key_is_refused(client: Client, key: str) -> None:
    answer = client.post("/calls", CALL, headers={"Idempotency-Key": key})
    assert refusal(answer) == (400, "invalid_request", "Idempotency-Key")


def test_every_post_honours_the_header(app: Flask, client: Client) -> None:
    paths = [rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    paths = [path for path in paths if path.startswith(PREFIX)]
    assert len(paths) >= 6
    for path in paths:
        address = re.sub("<uuid:[a-z_]+>", "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827", path.removeprefix(PREFIX))
        answer = client.post(address, {}, headers={"Idempotency-Key": "x" * 256})
        assert refusal(answer) == (400, "invalid_request", "Idempotency-Key"), path


def test_without_the_header_nothing_is_stored(client: Client) -> None:
    client.post("/calls", CALL)
    assert rows("SELECT key FROM idempotency_key") == []

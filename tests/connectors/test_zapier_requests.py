"""What the Zapier app asks of the hub: of connections, finding, and requests."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.times import iso, now
from tests.connectors import zapier
from tests.connectors.between import Answers, Between
from tests.connectors.contract import (
    NO_ANSWER,
    Connection,
    a_number,
    a_step,
    calls_of,
    refusal,
    resume_url,
    speak,
)
from tests.connectors.zapier import Zapier
from tests.hub import Holder, Hub
from tests.receiving import Receiver

BASE_URLS_TO_REFUSE = [
    "http://hub.example.com",
    "http://127.0.0.1.example.com",
    "ftp://hub.example.com",
    "hub.example.com",
    "https://api.mio.gg@hub.example.com",
    "https://hub.example.com/?to=",
    "https://hub.example.com/#there",
]


@pytest.fixture(scope="session")
def connector() -> Iterator[Zapier]:
    with zapier.running() as running:
        yield running


class TestConnections:
    @pytest.mark.parametrize("end", ["", "/", "/api/v1", "/api/v1/"])
    def test_the_base_url_may_be_typed_with_or_without_its_end(
        self, connector: Zapier, connection: Connection, end: str
    ) -> None:
        assert connector.connect(Connection(connection.url + end, connection.key))

    @pytest.mark.parametrize("url", BASE_URLS_TO_REFUSE)
    def test_a_base_url_at_which_the_key_could_be_read_is_refused(self, connector: Zapier, url: str) -> None:
        assert "base URL" in refusal(lambda: connector.connect(Connection(url, "sk_test_1"))).message

    def test_a_key_with_a_sign_that_no_key_has_is_refused_and_not_told(
        self, connector: Zapier, connection: Connection
    ) -> None:
        refused = refusal(lambda: connector.connect(Connection(connection.url, f"{connection.key}\u200b")))
        assert refused.message.startswith("API Key")
        assert connection.key not in refused.message

    def test_a_key_may_be_typed_with_spaces_around_it(self, connector: Zapier, connection: Connection) -> None:
        assert connector.connect(Connection(connection.url, f" {connection.key} "))

    def test_the_label_tells_test_from_live_and_has_no_key(
        self, connector: Zapier, connection: Connection, live: Connection
    ) -> None:
        assert connector.connect(connection) == "Jane (test calls, 127.0.0.1)"
        assert connector.connect(live) == "Jane (live calls, 127.0.0.1)"


class TestFinding:
    @pytest.mark.parametrize(
        "inputs",
        [
            {"callId": "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827"},
            {"callId": "no id at all"},
            {"toNumber": "+15559999999"},
            {"status": ["busy"]},
        ],
    )
    def test_what_is_not_there_is_an_empty_list(
        self, connector: Zapier, connection: Connection, inputs: dict[str, Any]
    ) -> None:
        assert connector.do("act", connection, action="listCalls", inputs=inputs) == []

    def test_a_search_for_nothing_finds_nobodys_call(self, connector: Zapier, connection: Connection, hub: Hub) -> None:
        hub.call(connection.key, a_number())
        inputs = {"callId": "", "toNumber": "", "status": []}
        assert refusal(lambda: connector.act(connection, "listCalls", inputs, a_step())).kind == "input"

    def test_what_is_no_hub_does_not_say_that_there_is_no_call(
        self, connector: Zapier, connection: Connection, hub: Hub
    ) -> None:
        page = Answers(404, {"Content-Type": "text/html"}, b"<html>")
        inputs = {"callId": "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827"}
        with Between(hub.url, lambda _: page) as between:
            through = Connection(between.url, connection.key)
            assert "base URL" in refusal(lambda: connector.act(through, "listCalls", inputs, a_step())).message

    def test_calls_are_found_by_number_status_and_time(
        self, connector: Zapier, connection: Connection, hub: Hub
    ) -> None:
        began = iso(now())
        ended = hub.wait_call(hub.call(connection.key, NO_ANSWER)["id"], connection.key)
        inputs = {"toNumber": NO_ANSWER, "status": ["no-answer", "busy"], "createdAfter": began}
        assert connector.act(connection, "listCalls", inputs, a_step()) == [ended]

    def test_a_call_is_started_only_when_none_is_found(
        self, connector: Zapier, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        number = a_number()
        for _ in range(2):
            found = connector.act(connection, "listCalls", {"toNumber": number}, a_step())
            started = found or [connector.act(connection, "startCall", speak(number), a_step())]
            hub.wait_call(started[0]["id"], connection.key)
        assert len(calls_of(hub, holder)) == 1

    def test_the_dropdown_tells_calls_apart(self, connector: Zapier, connection: Connection, hub: Hub) -> None:
        call = hub.wait_call(hub.call(connection.key, NO_ANSWER, name="Joe's Pizza")["id"], connection.key)
        created = call["createdAt"][:16].replace("T", " ")
        label = f"Joe's Pizza, {NO_ANSWER}, no-answer, {created} UTC"
        assert connector.choices(connection) == [{"id": call["id"], "label": label}]


class TestRequests:
    def test_subscribing_starting_and_listing_take_one_request_each(
        self, connector: Zapier, through: Connection, between: Between, receiver: Receiver
    ) -> None:
        connector.subscribe(through, "callCompleted", receiver.url, {})
        connector.act(through, "startCall", speak(a_number()), a_step())
        connector.begin(through, speak(a_number()), a_step(), resume_url(receiver))
        connector.listed(through, "callCompleted")
        assert between.requests == [
            "POST /api/v1/webhooks",
            "POST /api/v1/calls",
            "POST /api/v1/calls",
            "GET /api/v1/calls",
        ]

    def test_a_request_of_ones_own_is_sent_with_the_key(self, connector: Zapier, connection: Connection) -> None:
        inputs = {"method": "POST", "path": "/do-not-call", "body": '{"phoneNumber": "+15552000009"}'}
        made = connector.act(connection, "apiRequest", inputs, a_step())
        assert (made["status"], made["answer"]["phoneNumber"]) == (201, "+15552000009")

    @pytest.mark.parametrize("path", ["webhooks", "/../../secret", "/%2e%2e/%2e%2e/secret", "https://e.com"])
    def test_a_request_of_ones_own_stays_within_the_api(
        self, connector: Zapier, connection: Connection, path: str
    ) -> None:
        inputs = {"method": "GET", "path": path}
        assert refusal(lambda: connector.act(connection, "apiRequest", inputs, a_step())).message.startswith("Path")

    def test_a_request_that_asks_has_no_body(self, connector: Zapier, connection: Connection) -> None:
        inputs = {"method": "GET", "path": "/calls", "body": "{}"}
        assert "body" in refusal(lambda: connector.act(connection, "apiRequest", inputs, a_step())).message.lower()

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"phoneNumber": ["+15552000001", "+15552000002"]}, "Phone Number must be one value."),
            ({"instructions": ["Ask for the hours.", "Ask for the prices."]}, "Instructions must be one value."),
            ({"instructions": {"text": "Ask."}}, "Instructions must be text."),
            ({"phoneNumber": 15552000001}, "Phone Number must be a phone number"),
            ({"phoneNumber": None}, "Phone Number is required."),
        ],
    )
    def test_what_an_earlier_step_gave_in_another_form_is_told_by_its_field(
        self, connector: Zapier, connection: Connection, hub: Hub, holder: Holder, given: dict[str, Any], told: str
    ) -> None:
        refused = refusal(lambda: connector.act(connection, "startCall", speak(a_number()) | given, a_step()))
        assert refused.message.startswith(told)
        assert calls_of(hub, holder) == []

    def test_curly_brackets_in_what_a_person_writes_reach_the_hub(
        self, connector: Zapier, connection: Connection
    ) -> None:
        inputs = speak(a_number()) | {"instructions": "Say {{bundle.inputData.name}} and {{{process.env}}}."}
        assert connector.act(connection, "startCall", inputs, a_step())["instructions"] == inputs["instructions"]

    def test_a_text_is_as_long_as_its_signs_are_many(self, connector: Zapier, connection: Connection) -> None:
        inputs = speak(a_number(), firstMessage="📞" * 1000)
        assert connector.act(connection, "startCall", inputs, a_step())["id"]

    def test_what_is_left_empty_is_not_sent(self, connector: Zapier, through: Connection, between: Between) -> None:
        connector.act(through, "startCall", speak(a_number(), firstMessage="", name=None), a_step())
        assert set(json.loads(between.passed[0].body)) == {"phoneNumber", "instructions"}

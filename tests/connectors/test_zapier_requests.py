"""What the Zapier app asks of the hub, and what it makes of the answers."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.times import iso, now
from tests.connectors import zapier
from tests.connectors.between import Answers, Between, Fault, Holds, Loses, Passed
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
from tests.connectors.runtime import Refused
from tests.connectors.zapier import Zapier
from tests.hub import Holder, Hub
from tests.receiving import Receiver


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

    @pytest.mark.parametrize("url", ["http://hub.example.com", "ftp://hub.example.com", "hub.example.com"])
    def test_a_base_url_at_which_the_key_could_be_read_is_refused(self, connector: Zapier, url: str) -> None:
        assert "base URL" in refusal(lambda: connector.connect(Connection(url, "sk_test_1"))).message

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
        self, connector: Zapier, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        with Between(hub.url) as between:
            through = Connection(between.url, connection.key)
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

    def test_curly_brackets_in_what_a_person_writes_reach_the_hub(
        self, connector: Zapier, connection: Connection
    ) -> None:
        inputs = speak(a_number()) | {"instructions": "Say {{bundle.inputData.name}} and {{{process.env}}}."}
        assert connector.act(connection, "startCall", inputs, a_step())["instructions"] == inputs["instructions"]

    def test_what_is_left_empty_is_not_sent(self, connector: Zapier, connection: Connection, hub: Hub) -> None:
        inputs = speak(a_number(), firstMessage="", name=None)
        with Between(hub.url) as between:
            connector.act(Connection(between.url, connection.key), "startCall", inputs, a_step())
        assert set(json.loads(between.passed[0].body)) == {"phoneNumber", "instructions"}


class TestAnswers:
    """Every answer becomes the class of error with which Zapier does the right thing."""

    @pytest.mark.parametrize(
        ("status", "code", "kind"),
        [
            (400, "invalid_request", "input"),
            (401, "unauthenticated", "auth"),
            (402, "insufficient_balance", "input"),
            (403, "do_not_call", "halted"),
            (403, "terms_not_accepted", "input"),
            (404, "not_found", "input"),
            (409, "call_active", "halted"),
            (409, "idempotency_conflict", "halted"),
            (429, "limit_reached", "retry"),
            (503, "unavailable", "retry"),
        ],
    )
    def test_an_error_is_told_in_the_hubs_own_words(
        self, connector: Zapier, connection: Connection, hub: Hub, status: int, code: str, kind: str
    ) -> None:
        refused = starting(connector, connection, hub, lambda _: error(status, code))
        assert (refused.kind, refused.message) == (kind, "As the hub says it.")

    @pytest.mark.parametrize("status", [429, 503])
    def test_zapier_waits_as_long_as_the_hub_says(
        self, connector: Zapier, connection: Connection, hub: Hub, status: int
    ) -> None:
        refused = starting(connector, connection, hub, lambda _: error(status, "limit_reached", retry_after="17"))
        assert refused.retry_after == 17

    @pytest.mark.parametrize("status", [200, 404])
    def test_what_is_not_the_hub_is_told_as_such(
        self, connector: Zapier, connection: Connection, hub: Hub, status: int
    ) -> None:
        page = Answers(status, {"Content-Type": "text/html"}, b"<html>")
        refused = starting(connector, connection, hub, lambda _: page)
        assert (refused.kind, "base URL" in refused.message) == ("input", True)

    def test_the_key_does_not_follow_a_redirect(self, connector: Zapier, connection: Connection, hub: Hub) -> None:
        with Between(hub.url) as elsewhere:
            refused = starting(
                connector, connection, hub, lambda _: Answers(307, {"Location": f"{elsewhere.url}/api/v1/calls"})
            )
        assert (refused.kind, elsewhere.passed) == ("input", [])

    def test_the_key_is_never_in_an_error(self, connector: Zapier, connection: Connection, hub: Hub) -> None:
        for status in (400, 401, 429, 500):
            assert connection.key not in starting(connector, connection, hub, lambda _, it=status: Answers(it)).message


class TestDoubt:
    """A request whose answer never came may have been carried out."""

    def test_a_lost_answer_is_asked_for_again_under_the_same_key(
        self, connector: Zapier, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        with Between(hub.url, first(Loses())) as between:
            call = connector.act(Connection(between.url, connection.key), "startCall", keyless(), a_step())
        assert [str(row["id"]) for row in calls_of(hub, holder)] == [call["id"]]

    @pytest.mark.parametrize("second", [Loses(before=True), Answers(502), Answers(503), Answers(429)])
    def test_a_start_that_may_have_been_carried_out_is_not_tried_again(
        self, connector: Zapier, connection: Connection, hub: Hub, second: Fault
    ) -> None:
        faults = [Loses(), second]
        refused = starting(connector, connection, hub, lambda _: faults.pop(0))
        assert refused.kind == "halted"
        assert "not known" in refused.message

    def test_with_a_deduplication_key_it_is_tried_again(
        self, connector: Zapier, connection: Connection, hub: Hub
    ) -> None:
        with Between(hub.url, lambda _: Loses()) as between:
            through = Connection(between.url, connection.key)
            refused = refusal(lambda: connector.act(through, "startCall", speak(a_number()), a_step()))
        assert refused.kind == "retry"

    def test_a_twin_under_way_is_waited_for_under_the_same_key(
        self, connector: Zapier, connection: Connection, hub: Hub
    ) -> None:
        with Between(hub.url, first(error(409, "idempotency_in_progress"))) as between:
            assert connector.act(Connection(between.url, connection.key), "startCall", keyless(), a_step())["id"]
        assert len({passed.headers["idempotency-key"] for passed in between.passed}) == 1

    @pytest.mark.timeout(90)
    def test_a_hub_that_holds_a_request_is_given_up_before_zapier_does(
        self, connector: Zapier, connection: Connection, hub: Hub
    ) -> None:
        began = now()
        refused = starting(connector, connection, hub, lambda _: Holds(60))
        assert refused.kind == "halted"
        assert (now() - began).total_seconds() < 25

    def test_a_lost_answer_to_a_question_is_asked_later(
        self, connector: Zapier, connection: Connection, hub: Hub
    ) -> None:
        with Between(hub.url, lambda _: Answers(502)) as between:
            through = Connection(between.url, connection.key)
            assert refusal(lambda: connector.listed(through, "callCompleted")).kind == "retry"

    def test_a_lost_answer_to_subscribing_makes_no_second_webhook(
        self, connector: Zapier, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        with Between(hub.url, first(Loses())) as between:
            made = connector.subscribe(Connection(between.url, connection.key), "callCompleted", receiver.url, {})
        assert [webhook["id"] for webhook in hub.get("/webhooks", connection.key).json["data"]] == [made["id"]]


def starting(connector: Zapier, connection: Connection, hub: Hub, fault: Any) -> Refused:
    """What a start without a deduplication key comes to."""
    with Between(hub.url, fault) as between:
        through = Connection(between.url, connection.key)
        return refusal(lambda: connector.act(through, "startCall", keyless(), a_step()))


def keyless() -> dict[str, Any]:
    return speak(a_number(), idempotencyKey="")


def first(fault: Fault) -> Callable[[Passed], Fault]:
    """The fault for the first request, none for those after it."""
    faults = [fault]
    return lambda _: faults.pop() if faults else None


def error(status: int, code: str, retry_after: str = "5") -> Answers:
    body = json.dumps({"error": "As the hub says it.", "code": code}).encode()
    return Answers(status, {"Content-Type": "application/json", "Retry-After": retry_after}, body)

"""What the Zapier app makes of answers, and of requests that got none."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.times import now
from tests.connectors import zapier
from tests.connectors.between import Answers, Between, Fault, Holds, Loses, Passed
from tests.connectors.contract import Connection, a_number, a_step, calls_of, refusal, speak
from tests.connectors.runtime import Refused
from tests.connectors.zapier import Zapier
from tests.hub import Holder, Hub
from tests.receiving import Receiver


@pytest.fixture(scope="session")
def connector() -> Iterator[Zapier]:
    with zapier.running() as running:
        yield running


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

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'"ok"', b'{"id": 1}'])
    def test_what_is_no_call_is_no_start(
        self, connector: Zapier, connection: Connection, hub: Hub, receiver: Receiver, body: bytes
    ) -> None:
        json_of_another = Answers(200, {"Content-Type": "application/json"}, body)
        with Between(hub.url, lambda _: json_of_another) as between:
            through = Connection(between.url, connection.key)
            for refused in (
                refusal(lambda: connector.act(through, "startCall", keyless(), a_step())),
                refusal(lambda: connector.begin(through, speak(a_number()), a_step(), receiver.url)),
                refusal(lambda: connector.listed(through, "callCompleted")),
                refusal(lambda: connector.connect(through)),
            ):
                assert "base URL" in refused.message

    def test_an_error_of_another_api_is_told_as_such(self, connector: Zapier, connection: Connection, hub: Hub) -> None:
        page = Answers(404, {"Content-Type": "application/json"}, b'{"error": {"message": "no such route"}}')
        assert "base URL" in starting(connector, connection, hub, lambda _: page).message

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

    @pytest.mark.parametrize(("method", "kind"), [("POST", "halted"), ("PUT", "retry"), ("DELETE", "retry")])
    def test_a_request_of_ones_own_is_tried_again_where_that_is_harmless(
        self, connector: Zapier, connection: Connection, hub: Hub, method: str, kind: str
    ) -> None:
        with Between(hub.url, lambda _: Loses(before=True)) as between:
            through = Connection(between.url, connection.key)
            inputs = {"method": method, "path": "/do-not-call"}
            assert refusal(lambda: connector.act(through, "apiRequest", inputs, a_step())).kind == kind

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

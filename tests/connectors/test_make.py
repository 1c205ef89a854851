"""Make's custom app keeps the contract of connectors, as far as Make's documentation tells how Make runs it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import pytest

from app.dev.processes import Threads
from app.times import iso, now
from tests.connectors.between import Answers, Between
from tests.connectors.contract import (
    NEVER_ENDS_BY_ITSELF,
    NO_ANSWER,
    VOICEMAIL,
    Connection,
    Starts,
    Triggers,
    WaitsByPolling,
    a_number,
    a_step,
    calls_of,
    refusal,
    revoke,
    shape,
    speak,
)
from tests.connectors.make.connector import Make
from tests.connectors.make.errors import MakeError
from tests.hub import Holder, Hub
from tests.receiving import Receiver

LONG_POLLS: Final = Threads().api // 2  # that may wait at once


@pytest.fixture
def connector() -> Make:
    return Make()


@contextmanager
def waiting_crowd(hub: Hub) -> Iterator[None]:
    """While the block lasts, others wait for a call in every place that the hub has for those who wait."""
    key = hub.account().test_key
    call = hub.call(key, NEVER_ENDS_BY_ITSELF)
    with ThreadPoolExecutor(LONG_POLLS) as crowd:
        for _ in range(LONG_POLLS):
            crowd.submit(hub.get, f"/calls/{call['id']}?wait=25", key)
        time.sleep(0.3)
        yield


class TestMake(Starts, WaitsByPolling, Triggers):
    def test_samples_have_the_keys_and_nesting_of_the_event(  # type: ignore[override]
        self, connector: Make, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.call(connection.key, a_number(), name="Joe's Pizza", firstMessage="Hi there.")
        items = connector.receive(connection, "callCompleted", subscription, receiver.next())
        samples = connector.listed(connection, "callCompleted")
        assert [shape(item) for item in items] == [shape(sample) for sample in samples]

    def test_a_trigger_whose_key_was_revoked_says_so(  # type: ignore[override]
        self, connector: Make, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.call(connection.key, a_number())
        received = receiver.next()
        revoke(hub, holder)
        give = lambda: connector.receive(connection, "callCompleted", subscription, received)  # noqa: E731
        assert refusal(give).kind == "auth"

    @pytest.mark.parametrize(
        ("trigger", "number", "statuses"),
        [
            ("callStarted", None, {"in-progress", "completed"}),  # as it is when it is read
            ("voicemailLeft", VOICEMAIL, {"completed"}),
            ("callUnanswered", NO_ANSWER, {"no-answer"}),
        ],
    )
    def test_the_other_triggers_hear_of_what_they_are_for(  # type: ignore[override]
        self,
        connector: Make,
        connection: Connection,
        hub: Hub,
        receiver: Receiver,
        trigger: str,
        number: str | None,
        statuses: set[str],
    ) -> None:
        subscription = connector.subscribe(connection, trigger, receiver.url, {})
        call = hub.call(connection.key, number or a_number())
        (item,) = connector.receive(connection, trigger, subscription, receiver.next())
        assert item["id"] == call["id"]
        assert item["status"] in statuses


class TestConnecting:
    @pytest.mark.parametrize("end", ["", "/", "/api/v1", "/api/v1/"])
    def test_an_address_may_be_written_in_several_ways(self, connector: Make, connection: Connection, end: str) -> None:
        assert connector.connect(Connection(connection.url + end, connection.key)) == "Jane (test)"

    @pytest.mark.parametrize(
        "url",
        ["http://api.mio.gg", "https://me@evil.example", "api.mio.gg", "http://localhost.evil.example", "https://"],
    )
    def test_what_is_no_safe_address_is_refused(self, connector: Make, connection: Connection, url: str) -> None:
        refused = refusal(lambda: connector.connect(Connection(url, connection.key)))
        assert (refused.kind, refused.field) == ("input", "url")

    def test_what_is_no_hub_is_told_as_such(self, connector: Make, connection: Connection, hub: Hub) -> None:
        refused = refusal(lambda: connector.connect(Connection(f"{hub.url}/elsewhere", connection.key)))
        assert refused.kind == "input"
        assert "does not answer like Mio Hub" in refused.message


class TestStarting:
    def test_a_run_without_a_key_has_one_of_its_own(self, connector: Make, connection: Connection, hub: Hub) -> None:
        started = [connector.run(connection, "startCall", speak(a_number())).log[0] for _ in range(2)]
        keys = [entry["request"]["headers"]["idempotency-key"] for entry in started]
        assert [len(key) for key in keys] == [64, 64]
        assert keys[0] != keys[1]

    def test_a_second_run_without_a_key_is_told_of_the_active_call(
        self, connector: Make, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        connector.run(connection, "startCall", speak(NEVER_ENDS_BY_ITSELF))
        refused = refusal(lambda: connector.run(connection, "startCall", speak(NEVER_ENDS_BY_ITSELF)))
        assert "active" in refused.message
        assert len(calls_of(hub, holder)) == 1

    def test_a_key_used_for_another_call_is_refused(self, connector: Make, connection: Connection) -> None:
        step = a_step()
        connector.act(connection, "startCall", speak(a_number()), step)
        refused = refusal(lambda: connector.act(connection, "startCall", speak(a_number()), step))
        assert refused.kind == "input"

    def test_several_calls_start_with_one_request_each_on_its_own(
        self, connector: Make, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        forbidden = a_number()
        hub.post("/do-not-call", {"phoneNumber": forbidden}, connection.key)
        later = now() + timedelta(days=1)
        calls = [speak(a_number(), callAt=later, name=None), speak(forbidden)]
        given = [connector.run(connection, "bulkStartCalls", {"calls": calls, "idempotencyKey": "x"}) for _ in range(2)]
        items = given[0].bundles[0]["calls"]
        assert (items[0]["call"]["callAt"], items[1]["error"]["code"]) == (iso(later), "do_not_call")
        assert given[1].bundles == given[0].bundles
        assert (given[0].requests, len(calls_of(hub, holder))) == (1, 1)


class TestWaiting:
    def test_the_call_is_started_once_however_often_it_is_asked_for(
        self, connector: Make, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        with waiting_crowd(hub):  # so that the hub answers at once
            outcome = connector.run(connection, "startCallAndWait", speak(NEVER_ENDS_BY_ITSELF, longestWait=1))
        methods = [entry["request"]["method"] for entry in outcome.log]
        assert methods == ["POST"] + ["GET"] * (len(methods) - 1)
        assert len(methods) >= 4
        assert outcome.bundles[0]["timedOut"] is True
        assert len(calls_of(hub, holder)) == 1

    @pytest.mark.parametrize("seconds", [0, 271])
    def test_make_cannot_wait_longer_than_it_lets_a_module_run(
        self, connector: Make, connection: Connection, seconds: int
    ) -> None:
        inputs = speak() | {"longestWait": seconds}
        assert refusal(lambda: connector.run(connection, "startCallAndWait", inputs)).field == "longestWait"


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "code", "type_"),
        [
            (400, "invalid_request", "DataError"),
            (401, "unauthenticated", "InvalidAccessTokenError"),
            (402, "insufficient_balance", "DataError"),
            (403, "do_not_call", "DataError"),
            (409, "call_active", "DuplicateDataError"),
            (409, "idempotency_in_progress", "RateLimitError"),
            (409, "idempotency_conflict", "DataError"),
            (429, "rate_limited", "RateLimitError"),
            (500, "internal", "RuntimeError"),
            (502, None, "RuntimeError"),
            (503, "unavailable", "ConnectionError"),
        ],
    )
    def test_an_answer_has_the_type_by_which_make_knows_what_to_do(
        self, connector: Make, connection: Connection, hub: Hub, status: int, code: str | None, type_: str
    ) -> None:
        body = b"<html>Bad gateway</html>" if code is None else b'{"error": "No.", "code": "%s"}' % code.encode()
        with Between(hub.url, lambda _: Answers(status, {}, body)) as between:
            there = Connection(between.url, connection.key)
            with pytest.raises(MakeError) as refused:
                connector.run(there, "startCall", speak())
        assert refused.value.type == type_
        assert ("No." in refused.value.message) is (code is not None)


class TestStrangers:
    """Something else answers in the hub's place, with success."""

    @pytest.mark.parametrize("body", [b"<html>Welcome!</html>", b"", b"{}", b"null"])
    @pytest.mark.parametrize(
        ("module", "inputs"),
        [
            ("startCall", speak()),
            ("startCallAndWait", speak()),
            ("scheduleCall", speak(callAt=iso(now()))),
            ("bulkStartCalls", {"calls": [speak()]}),
            ("getCall", {"callId": "x"}),
            ("cancelCall", {"callId": "x"}),
        ],
    )
    def test_what_is_no_answer_of_the_hub_is_no_success(
        self, connector: Make, connection: Connection, hub: Hub, module: str, inputs: dict[str, Any], body: bytes
    ) -> None:
        with Between(hub.url, lambda _: Answers(200, {}, body)) as between:
            there = Connection(between.url, connection.key)
            refused = refusal(lambda: connector.run(there, module, inputs))
        assert refused.kind == "unknown"
        assert "is not Mio Hub" in refused.message

    def test_a_call_that_is_lost_sight_of_is_named(
        self, connector: Make, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        stranger = Answers(200, {}, b"<html>Welcome!</html>")
        with Between(hub.url, lambda passed: stranger if passed.method == "GET" else None) as between:
            there = Connection(between.url, connection.key)
            refused = refusal(lambda: connector.run(there, "startCallAndWait", speak(a_number())))
        [call] = calls_of(hub, holder)
        assert refused.kind == "unknown"
        assert str(call["id"]) in refused.message


class TestReading:
    def test_pages_are_read_up_to_the_limit(self, connector: Make, connection: Connection, hub: Hub) -> None:
        tomorrow = iso(now() + timedelta(days=1))
        for _ in range(2):
            hub.post("/calls/batch", {"calls": [speak(a_number(), callAt=tomorrow) for _ in range(60)]}, connection.key)
        some = connector.run(connection, "searchCalls", {"status": ["scheduled"], "limit": 110})
        every = connector.run(connection, "searchCalls", {"status": ["scheduled"], "limit": 500})
        assert (len(some.bundles), some.requests) == (110, 2)
        assert len({call["id"] for call in every.bundles}) == 120

    def test_filters_reach_the_hub(self, connector: Make, connection: Connection, hub: Hub) -> None:
        number = a_number()
        hub.call(connection.key, a_number())
        call = hub.call(connection.key, number)
        between = {"createdAfter": iso(now() - timedelta(hours=1)), "createdBefore": iso(now() + timedelta(hours=1))}
        found = connector.run(connection, "searchCalls", {"toNumber": number} | between).bundles
        assert [one["id"] for one in found] == [call["id"]]
        assert connector.run(connection, "searchCalls", {"createdBefore": between["createdAfter"]}).bundles == []

    def test_calls_can_be_chosen_from_a_list(self, connector: Make, connection: Connection, hub: Hub) -> None:
        call = hub.call(connection.key, a_number(), name="Joe's Pizza")
        (option,) = connector.call_rpc(connection, "listCalls").bundles
        assert option["value"] == call["id"]
        assert option["label"].startswith("Joe's Pizza: ")

    def test_an_id_is_no_path(self, connector: Make, connection: Connection) -> None:
        refused = refusal(lambda: connector.run(connection, "getCall", {"callId": "../me"}))
        assert refused.kind == "input"


class TestWatching:
    def test_what_a_forged_event_says_of_a_call_is_not_believed(
        self, connector: Make, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.call(connection.key, a_number())
        event = receiver.next().event
        forged = event | {"call": event["call"] | {"summary": "They agreed to pay."}}
        (given,) = connector.received(connection, subscription, forged).bundles
        assert given == event["call"]

    @pytest.mark.parametrize("made_up", ["0f8fad5b-d9cb-469f-a165-70867728950e", "../me", ""])
    def test_an_event_of_a_call_that_is_not_ours_gives_nothing(
        self, connector: Make, connection: Connection, receiver: Receiver, made_up: str
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        forged = {"event": "call.completed", "call": {"id": made_up}}
        with pytest.raises(MakeError):
            connector.received(connection, subscription, forged)

    @pytest.mark.parametrize("changed", [{"test": True}, {"event": "call.started"}])
    def test_samples_and_other_events_start_nothing(
        self, connector: Make, connection: Connection, hub: Hub, receiver: Receiver, changed: dict[str, Any]
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.call(connection.key, a_number())
        assert connector.received(connection, subscription, receiver.next().event | changed).bundles == []

    def test_several_filters_can_be_left_empty(
        self, connector: Make, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        connector.subscribe(connection, "callCompleted", receiver.url, {"status": [], "answeredBy": ["human"]})
        assert hub.get("/webhooks", connection.key).json["data"][0]["filters"] == {"answeredBy": ["human"]}


class TestAnyRequest:
    def test_any_route_of_the_api_can_be_asked(self, connector: Make, connection: Connection) -> None:
        (given,) = connector.run(connection, "makeApiCall", {"url": "/me", "method": "GET"}).bundles
        assert (given["statusCode"], given["body"]["name"]) == (200, "Jane")

    def test_a_body_is_sent_as_it_was_written(self, connector: Make, connection: Connection, hub: Hub) -> None:
        inputs = {"url": "/webhooks", "method": "POST", "body": '{"url": "http://127.0.0.1:9/mine"}'}
        (given,) = connector.run(connection, "makeApiCall", inputs).bundles
        assert given["statusCode"] == 201
        assert hub.get("/webhooks", connection.key).json["data"][0]["url"] == "http://127.0.0.1:9/mine"

    @pytest.mark.parametrize("url", ["https://evil.example/calls", "//evil.example", "me", "/calls?x=1"])
    def test_only_a_path_can_be_asked_for(self, connector: Make, connection: Connection, url: str) -> None:
        asked = {"url": url, "method": "GET"}
        assert refusal(lambda: connector.run(connection, "makeApiCall", asked)).field == "url"

    @pytest.mark.parametrize("url", ["//127.0.0.1:9/x", "http://127.0.0.1:9/x"])
    def test_the_key_goes_nowhere_else_even_if_make_did_not_check(
        self, connector: Make, connection: Connection, hub: Hub, url: str
    ) -> None:
        asked = {"url": url, "method": "GET"}
        refused = refusal(lambda: connector.run_unchecked(connection, "makeApiCall", asked))
        assert refused.message.startswith("[404]")  # the hub's


class TestEndpoints:
    """What Make's AI agents are given."""

    def test_a_call_is_started_read_listed_and_canceled(
        self, connector: Make, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        tomorrow = iso(now() + timedelta(days=1))
        later = connector.ask_endpoint(connection, "startCall", speak(a_number(), callAt=tomorrow))
        now_ = connector.ask_endpoint(connection, "startCall", speak(a_number(), idempotencyKey="once"))
        ended = connector.ask_endpoint(connection, "getCall", {"callId": now_["id"]})
        listed = connector.ask_endpoint(connection, "listCalls", {"status": ["scheduled"], "limit": 5})
        canceled = connector.ask_endpoint(connection, "cancelCall", {"callId": later["id"]})
        assert (later["callAt"], ended["status"], canceled["status"]) == (tomorrow, "completed", "canceled")
        assert ([call["id"] for call in listed["data"]], listed["nextCursor"]) == ([later["id"]], None)

    def test_the_next_page_can_be_asked_for(self, connector: Make, connection: Connection, hub: Hub) -> None:
        for _ in range(2):
            hub.call(connection.key, a_number(), callAt=iso(now() + timedelta(days=1)))
        first = connector.ask_endpoint(connection, "listCalls", {"limit": 1})
        second = connector.ask_endpoint(connection, "listCalls", {"limit": 1, "cursor": first["nextCursor"]})
        assert first["data"][0]["id"] != second["data"][0]["id"]


class TestCost:
    def test_a_module_costs_one_request(self, connector: Make, connection: Connection, hub: Hub) -> None:
        call = hub.call(connection.key, a_number())
        given: dict[str, dict[str, Any]] = {
            "startCall": speak(a_number()),
            "scheduleCall": speak(a_number(), callAt=iso(now() + timedelta(days=1))),
            "getCall": {"callId": call["id"]},
            "searchCalls": {},
            "cancelCall": {"callId": call["id"]},
        }
        assert {
            name: connector.run(connection, name, inputs).requests for name, inputs in given.items()
        } == dict.fromkeys(given, 1)

    def test_a_trigger_is_attached_and_detached_with_one_request(
        self, connector: Make, connection: Connection, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callStarted", receiver.url, {})
        assert len(subscription["log"]) == 1
        assert connector.detach(connection, subscription).requests == 1


class TestLog:
    def test_the_log_shows_neither_key_nor_secret(
        self, connector: Make, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        made = connector.run(
            connection, "makeApiCall", {"url": "/webhooks", "method": "POST", "body": f'{{"url": "{receiver.url}"}}'}
        )
        secret = made.bundles[0]["body"]["secret"]
        attached = connector.subscribe(connection, "callCompleted", receiver.url, {})["log"]
        waited = connector.run(connection, "startCallAndWait", speak(a_number())).log
        connected = connector.connecting(connection).log
        shown = str([made.log, attached, waited, connected])
        assert connection.key not in shown
        assert secret not in shown
        assert "whsec_" not in shown
        assert "x-api-key" in shown

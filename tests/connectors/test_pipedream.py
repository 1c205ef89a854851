"""The components for Pipedream, bound as its documentation says, against a real hub."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from connectors.generation.catalogue import ACTIONS, TRIGGERS
from connectors.generation.pipedream import source_key, source_name
from tests.certificates import untrusted
from tests.connectors import pipedream
from tests.connectors.between import Answers, Between, Loses
from tests.connectors.contract import (
    NEVER_ENDS_BY_ITSELF,
    Connection,
    Starts,
    Triggers,
    Waits,
    a_number,
    a_step,
    calls_of,
    refusal,
    resume_url,
    revoke,
    speak,
)
from tests.connectors.pipedream import FOLDER, Pipedream
from tests.connectors.signing import knows_the_secret, signed
from tests.hub import Holder, Hub
from tests.node_parts import needs_node_parts
from tests.receiving import Received, Receiver

GRACE_SECONDS: Final = 600


@pytest.fixture(scope="session")
def connector() -> Iterator[Pipedream]:
    with pipedream.running() as running:
        yield running


class TestPipedream(Starts, Waits, Triggers):
    pass


class TestNobodyIsCalledTwice:
    def test_two_steps_of_a_workflow_may_call_the_same_person(
        self, connector: Pipedream, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        event, inputs = a_step(), speak(a_number())
        first = connector.act(connection, "startCall", inputs, event)
        hub.wait_call(first["id"], connection.key)
        earlier = {"start_call": {"$return_value": first}}
        given = {"action": "startCall", "inputs": inputs, "step": event, "steps": earlier}
        second = connector.do("act", connection, **given)
        again = connector.do("act", connection, **given)
        assert second["id"] != first["id"]
        assert again["id"] == second["id"]
        assert len(calls_of(hub, holder)) == 2

    def test_every_try_in_the_builder_is_meant(
        self, connector: Pipedream, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        event, inputs = a_step(), speak(a_number())
        for _ in range(2):
            call = connector.do("act", connection, action="startCall", inputs=inputs, step=event, test=True)
            hub.wait_call(call["id"], connection.key)
        assert len(calls_of(hub, holder)) == 2

    def test_a_key_against_doubles_holds_over_events(
        self, connector: Pipedream, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        inputs = speak(a_number(), idempotencyKey=f"order-{uuid.uuid4()}")
        first, second = (connector.act(connection, "startCall", inputs, a_step()) for _ in range(2))
        assert second["id"] == first["id"]
        assert len(calls_of(hub, holder)) == 1

    def test_an_answer_that_gets_lost_is_asked_for_again(
        self, connector: Pipedream, through: Connection, between: Between, hub: Hub, holder: Holder
    ) -> None:
        faults = [Loses(), None]
        between.fault = lambda _: faults.pop(0)
        call = connector.act(through, "startCall", speak(a_number()), a_step())
        assert [str(row["id"]) for row in calls_of(hub, holder)] == [call["id"]]

    @pytest.mark.parametrize(("connect", "kind"), [(False, "retry"), (True, "unknown")])
    def test_what_nobody_knows_is_told_as_such_unless_a_retry_is_safe(
        self,
        connector: Pipedream,
        through: Connection,
        between: Between,
        hub: Hub,
        holder: Holder,
        connect: bool,
        kind: str,
    ) -> None:
        between.fault = lambda _: Loses()
        given = {"action": "startCall", "inputs": speak(a_number()), "step": a_step(), "connect": connect}
        assert refusal(lambda: connector.do("act", through, **given)).kind == kind
        assert len(calls_of(hub, holder)) == 1

    @pytest.mark.parametrize("status", [401, 403, 429])
    def test_what_nobody_knows_stays_so_when_the_next_try_is_not_let_in(
        self, connector: Pipedream, through: Connection, between: Between, status: int
    ) -> None:
        faults = [Loses(), Answers(status, {"Retry-After": "60"}, b"<html>Not now.</html>")]
        between.fault = lambda _: faults.pop(0)
        given = {"action": "startCall", "inputs": speak(a_number()), "step": a_step(), "connect": True}
        assert refusal(lambda: connector.do("act", through, **given)).kind == "unknown"

    @pytest.mark.parametrize("body", [b"<html>Welcome!</html>", b"", b"null", b"{}", b'"OK"', b"[]"])
    def test_what_is_no_answer_of_the_hub_is_no_success(
        self, connector: Pipedream, through: Connection, between: Between, body: bytes
    ) -> None:
        between.fault = lambda _: Answers(200, {"Content-Type": "application/json"}, body)
        assert refusal(lambda: connector.connect(through)).kind == "unknown"
        assert refusal(lambda: connector.act(through, "listCalls", {}, a_step())).kind == "unknown"
        assert refusal(lambda: connector.act(through, "startCall", speak(), a_step())).kind == "retry"

    def test_a_start_that_both_tries_lost_is_not_made_again_for_another_address(
        self,
        connector: Pipedream,
        through: Connection,
        connection: Connection,
        between: Between,
        hub: Hub,
        holder: Holder,
        receiver: Receiver,
    ) -> None:
        between.fault = lambda _: Loses()
        event, inputs = a_step(), speak(a_number())
        refusal(lambda: connector.begin(through, inputs, event, resume_url(receiver)))
        refused = refusal(lambda: connector.begin(connection, inputs, event, f"{receiver.url}?another"))
        assert refused.kind == "input"
        assert "Find Latest Call" in refused.message
        assert len(calls_of(hub, holder)) == 1


class TestWaiting:
    @pytest.mark.parametrize(("wait", "seconds"), [({"callbackDeadlineSeconds": 60}, 60), ({}, 3600)])
    def test_the_step_is_run_again_once_and_late_enough(
        self, connector: Pipedream, connection: Connection, receiver: Receiver, wait: dict[str, int], seconds: int
    ) -> None:
        rerun = connector.begin(connection, speak(a_number(), **wait), a_step(), resume_url(receiver))["rerun"]
        assert (rerun["milliseconds"], rerun["retries"]) == ((seconds + GRACE_SECONDS) * 1000, 1)

    def test_a_run_without_a_word_of_the_hub_fails_and_calls_nobody(
        self, connector: Pipedream, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        assert refusal(lambda: connector.do("resume", connection, begun=begun)).kind == "unknown"
        assert len(calls_of(hub, holder)) == 1

    def test_a_retry_is_told_from_a_run_that_was_waited_for(
        self, connector: Pipedream, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        given = {"inputs": speak(a_number()), "step": a_step(), "resumeUrl": resume_url(receiver)}
        first = connector.do("begin", connection, **given)
        again = connector.do("begin", connection, run={"runs": 2}, **given)
        assert again["gave"]["id"] == first["gave"]["id"]
        assert len(calls_of(hub, holder)) == 1

    def test_a_longest_wait_may_be_mapped_from_text(
        self, connector: Pipedream, connection: Connection, receiver: Receiver
    ) -> None:
        inputs = speak(NEVER_ENDS_BY_ITSELF, callbackDeadlineSeconds="1")
        begun = connector.begin(connection, inputs, a_step(), resume_url(receiver))
        assert begun["rerun"]["milliseconds"] == (1 + GRACE_SECONDS) * 1000
        assert connector.resume(connection, begun, receiver.next())["timedOut"] is True

    def test_a_visitor_of_the_address_is_not_taken_for_the_result(
        self, connector: Pipedream, connection: Connection, receiver: Receiver
    ) -> None:
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        refused = refusal(lambda: connector.do("resume", connection, begun=begun, body=json.dumps("Hello?")))
        assert refused.kind == "unknown"
        assert "Find Latest Call" in refused.message

    def test_the_result_of_another_call_is_not_taken(
        self, connector: Pipedream, connection: Connection, receiver: Receiver
    ) -> None:
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        event = receiver.next().event
        event["call"]["toNumber"] = a_number()
        assert refusal(lambda: connector.do("resume", connection, begun=begun, body=json.dumps(event)))

    @pytest.mark.parametrize("where", [{"connect": True}, {"test": True}])
    def test_where_nothing_can_be_suspended_the_call_is_watched(
        self, connector: Pipedream, connection: Connection, where: dict[str, bool]
    ) -> None:
        given = {"action": "startCallAndWait", "inputs": speak(a_number()), "step": a_step()}
        result = connector.do("act", connection, **given, **where)
        assert (result["status"], result["timedOut"]) == ("completed", False)

    def test_a_call_that_is_lost_sight_of_is_named(
        self, connector: Pipedream, through: Connection, between: Between, hub: Hub, holder: Holder
    ) -> None:
        between.fault = lambda passed: Loses() if passed.method == "GET" else None
        given = {"action": "startCallAndWait", "inputs": speak(a_number()), "step": a_step(), "connect": True}
        refused = refusal(lambda: connector.do("act", through, **given))
        [call] = calls_of(hub, holder)
        assert refused.kind == "unknown"
        assert str(call["id"]) in refused.message

    def test_a_call_that_outlasts_the_watch_is_given_as_it_stands(
        self, connector: Pipedream, connection: Connection
    ) -> None:
        inputs = speak(NEVER_ENDS_BY_ITSELF, callbackDeadlineSeconds=1)
        given = {"action": "startCallAndWait", "inputs": inputs, "step": a_step(), "connect": True}
        assert connector.do("act", connection, **given)["timedOut"] is True

    def test_a_call_that_must_not_be_made_is_an_error_where_no_workflow_can_end(
        self, connector: Pipedream, connection: Connection, hub: Hub
    ) -> None:
        number = a_number()
        hub.post("/do-not-call", {"phoneNumber": number}, connection.key)
        given = {"action": "startCall", "inputs": speak(number), "step": a_step(), "connect": True}
        assert refusal(lambda: connector.do("act", connection, **given)).kind == "input"


class TestTriggering:
    @pytest.fixture
    def arrived(
        self, connector: Pipedream, connection: Connection, hub: Hub, receiver: Receiver
    ) -> tuple[Any, Received]:
        """A source that is on, and the request that came to it."""
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.call(connection.key, a_number())
        return subscription, receiver.next()

    def test_an_event_is_emitted_once_however_often_it_comes(
        self, connector: Pipedream, connection: Connection, arrived: tuple[Any, Received]
    ) -> None:
        subscription, received = arrived
        first, second = (connector.receive(connection, "callCompleted", subscription, received) for _ in range(2))
        assert (len(first), second) == (1, [])

    def test_an_event_is_emitted_under_its_own_id_and_time_and_acknowledged(
        self, connector: Pipedream, connection: Connection, arrived: tuple[Any, Received]
    ) -> None:
        subscription, received = arrived
        told = {"headers": dict(received.headers), "body": received.body.decode()}
        gave = connector.do("receive", connection, subscription=subscription, **told)
        [emitted] = gave["emitted"]
        assert emitted["meta"]["id"] == received.event["id"]
        assert emitted["meta"]["ts"] == int(received.event["timestamp"]) * 1000
        assert gave["answer"]["status"] == 200

    @pytest.mark.parametrize(
        ("sent", "given"),
        [({"age": 290}, 1), ({"age": -290}, 1), ({"age": 310}, 0), ({"age": -310}, 0), ({"timestamp": "soon"}, 0)],
    )
    def test_a_request_that_is_signed_is_emitted_for_five_minutes(
        self,
        connector: Pipedream,
        through: Connection,
        between: Between,
        receiver: Receiver,
        sent: dict[str, Any],
        given: int,
    ) -> None:
        between.fault = knows_the_secret
        subscription = connector.subscribe(through, "callCompleted", receiver.url, {})
        told = signed({"id": "c1", "status": "completed"}, **sent)
        gave = connector.do("receive", through, subscription=subscription, **told)
        assert (len(gave["emitted"]), gave["answer"]["status"]) == (given, 200 if given else 401)

    def test_a_wrong_signature_is_refused(
        self, connector: Pipedream, connection: Connection, arrived: tuple[Any, Received]
    ) -> None:
        subscription, received = arrived
        told = {"headers": dict(received.headers), "body": f"{received.body.decode()} "}
        gave = connector.do("receive", connection, subscription=subscription, **told)
        assert (gave["emitted"], gave["answer"]["status"]) == ([], 401)

    def test_a_sample_is_acknowledged_and_starts_nothing(
        self, connector: Pipedream, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        [webhook] = hub.get("/webhooks", connection.key).json["data"]
        hub.post(f"/webhooks/{webhook['id']}/test", {}, connection.key)
        received = receiver.next()
        told = {"headers": dict(received.headers), "body": received.body.decode()}
        gave = connector.do("receive", connection, subscription=subscription, **told)
        assert (gave["emitted"], gave["answer"]["status"]) == ([], 200)

    def test_it_can_be_switched_off_when_the_key_was_revoked(
        self, connector: Pipedream, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        revoke(hub, holder)
        connector.unsubscribe(connection, subscription)

    def test_a_source_that_cannot_be_switched_off_says_so_and_can_be_later(
        self, connector: Pipedream, connection: Connection, through: Connection, between: Between, hub: Hub
    ) -> None:
        subscription = connector.subscribe(through, "callCompleted", "http://127.0.0.1:9/", {})
        between.fault = lambda _: Answers(503, {}, b"")
        assert refusal(lambda: connector.unsubscribe(through, subscription)).kind == "retry"
        between.fault = lambda _: None
        connector.unsubscribe(through, subscription)
        assert hub.get("/webhooks", connection.key).json["data"] == []

    def test_an_answer_that_gets_lost_leaves_one_webhook(
        self, connector: Pipedream, through: Connection, between: Between, hub: Hub, receiver: Receiver
    ) -> None:
        faults = [Loses(), None]
        between.fault = lambda _: faults.pop(0)
        connector.subscribe(through, "callCompleted", receiver.url, {})
        assert len(hub.get("/webhooks", through.key).json["data"]) == 1

    def test_switching_on_again_leaves_one_webhook(
        self, connector: Pipedream, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        connector.do("activate", connection, subscription=subscription)
        assert len(hub.get("/webhooks", connection.key).json["data"]) == 1

    def test_samples_follow_the_filters(self, connector: Pipedream, connection: Connection, hub: Hub) -> None:
        hub.wait_call(hub.call(connection.key, a_number())["id"], connection.key)
        filters = {"status": ["no-answer"]}
        assert connector.do("listed", connection, trigger="callCompleted", filters=filters) == []


class TestConnecting:
    @pytest.mark.parametrize(
        ("inputs", "words"),
        [
            ({"phoneNumber": 15551234567}, "Phone Number must be a phone number"),
            ({"phoneNumber": ["+15551234567"]}, "Phone Number must be a phone number"),
            ({"instructions": {"say": "hello"}}, "Instructions must be text"),
            ({"name": 7}, "Name must be text"),
            ({"callbackDeadlineSeconds": "soon"}, "Longest Wait must be a whole number"),
            ({"callbackDeadlineSeconds": 1.5}, "Longest Wait must be a whole number"),
            ({"callbackDeadlineSeconds": True}, "Longest Wait must be a whole number"),
        ],
    )
    def test_a_mapped_value_of_another_type_is_refused_before_any_request(
        self, connector: Pipedream, through: Connection, between: Between, inputs: dict[str, Any], words: str
    ) -> None:
        refused = refusal(lambda: connector.act(through, "startCallAndWait", speak() | inputs, a_step()))
        assert refused.kind == "input"
        assert words in refused.message
        assert between.requests == []

    def test_a_hub_that_has_moved_is_told_as_such_and_the_key_stays_here(
        self, connector: Pipedream, through: Connection, between: Between, receiver: Receiver
    ) -> None:
        between.fault = lambda _: Answers(308, {"Location": receiver.url})
        refused = refusal(lambda: connector.act(through, "startCall", speak(), a_step()))
        assert refused.kind == "input"
        assert "308" in refused.message
        assert (len(between.requests), receiver.received) == (1, [])

    def test_an_error_in_another_form_than_the_hub_s_is_told_by_its_status(
        self, connector: Pipedream, through: Connection, between: Between
    ) -> None:
        body = b'{"error": {"message": "Forbidden"}}'
        between.fault = lambda _: Answers(403, {"Content-Type": "application/json"}, body)
        assert "status 403" in refusal(lambda: connector.act(through, "startCall", speak(), a_step())).message

    def test_what_cannot_be_a_key_is_told_as_such(self, connector: Pipedream, connection: Connection) -> None:
        odd = Connection(connection.url, "sk_test_\u201cquoted\u201d")
        assert refusal(lambda: connector.act(odd, "startCall", speak(), a_step())).kind == "auth"

    def test_a_hub_whose_certificate_is_not_trusted_is_told_as_such(
        self, connector: Pipedream, connection: Connection, tmp_path: Path
    ) -> None:
        with untrusted(tmp_path) as url:
            start = lambda: connector.act(Connection(url, connection.key), "startCall", speak(), a_step())  # noqa: E731
            refused = refusal(start)
        assert refused.kind == "input"
        assert "certificate" in refused.message

    @pytest.mark.parametrize("ending", ["", "/", "/api/v1", "/api/v1/"])
    def test_the_base_url_may_end_in_many_ways(self, connector: Pipedream, connection: Connection, ending: str) -> None:
        assert "Jane" in connector.connect(Connection(connection.url + ending, connection.key))

    @pytest.mark.parametrize(
        "url", ["http://mio.example", "ftp://mio.example", "mio.example", "https://a:b@mio.example"]
    )
    def test_the_key_is_sent_nowhere_in_the_open(self, connector: Pipedream, connection: Connection, url: str) -> None:
        elsewhere = Connection(url, connection.key)
        assert refusal(lambda: connector.act(elsewhere, "getCall", {"callId": "x"}, a_step())).kind == "input"

    def test_all_calls_can_be_chosen_from_page_by_page(
        self, connector: Pipedream, connection: Connection, hub: Hub
    ) -> None:
        made = [hub.call(connection.key, a_number(), name="Joe")["id"] for _ in range(2)]
        page = connector.do("choices", connection)
        assert [option["value"] for option in page["options"]] == made[::-1]
        assert "Joe" in page["options"][0]["label"]
        assert connector.do("choices", connection, prevContext=page["context"]) == []

    def test_each_step_costs_one_request(
        self, connector: Pipedream, through: Connection, between: Between, receiver: Receiver
    ) -> None:
        connector.act(through, "startCall", speak(a_number()), a_step())
        connector.act(through, "listCalls", {}, a_step())
        connector.subscribe(through, "callStarted", receiver.url, {})
        connector.begin(through, speak(a_number()), a_step(), resume_url(receiver))
        assert between.requests == [
            "POST /api/v1/calls",
            "GET /api/v1/calls",
            "POST /api/v1/webhooks",
            "POST /api/v1/calls",
        ]


class TestWhatIsShown:
    def test_components_are_named_as_the_registry_wants_it(self, connector: Pipedream) -> None:
        told = {found["key"]: found for found in connector.runtime.do("components")}
        assert {found["name"] for found in told.values() if found["type"] == "action"} == {
            action.label for action in ACTIONS
        }
        for trigger in TRIGGERS:
            source = told[f"mio_hub-{source_key(trigger)}"]
            assert source["name"] == source_name(trigger)
            assert source["name"].startswith("New ")
            assert source["name"].endswith(" (Instant)")
            assert source["sampleEmit"] == trigger.sample

    def test_who_dials_says_that_it_does_more_than_read(self, connector: Pipedream) -> None:
        told = {found["name"]: found for found in connector.runtime.do("components")}
        for action in ACTIONS:
            hints = told[action.label]["annotations"]
            assert hints["readOnlyHint"] is (action.effect == "reads")
            assert hints["destructiveHint"] is (action.effect != "reads")

    def test_a_step_says_in_a_few_words_what_it_did(self, connector: Pipedream, connection: Connection) -> None:
        given = {"action": "startCall", "inputs": speak(a_number(), name="Joe"), "step": a_step()}
        assert connector.do("shown", connection, **given)["$summary"] == "The call to Joe: initiated."

    @pytest.mark.timeout(120)
    def test_the_linter_finds_nothing(self) -> None:
        needs_node_parts(FOLDER)
        subprocess.run(["npm", "run", "--silent", "lint"], cwd=FOLDER, check=True)

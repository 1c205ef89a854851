"""The piece for Activepieces, compiled, in the framework's own context, against a real hub."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.dev import ports
from app.times import iso, now
from connectors.generation.catalogue import ACTIONS, TRIGGERS, Action, Trigger
from connectors.generation.words import snake_case
from tests.certificates import untrusted
from tests.connectors import activepieces
from tests.connectors.activepieces import FOLDER, Activepieces
from tests.connectors.between import Answers, Between, Loses, Passed
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
    shape,
    speak,
)
from tests.connectors.signing import knows_the_secret, signed
from tests.hub import Holder, Hub
from tests.node_parts import needs_node_parts
from tests.receiving import Received, Receiver

pytestmark = pytest.mark.timeout(240)  # the first waits for the compiler, the last for the linter

AS_A_TOOL = "mcp-flow-run-id"  # the run of every tool that an agent uses


@pytest.fixture(scope="session")
def connector() -> Iterator[Activepieces]:
    with activepieces.running() as running:
        yield running


class TestActivepieces(Starts, Waits, Triggers):
    pass


class TestNobodyIsCalledTwice:
    def test_a_loop_calls_everybody(
        self, connector: Activepieces, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        step = a_step()
        for number in (a_number(), a_number()):
            connector.act(connection, "startCall", speak(number), step)
        assert len(calls_of(hub, holder)) == 2

    def test_a_loop_that_waits_may_call_the_same_person_again(
        self, connector: Activepieces, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        step, inputs = a_step(), speak(a_number())
        for _ in range(2):
            begun = connector.begin(connection, inputs, step, resume_url(receiver))
            connector.resume(connection, begun, receiver.next())
        assert len(calls_of(hub, holder)) == 2

    def test_tools_of_agents_share_one_run_and_yet_call_each_time(
        self, connector: Activepieces, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        inputs = speak(a_number())
        for _ in range(2):
            call = connector.do("act", connection, action="startCall", inputs=inputs, step=a_step(), run=AS_A_TOOL)
            hub.wait_call(call["id"], connection.key)
        assert len(calls_of(hub, holder)) == 2

    def test_a_key_against_doubles_holds_over_runs(
        self, connector: Activepieces, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        inputs = speak(a_number(), idempotencyKey=f"order-{uuid.uuid4()}")
        first, second = (connector.act(connection, "startCall", inputs, a_step()) for _ in range(2))
        assert second["id"] == first["id"]
        assert len(calls_of(hub, holder)) == 1

    def test_the_same_key_for_another_person_calls_nobody(
        self, connector: Activepieces, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        key = f"order-{uuid.uuid4()}"
        connector.act(connection, "startCall", speak(a_number(), idempotencyKey=key), a_step())
        again = refusal(lambda: connector.act(connection, "startCall", speak(a_number(), idempotencyKey=key), a_step()))
        assert (again.kind, again.field) == ("input", "idempotencyKey")
        assert len(calls_of(hub, holder)) == 1

    def test_an_answer_that_gets_lost_is_asked_for_again(
        self, connector: Activepieces, through: Connection, between: Between, hub: Hub, holder: Holder
    ) -> None:
        faults = [Loses(), None]
        between.fault = lambda _: faults.pop(0)
        call = connector.act(through, "startCall", speak(a_number()), a_step())
        assert [str(row["id"]) for row in calls_of(hub, holder)] == [call["id"]]

    @pytest.mark.parametrize(("run", "kind"), [(None, "retry"), (AS_A_TOOL, "unknown")])
    def test_what_nobody_knows_is_told_as_such_unless_a_retry_is_safe(
        self,
        connector: Activepieces,
        through: Connection,
        between: Between,
        hub: Hub,
        holder: Holder,
        run: str | None,
        kind: str,
    ) -> None:
        between.fault = lambda _: Loses()
        step = a_step()
        given = {"action": "startCall", "inputs": speak(a_number()), "step": step, "run": run or step[:21]}
        assert refusal(lambda: connector.do("act", through, **given)).kind == kind
        assert len(calls_of(hub, holder)) == 1

    @pytest.mark.parametrize("status", [401, 403, 429])
    def test_what_nobody_knows_stays_so_when_the_next_try_is_not_let_in(
        self, connector: Activepieces, through: Connection, between: Between, status: int
    ) -> None:
        shut = Answers(status, {"Retry-After": "60"}, b"<html>Not now.</html>")
        faults = [Loses(), shut]
        between.fault = lambda _: faults.pop(0)
        given = {"action": "startCall", "inputs": speak(a_number()), "step": a_step(), "run": AS_A_TOOL}
        assert refusal(lambda: connector.do("act", through, **given)).kind == "unknown"

    @pytest.mark.parametrize("body", [b"<html>Welcome!</html>", b"", b"null", b"{}", b'"OK"', b"[]"])
    def test_what_is_no_answer_of_the_hub_is_no_success(
        self, connector: Activepieces, through: Connection, between: Between, body: bytes
    ) -> None:
        between.fault = lambda _: Answers(200, {}, body)
        assert refusal(lambda: connector.connect(through)).kind == "auth"
        assert refusal(lambda: connector.act(through, "listCalls", {}, a_step())).kind == "unknown"
        assert refusal(lambda: connector.act(through, "startCall", speak(), a_step())).kind == "retry"

    def test_a_hub_that_is_busy_for_a_moment_is_waited_for(
        self, connector: Activepieces, through: Connection, between: Between
    ) -> None:
        busy = Answers(503, {"Retry-After": "1"}, b'{"error": "Not now.", "code": "unavailable"}')
        faults = [busy, None]
        between.fault = lambda _: faults.pop(0)
        assert connector.act(through, "startCall", speak(a_number()), a_step())["status"] == "initiated"

    def test_the_platform_does_not_repeat_what_dials(self, connector: Activepieces) -> None:
        told = connector.runtime.do("metadata")["actions"]
        hidden = {name for name, one in told.items() if one["errorHandlingOptions"]["retryOnFailure"].get("hide")}
        assert hidden == {snake_case(action.key) for action in ACTIONS if action.effect == "dials"}


class TestWaiting:
    def test_without_a_word_of_the_hub_it_is_asked(
        self, connector: Activepieces, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        hub.wait_call(begun["gave"]["id"], connection.key)
        assert connector.do("resume", connection, begun=begun)["status"] == "completed"

    def test_a_call_that_nobody_knows_the_end_of_fails_the_step(
        self, connector: Activepieces, connection: Connection, receiver: Receiver
    ) -> None:
        begun = connector.begin(connection, speak(NEVER_ENDS_BY_ITSELF), a_step(), resume_url(receiver))
        refused = refusal(lambda: connector.do("resume", connection, begun=begun))
        assert refused.kind == "unknown"
        assert begun["gave"]["id"] in refused.message

    def test_retried_from_the_failed_step_it_gives_the_result_without_calling_again(
        self, connector: Activepieces, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        step, inputs = a_step(), speak(NEVER_ENDS_BY_ITSELF)
        begun = connector.begin(connection, inputs, step, resume_url(receiver))
        refusal(lambda: connector.do("resume", connection, begun=begun))
        refusal(lambda: connector.begin(connection, inputs, step, resume_url(receiver)))
        connector.act(connection, "cancelCall", {"callId": begun["gave"]["id"]}, a_step())
        hub.wait_call(begun["gave"]["id"], connection.key)
        assert connector.begin(connection, inputs, step, resume_url(receiver))["gave"]["status"] == "canceled"
        assert len(calls_of(hub, holder)) == 1

    def test_a_loop_goes_on_with_the_next_person_after_one_that_failed(
        self, connector: Activepieces, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        step = a_step()
        begun = connector.begin(connection, speak(NEVER_ENDS_BY_ITSELF), step, resume_url(receiver))
        refusal(lambda: connector.do("resume", connection, begun=begun))
        connector.begin(connection, speak(a_number()), step, resume_url(receiver))
        assert len(calls_of(hub, holder)) == 2

    def test_the_result_of_another_call_is_not_taken(
        self, connector: Activepieces, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        event = receiver.next().event
        event["call"]["id"] = str(uuid.uuid4())
        result = connector.do("resume", connection, begun=begun, body=json.dumps(event))
        assert result["id"] == begun["gave"]["id"]

    def test_the_flow_is_woken_after_the_hub_has_had_time_to_tell(
        self, connector: Activepieces, connection: Connection, receiver: Receiver
    ) -> None:
        asked = now()
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        woken = datetime.fromisoformat(begun["resumeDateTime"])
        assert begun["type"] == "WEBHOOK"
        assert timedelta(seconds=3600 + 600) <= woken - asked + timedelta(seconds=1) <= timedelta(seconds=3600 + 620)

    def test_a_hub_that_answers_at_once_is_not_flooded(
        self, connector: Activepieces, through: Connection, between: Between, hub: Hub
    ) -> None:
        started: list[bytes] = []

        def fault(passed: Passed) -> Answers | None:
            return Answers(200, {}, started[0]) if passed.method == "GET" and started else None

        call = hub.call(through.key, NEVER_ENDS_BY_ITSELF, callAt=iso(now() + timedelta(days=1)))
        started.append(json.dumps(call).encode())
        between.fault = fault
        inputs = speak(a_number(), callbackDeadlineSeconds=2)
        connector.do("test", through, action="startCallAndWait", inputs=inputs)
        assert len(between.requests) <= 4

    def test_a_longest_wait_may_be_mapped_from_text(
        self, connector: Activepieces, connection: Connection, receiver: Receiver
    ) -> None:
        inputs = speak(NEVER_ENDS_BY_ITSELF, callbackDeadlineSeconds="1")
        begun = connector.begin(connection, inputs, a_step(), resume_url(receiver))
        assert connector.resume(connection, begun, receiver.next())["timedOut"] is True

    def test_a_step_that_is_tried_out_watches_the_call(self, connector: Activepieces, connection: Connection) -> None:
        result = connector.do("test", connection, action="startCallAndWait", inputs=speak(a_number()))
        assert (result["status"], result["timedOut"]) == ("completed", False)

    def test_a_call_that_is_lost_sight_of_is_named(
        self, connector: Activepieces, through: Connection, between: Between, hub: Hub, holder: Holder
    ) -> None:
        between.fault = lambda passed: Loses() if passed.method == "GET" else None
        given = {"action": "startCallAndWait", "inputs": speak(a_number())}
        refused = refusal(lambda: connector.do("test", through, **given))
        [call] = calls_of(hub, holder)
        assert refused.kind == "unknown"
        assert str(call["id"]) in refused.message

    def test_an_agent_gets_the_result_without_a_flow(self, connector: Activepieces, connection: Connection) -> None:
        inputs = speak(NEVER_ENDS_BY_ITSELF, callbackDeadlineSeconds=1)
        given = {"action": "startCallAndWait", "inputs": inputs, "step": a_step(), "run": AS_A_TOOL}
        assert connector.do("act", connection, **given)["timedOut"] is True


class TestTriggering:
    @pytest.fixture
    def arrived(
        self, connector: Activepieces, connection: Connection, hub: Hub, receiver: Receiver
    ) -> tuple[Any, Received]:
        """A trigger that is on, and the request that came to it."""
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.call(connection.key, a_number())
        return subscription, receiver.next()

    def test_an_event_that_comes_twice_has_the_same_key_for_the_platform(
        self, connector: Activepieces, connection: Connection, arrived: tuple[Any, Received]
    ) -> None:
        subscription, received = arrived
        told = {"headers": dict(received.headers), "body": received.body.decode()}
        [found] = connector.do("receive", connection, subscription=subscription, **told)
        assert found["key"] == received.event["id"]

    @pytest.mark.parametrize("raw", [True, False])
    def test_a_wrong_signature_starts_nothing(
        self, connector: Activepieces, connection: Connection, arrived: tuple[Any, Received], raw: bool
    ) -> None:
        subscription, received = arrived
        told = {
            "headers": dict(received.headers),
            "body": received.body.decode().replace("Jane", "Eve").replace("completed", "busy"),
        }
        assert connector.do("receive", connection, subscription=subscription, raw=raw, **told) == []

    @pytest.mark.parametrize(
        ("sent", "given"),
        [({"age": 290}, 1), ({"age": -290}, 1), ({"age": 310}, 0), ({"age": -310}, 0), ({"timestamp": "soon"}, 0)],
    )
    def test_a_request_that_is_signed_starts_a_flow_for_five_minutes(
        self,
        connector: Activepieces,
        through: Connection,
        between: Between,
        receiver: Receiver,
        sent: dict[str, Any],
        given: int,
    ) -> None:
        between.fault = knows_the_secret
        subscription = connector.subscribe(through, "callCompleted", receiver.url, {})
        told = signed({"id": "c1", "status": "completed"}, **sent)
        assert len(connector.do("receive", through, subscription=subscription, **told)) == given

    def test_a_server_that_keeps_no_raw_request_can_check_it_all_the_same(
        self, connector: Activepieces, connection: Connection, arrived: tuple[Any, Received]
    ) -> None:
        subscription, received = arrived
        told = {"headers": dict(received.headers), "body": received.body.decode()}
        assert len(connector.do("receive", connection, subscription=subscription, raw=False, **told)) == 1

    def test_a_sample_starts_nothing(
        self, connector: Activepieces, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        [webhook] = hub.get("/webhooks", connection.key).json["data"]
        hub.post(f"/webhooks/{webhook['id']}/test", {}, connection.key)
        assert connector.receive(connection, "callCompleted", subscription, receiver.next()) == []

    @pytest.mark.parametrize("raw", [True, False])
    def test_words_of_any_script_keep_their_signature(
        self, connector: Activepieces, connection: Connection, hub: Hub, receiver: Receiver, raw: bool
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        name = 'Zoë \U0001f469\u200d\U0001f469 \u2028 <b>"\u00e9"</b>'
        hub.call(connection.key, a_number(), name=name)
        received = receiver.next()
        told = {"headers": dict(received.headers), "body": received.body.decode()}
        [found] = connector.do("receive", connection, subscription=subscription, raw=raw, **told)
        assert found["item"]["name"] == name

    def test_it_can_be_switched_off_when_the_key_was_revoked(
        self, connector: Activepieces, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        revoke(hub, holder)
        connector.unsubscribe(connection, subscription)

    def test_a_trigger_that_cannot_be_switched_off_says_so_and_can_be_later(
        self, connector: Activepieces, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        down = Connection(f"http://127.0.0.1:{ports.free()}", connection.key)
        assert refusal(lambda: connector.unsubscribe(down, subscription)).kind == "retry"
        connector.unsubscribe(connection, subscription)
        assert hub.get("/webhooks", connection.key).json["data"] == []

    def test_switching_on_again_leaves_one_webhook(
        self, connector: Activepieces, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        given = {"trigger": "callCompleted", "targetUrl": receiver.url, "filters": {}}
        for _ in range(2):
            connector.do("subscribe", connection, flow="flow-1", **given)
        assert len(hub.get("/webhooks", connection.key).json["data"]) == 1

    def test_an_answer_that_gets_lost_leaves_one_webhook(
        self, connector: Activepieces, through: Connection, between: Between, hub: Hub, receiver: Receiver
    ) -> None:
        faults = [Loses(), None]
        between.fault = lambda _: faults.pop(0)
        connector.subscribe(through, "callCompleted", receiver.url, {})
        assert len(hub.get("/webhooks", through.key).json["data"]) == 1


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
        self, connector: Activepieces, through: Connection, between: Between, inputs: dict[str, Any], words: str
    ) -> None:
        given = {"action": "startCallAndWait", "inputs": speak() | inputs}
        refused = refusal(lambda: connector.do("test", through, **given))
        assert refused.kind == "input"
        assert words in refused.message
        assert between.requests == []

    def test_a_hub_that_has_moved_is_told_as_such_and_the_key_stays_here(
        self, connector: Activepieces, through: Connection, between: Between, receiver: Receiver
    ) -> None:
        between.fault = lambda _: Answers(308, {"Location": receiver.url})
        refused = refusal(lambda: connector.act(through, "startCall", speak(), a_step()))
        assert refused.kind == "input"
        assert "308" in refused.message
        assert (len(between.requests), receiver.received) == (1, [])

    def test_what_cannot_be_a_key_is_told_as_such(self, connector: Activepieces, connection: Connection) -> None:
        odd = Connection(connection.url, "sk_test_\u201cquoted\u201d")
        assert refusal(lambda: connector.act(odd, "startCall", speak(), a_step())).kind == "auth"

    def test_a_hub_whose_certificate_is_not_trusted_is_told_as_such_even_after_a_request_of_the_frameworks_own(
        self, connector: Activepieces, connection: Connection, tmp_path: Path
    ) -> None:
        connector.connect(connection)  # also by Custom API Call
        with untrusted(tmp_path) as url:
            start = lambda: connector.act(Connection(url, connection.key), "startCall", speak(), a_step())  # noqa: E731
            refused = refusal(start)
        assert refused.kind == "input"
        assert "certificate" in refused.message

    @pytest.mark.parametrize("ending", ["", "/", "/api/v1", "/api/v1/"])
    def test_the_base_url_may_end_in_many_ways(
        self, connector: Activepieces, connection: Connection, ending: str
    ) -> None:
        assert "Jane" in connector.connect(Connection(connection.url + ending, connection.key))

    @pytest.mark.parametrize(
        "url", ["http://mio.example", "ftp://mio.example", "mio.example", "https://a:b@mio.example"]
    )
    def test_the_key_is_sent_nowhere_in_the_open(
        self, connector: Activepieces, connection: Connection, url: str
    ) -> None:
        elsewhere = Connection(url, connection.key)
        assert refusal(lambda: connector.act(elsewhere, "getCall", {"callId": "x"}, a_step())).kind == "input"

    def test_a_request_of_ones_own_carries_the_key_to_the_hub_alone(
        self, connector: Activepieces, connection: Connection, receiver: Receiver
    ) -> None:
        asked = {"method": "POST", "url": {"url": receiver.url}, "headers": {}, "queryParams": {}}
        assert refusal(lambda: connector.do("customCall", connection, inputs=asked)).kind == "input"
        assert receiver.received == []

    @pytest.mark.parametrize(
        "more", [{"followRedirects": True}, {"url": {"url": "../../elsewhere"}}, {"url": {"url": "https://"}}]
    )
    def test_a_request_of_ones_own_cannot_leave_the_api(
        self, connector: Activepieces, through: Connection, between: Between, more: dict[str, Any]
    ) -> None:
        asked = {"method": "GET", "url": {"url": "/me"}, "headers": {}, "queryParams": {}}
        assert refusal(lambda: connector.do("customCall", through, inputs=asked | more)).kind == "input"
        assert between.requests == []

    def test_calls_can_be_chosen_from(self, connector: Activepieces, connection: Connection, hub: Hub) -> None:
        call = hub.call(connection.key, a_number())
        [option] = connector.do("choices", connection, action="getCall")["options"]
        assert option["value"] == call["id"]
        assert call["toNumber"] in option["label"]

    def test_each_step_costs_one_request(
        self, connector: Activepieces, through: Connection, between: Between, receiver: Receiver
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
    @pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.key)
    def test_an_action_tells_people_and_agents_what_it_does(self, connector: Activepieces, action: Action) -> None:
        told = connector.runtime.do("metadata")["actions"][snake_case(action.key)]
        assert (told["displayName"], told["audience"]) == (action.label, "both")
        assert told["aiMetadata"]["description"].startswith(action.description)
        assert told["aiMetadata"]["idempotent"] is (action.effect != "dials")
        assert [field["key"] for field in told["outputSchema"]["fields"]] == [field.name for field in action.output]
        assert {name for name, prop in told["props"].items() if prop["required"]} == {
            field.name for field in action.inputs if field.required
        }

    @pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.key)
    def test_a_trigger_has_a_sample_of_what_it_gives(self, connector: Activepieces, trigger: Trigger) -> None:
        told = connector.runtime.do("metadata")["triggers"][snake_case(trigger.key)]
        assert told["type"] == "WEBHOOK"
        assert shape(told["sampleData"]) == shape(trigger.sample)
        assert [field["key"] for field in told["outputSchema"]["fields"]] == [field.name for field in trigger.output]

    def test_it_says_which_release_it_needs(self, connector: Activepieces) -> None:
        assert connector.runtime.do("metadata")["minimumSupportedRelease"] == "0.82.0"

    def test_every_text_of_ours_can_be_translated(self, connector: Activepieces) -> None:
        assert connector.runtime.do("untranslated") == []

    def test_the_linter_finds_nothing(self) -> None:
        needs_node_parts(FOLDER)
        subprocess.run(["npm", "run", "--silent", "lint"], cwd=FOLDER, check=True)

"""What every connector must do, whatever its platform: the same tests against each one's own runtime and a real hub.

A platform's test module has a fixture `connector` and a class that takes up the parts that its platform has:

    class TestZapier(Starts, Waits, Triggers): ...
"""

import json
import queue
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import pytest

from app.accounts.connectors import speaking
from app.dev import ports
from app.times import iso, now
from tests.connectors.between import Between
from tests.connectors.runtime import Refused
from tests.hub import Holder, Hub, wait_until
from tests.receiving import Received, Receiver

Inputs = dict[str, Any]
NO_ANSWER = "+15550100003"
VOICEMAIL = "+15550100004"
NEVER_ENDS_BY_ITSELF = "+15550100013"  # accepted by the carrier, which then never calls back
FORMS_THAT_ARE_NO_NUMBER = ["15551234567", "+1 555 123 4567", "+1555CALLNOW", "+1", "", "tel:+15551234567"]


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the hub is, and the key that a person typed in."""

    url: str
    key: str


class Connector(Protocol):
    """A connector at work. `step` names one run of one step: when the platform repeats the run, it stays the same.

    Every method raises Refused as its platform would see the error.
    """

    def connect(self, connection: Connection) -> str:
        """Test the credentials; the label that the platform shows for them."""

    def act(self, connection: Connection, action: str, inputs: Inputs, step: str) -> Any:
        """Run an action of connectors/generation/catalogue.py; what it gives: a call, or a list of calls."""

    def listed(self, connection: Connection, trigger: str) -> list[dict[str, Any]]:
        """What the trigger's editor shows as samples."""

    def begin(self, connection: Connection, inputs: Inputs, step: str, resume_url: str) -> Any:
        """First half of start-and-wait: it starts the call and leaves; what the second half needs."""

    def resume(self, connection: Connection, begun: Any, received: Received) -> dict[str, Any]:
        """Second half, when the hub's callback has come."""

    def subscribe(self, connection: Connection, trigger: str, target_url: str, filters: Inputs) -> Any:
        """A trigger is switched on; what switching it off needs."""

    def unsubscribe(self, connection: Connection, subscription: Any) -> None:
        """The trigger is switched off."""

    def receive(
        self, connection: Connection, trigger: str, subscription: Any, received: Received
    ) -> list[dict[str, Any]]:
        """The items with which the automation starts when the hub's request has come."""


def speak(number: str = "+15552000001", **more: Any) -> Inputs:
    return {"phoneNumber": number, "instructions": "Ask for the opening hours."} | more


def a_step() -> str:
    return uuid.uuid4().hex


def a_number() -> str:
    return f"+1555{uuid.uuid4().int % 10**7:07d}"


def refusal(act: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value


def calls_of(hub: Hub, holder: Holder) -> list[dict[str, Any]]:
    return hub.rows("SELECT * FROM call WHERE account_id = %s", (holder.id,))


class Starts:
    """Connects, and starts calls."""

    def test_a_good_key_connects_under_the_name_of_its_account(
        self, connector: Connector, connection: Connection
    ) -> None:
        assert "Jane" in connector.connect(connection)

    def test_the_hub_is_told_which_connector_speaks(self, connector: Connector, connection: Connection) -> None:
        with Between(connection.url) as between:
            connector.connect(Connection(between.url, connection.key))
        said = [
            (passed.headers.get("user-agent", ""), passed.headers.get("x-mio-client", "")) for passed in between.passed
        ]
        assert {speaking(*headers) for headers in said} == {type(self).__name__.removeprefix("Test").lower()}

    def test_a_bad_key_does_not_connect(self, connector: Connector, hub: Hub) -> None:
        bad = Connection(hub.url, "sk_test_" + "0" * 40)
        assert refusal(lambda: connector.connect(bad)).kind == "auth"

    def test_start_gives_the_call_as_the_api_has_it(
        self, connector: Connector, connection: Connection, hub: Hub
    ) -> None:
        call = connector.act(connection, "startCall", speak(), a_step())
        assert set(call) >= set(hub.get(f"/calls/{call['id']}", connection.key).json)
        assert call["toNumber"] == "+15552000001"

    @pytest.mark.parametrize("number", FORMS_THAT_ARE_NO_NUMBER)
    def test_what_is_no_number_is_refused_with_words_about_it(
        self, connector: Connector, connection: Connection, hub: Hub, holder: Holder, number: str
    ) -> None:
        refused = refusal(lambda: connector.act(connection, "startCall", speak(number), a_step()))
        assert refused.kind == "input"
        assert "number" in refused.message.lower()
        assert calls_of(hub, holder) == []

    def test_a_field_that_is_too_long_is_refused_by_name(self, connector: Connector, connection: Connection) -> None:
        refused = refusal(lambda: connector.act(connection, "startCall", speak(firstMessage="x" * 1001), a_step()))
        assert refused.kind == "input"
        assert "first" in refused.message.lower()

    def test_a_step_that_is_repeated_dials_once(
        self, connector: Connector, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        step, inputs = a_step(), speak(a_number())
        first = connector.act(connection, "startCall", inputs, step)
        again = connector.act(connection, "startCall", inputs, step)
        assert again["id"] == first["id"]
        assert len(calls_of(hub, holder)) == 1

    def test_another_run_dials_again(self, connector: Connector, connection: Connection, hub: Hub) -> None:
        number = a_number()
        first = connector.act(connection, "startCall", speak(number), a_step())
        hub.wait_call(first["id"], connection.key)
        assert connector.act(connection, "startCall", speak(number), a_step())["id"] != first["id"]

    def test_a_call_is_scheduled_and_canceled(self, connector: Connector, connection: Connection) -> None:
        tomorrow = iso(now() + timedelta(days=1))
        call = connector.act(connection, "scheduleCall", speak(callAt=tomorrow), a_step())
        assert (call["status"], call["callAt"]) == ("scheduled", tomorrow)
        assert connector.act(connection, "cancelCall", {"callId": call["id"]}, a_step())["status"] == "canceled"

    def test_a_call_is_found_by_its_id_and_by_its_number(
        self, connector: Connector, connection: Connection, hub: Hub
    ) -> None:
        number = a_number()
        call = hub.call(connection.key, number)
        ended = hub.wait_call(call["id"], connection.key)
        assert connector.act(connection, "getCall", {"callId": call["id"]}, a_step())["summary"] == ended["summary"]
        assert one(connector.act(connection, "findLatestCall", {"toNumber": number}, a_step()))["id"] == call["id"]

    def test_calls_are_listed_newest_first(self, connector: Connector, connection: Connection, hub: Hub) -> None:
        tomorrow = iso(now() + timedelta(days=1))
        made = [hub.call(connection.key, a_number(), callAt=tomorrow)["id"] for _ in range(3)]
        listed = connector.act(connection, "listCalls", {"status": ["scheduled"]}, a_step())
        assert [call["id"] for call in listed] == made[::-1]

    def test_an_active_call_to_the_number_is_told_as_such(
        self, connector: Connector, connection: Connection, hub: Hub
    ) -> None:
        hub.call(connection.key, NEVER_ENDS_BY_ITSELF)
        refused = refusal(lambda: connector.act(connection, "startCall", speak(NEVER_ENDS_BY_ITSELF), a_step()))
        assert refused.kind in ("halted", "input")
        assert "active" in refused.message

    def test_an_empty_account_is_told_to_add_funds(self, connector: Connector, hub: Hub) -> None:
        poor = Connection(hub.url, hub.account(balance=0).live_key)
        refused = refusal(lambda: connector.act(poor, "startCall", speak(), a_step()))
        assert refused.kind == "input"
        assert "funds" in refused.message

    def test_a_limit_is_waited_for(self, connector: Connector, live: Connection, hub: Hub, holder: Holder) -> None:
        hub.rows("UPDATE account SET daily_calls = 0 WHERE id = %s", (holder.id,))
        refused = refusal(lambda: connector.act(live, "startCall", speak(), a_step()))
        assert refused.kind == "retry"

    def test_a_number_that_must_not_be_called_is_told_as_such(
        self, connector: Connector, connection: Connection, hub: Hub
    ) -> None:
        number = a_number()
        hub.post("/do-not-call", {"phoneNumber": number}, connection.key)
        refused = refusal(lambda: connector.act(connection, "startCall", speak(number), a_step()))
        assert refused.kind in ("halted", "input")
        assert "do-not-call" in refused.message

    def test_a_revoked_key_is_an_error_of_the_connection(
        self, connector: Connector, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        revoke(hub, holder)
        assert refusal(lambda: connector.act(connection, "startCall", speak(), a_step())).kind == "auth"

    def test_a_hub_that_is_down_is_tried_again(self, connector: Connector, connection: Connection) -> None:
        down = Connection(f"http://127.0.0.1:{ports.free()}", connection.key)
        assert refusal(lambda: connector.act(down, "startCall", speak(), a_step())).kind == "retry"


class Waits:
    """Starts a call and waits for its result, by the hub's callback."""

    def test_the_result_of_a_conversation(
        self, connector: Connector, connection: Connection, receiver: Receiver
    ) -> None:
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        call = connector.resume(connection, begun, receiver.next())
        assert call["status"] == "completed"
        assert call["summary"]
        assert {turn["role"] for turn in call["transcript"]} == {"agent", "human"}

    def test_that_nobody_answered(self, connector: Connector, connection: Connection, receiver: Receiver) -> None:
        begun = connector.begin(connection, speak(NO_ANSWER), a_step(), resume_url(receiver))
        assert connector.resume(connection, begun, receiver.next())["status"] == "no-answer"

    def test_a_deadline_is_told_apart_from_a_result(
        self, connector: Connector, connection: Connection, receiver: Receiver
    ) -> None:
        inputs = speak(NEVER_ENDS_BY_ITSELF, callbackDeadlineSeconds=1)
        begun = connector.begin(connection, inputs, a_step(), resume_url(receiver))
        call = connector.resume(connection, begun, receiver.next())
        assert call["timedOut"] is True
        assert call["status"] not in ("completed", "no-answer", "busy", "failed", "canceled")

    def test_a_result_says_that_it_is_no_deadline(
        self, connector: Connector, connection: Connection, receiver: Receiver
    ) -> None:
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        assert connector.resume(connection, begun, receiver.next())["timedOut"] is False

    def test_the_address_to_resume_at_is_kept_to_the_byte(
        self, connector: Connector, connection: Connection, receiver: Receiver
    ) -> None:
        connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        assert receiver.next().path == "/webhook?signature=a%2Bb&x=%20"

    def test_a_first_half_that_is_repeated_dials_once(
        self, connector: Connector, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        step, inputs = a_step(), speak(a_number())
        for _ in range(2):
            connector.begin(connection, inputs, step, resume_url(receiver))
        assert len(calls_of(hub, holder)) == 1

    @pytest.mark.parametrize("number", FORMS_THAT_ARE_NO_NUMBER)
    def test_what_is_no_number_never_waits(
        self, connector: Connector, connection: Connection, receiver: Receiver, number: str
    ) -> None:
        begin = lambda: connector.begin(connection, speak(number), a_step(), resume_url(receiver))  # noqa: E731
        assert refusal(begin).kind == "input"

    def test_a_hub_that_is_down_never_waits(
        self, connector: Connector, connection: Connection, receiver: Receiver
    ) -> None:
        down = Connection(f"http://127.0.0.1:{ports.free()}", connection.key)
        begin = lambda: connector.begin(down, speak(), a_step(), resume_url(receiver))  # noqa: E731
        assert refusal(begin).kind == "retry"

    def test_a_platform_that_is_not_ready_yet_is_told_again(
        self, connector: Connector, connection: Connection, receiver: Receiver
    ) -> None:
        statuses = [409, 200]
        receiver.answer = lambda _: statuses.pop(0)
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        assert receiver.next().body  # refused by the platform: the step was not parked yet
        assert connector.resume(connection, begun, receiver.next())["status"] == "completed"

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_platform_that_has_forgotten_the_step_is_left_alone(
        self, connector: Connector, connection: Connection, receiver: Receiver, status: int
    ) -> None:
        receiver.answer = lambda _: status
        connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        receiver.next()
        with pytest.raises(queue.Empty):
            receiver.next(seconds=1.0)


class WaitingConnector(Protocol):
    """A connector whose start-and-wait has no second half."""

    def wait(self, connection: Connection, inputs: Inputs, step: str) -> dict[str, Any]:
        """Start a call, ask until it has ended or the longest wait is over, and give it."""


class WaitsByPolling:
    """Starts a call and waits for its result, by asking for it."""

    def test_the_result_of_a_conversation(self, connector: WaitingConnector, connection: Connection) -> None:
        call = connector.wait(connection, speak(a_number()), a_step())
        assert (call["status"], call["timedOut"]) == ("completed", False)
        assert call["summary"]
        assert {turn["role"] for turn in call["transcript"]} == {"agent", "human"}

    def test_that_nobody_answered(self, connector: WaitingConnector, connection: Connection) -> None:
        call = connector.wait(connection, speak(NO_ANSWER), a_step())
        assert (call["status"], call["timedOut"]) == ("no-answer", False)

    def test_a_deadline_is_told_apart_from_a_result(self, connector: WaitingConnector, connection: Connection) -> None:
        call = connector.wait(connection, speak(NEVER_ENDS_BY_ITSELF, callbackDeadlineSeconds=1), a_step())
        assert call["timedOut"] is True
        assert call["status"] not in ("completed", "no-answer", "busy", "failed", "canceled")

    def test_a_wait_that_is_repeated_dials_once(
        self, connector: WaitingConnector, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        step, inputs = a_step(), speak(a_number())
        given = [connector.wait(connection, inputs, step) for _ in range(2)]
        assert given[0] == given[1]
        assert len(calls_of(hub, holder)) == 1

    @pytest.mark.parametrize("number", FORMS_THAT_ARE_NO_NUMBER)
    def test_what_is_no_number_never_waits(
        self, connector: WaitingConnector, connection: Connection, number: str
    ) -> None:
        assert refusal(lambda: connector.wait(connection, speak(number), a_step())).kind == "input"

    def test_a_hub_that_is_down_never_waits(self, connector: WaitingConnector, connection: Connection) -> None:
        down = Connection(f"http://127.0.0.1:{ports.free()}", connection.key)
        assert refusal(lambda: connector.wait(down, speak(), a_step())).kind == "retry"


class Triggers:
    """Starts automations when something has happened."""

    def test_an_event_starts_the_automation_with_its_call(
        self, connector: Connector, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        call = hub.call(connection.key, a_number())
        items = connector.receive(connection, "callCompleted", subscription, receiver.next())
        assert [(item["id"], item["status"]) for item in items] == [(call["id"], "completed")]

    def test_unsubscribing_removes_its_own_webhook_alone(
        self, connector: Connector, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        mine = hub.webhook("http://127.0.0.1:9/mine", connection.key)
        connector.unsubscribe(connection, connector.subscribe(connection, "callCompleted", receiver.url, {}))
        assert [webhook["id"] for webhook in hub.get("/webhooks", connection.key).json["data"]] == [mine["id"]]

    def test_unsubscribing_twice_is_no_error(
        self, connector: Connector, connection: Connection, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        connector.unsubscribe(connection, subscription)
        connector.unsubscribe(connection, subscription)

    def test_two_automations_both_get_the_event(
        self,
        connector: Connector,
        connection: Connection,
        hub: Hub,
        receiver: Receiver,
        second_receiver: Receiver,
    ) -> None:
        for listening in (receiver, second_receiver):
            connector.subscribe(connection, "callCompleted", listening.url, {})
        call = hub.call(connection.key, a_number())
        assert [there.next().event["call"]["id"] for there in (receiver, second_receiver)] == [call["id"]] * 2

    def test_filters_reach_the_hub(
        self, connector: Connector, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        filters = {"status": ["no-answer"], "direction": "outbound", "answeredBy": ["unknown"]}
        connector.subscribe(connection, "callCompleted", receiver.url, filters)
        assert hub.get("/webhooks", connection.key).json["data"][0]["filters"] == filters

    @pytest.mark.parametrize(
        ("trigger", "number", "status"),
        [
            ("callStarted", None, "in-progress"),
            ("voicemailLeft", VOICEMAIL, "completed"),
            ("callUnanswered", NO_ANSWER, "no-answer"),
        ],
    )
    def test_the_other_triggers_hear_of_what_they_are_for(
        self,
        connector: Connector,
        connection: Connection,
        hub: Hub,
        receiver: Receiver,
        trigger: str,
        number: str | None,
        status: str,
    ) -> None:
        subscription = connector.subscribe(connection, trigger, receiver.url, {})
        call = hub.call(connection.key, number or a_number())
        items = connector.receive(connection, trigger, subscription, receiver.next())
        assert [(item["id"], item["status"]) for item in items] == [(call["id"], status)]

    def test_an_unanswered_trigger_hears_of_no_conversation(
        self, connector: Connector, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        connector.subscribe(connection, "callUnanswered", receiver.url, {})
        hub.wait_call(hub.call(connection.key, a_number())["id"], connection.key)
        with pytest.raises(queue.Empty):
            receiver.next(seconds=0.5)

    def test_samples_have_the_keys_and_nesting_of_the_event(
        self, connector: Connector, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        call = hub.call(connection.key, a_number())
        items = connector.receive(connection, "callCompleted", subscription, receiver.next())
        samples = connector.listed(connection, "callCompleted")
        assert [shape(item) for item in items] == [shape(sample) for sample in samples]
        assert samples[0]["id"] == call["id"]

    def test_a_trigger_whose_key_was_revoked_says_so(
        self, connector: Connector, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        connector.subscribe(connection, "callCompleted", receiver.url, {})
        revoke(hub, holder)
        assert refusal(lambda: connector.listed(connection, "callCompleted")).kind == "auth"


def resume_url(receiver: Receiver) -> str:
    """With a query string that must not be written anew."""
    return f"{receiver.url}?signature=a%2Bb&x=%20"


def one(given: Any) -> dict[str, Any]:
    """A call, from a step that gives it alone or as the first of a list."""
    found: dict[str, Any] = given[0] if isinstance(given, list) else given
    return found


def shape(value: Any) -> Any:
    """Keys and nesting, with the first item of a list standing for all."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


def revoke(hub: Hub, holder: Holder) -> None:
    hub.rows("UPDATE api_key SET revoked_at = now() WHERE account_id = %s", (holder.id,))
    wait_until(lambda: hub.get("/me", holder.test_key).status == 401)


def event_of(received: Received) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(received.body)
    return parsed

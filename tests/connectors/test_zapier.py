"""The Zapier app in Zapier's own core, against a real hub: what every connector must do, and what only Zapier has."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.times import iso, now
from tests.connectors import zapier
from tests.connectors.between import Between, Holds
from tests.connectors.contract import (
    NO_ANSWER,
    VOICEMAIL,
    Connection,
    Starts,
    Triggers,
    Waits,
    a_number,
    a_step,
    calls_of,
    refusal,
    resume_url,
    shape,
    speak,
)
from tests.connectors.zapier import Zapier
from tests.hub import Holder, Hub
from tests.receiving import Received, Receiver


@pytest.fixture(scope="session")
def connector() -> Iterator[Zapier]:
    with zapier.running() as running:
        yield running


class TestZapier(Starts, Waits, Triggers): ...


class TestWaiting:
    def test_a_step_that_waits_is_parked(self, connector: Zapier, connection: Connection, receiver: Receiver) -> None:
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        assert begun["status"] == "CALLBACK"

    def test_the_callback_of_another_call_is_refused(
        self, connector: Zapier, connection: Connection, receiver: Receiver
    ) -> None:
        begun = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
        another = begun | {"outputData": begun["outputData"] | {"id": "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827"}}
        received = receiver.next()
        assert "not about its call" in refusal(lambda: connector.resume(connection, another, received)).message

    def test_the_longest_wait_is_a_day_unless_a_person_says_otherwise(
        self, connector: Zapier, through: Connection, between: Between, receiver: Receiver
    ) -> None:
        connector.begin(through, speak(a_number()), a_step(), resume_url(receiver))
        assert json.loads(between.passed[0].body)["callbackDeadlineSeconds"] == 86_400

    def test_a_longest_wait_of_nothing_is_refused(
        self, connector: Zapier, connection: Connection, receiver: Receiver
    ) -> None:
        inputs = speak(callbackDeadlineSeconds="0")
        refused = refusal(lambda: connector.begin(connection, inputs, a_step(), resume_url(receiver)))
        assert refused.message == "Longest Wait must be a whole number from 1 to 2592000."

    def test_a_person_with_the_same_deduplication_key_is_not_called_again(
        self, connector: Zapier, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        inputs = speak(a_number(), idempotencyKey="order-1042")
        connector.begin(connection, inputs, a_step(), f"{receiver.url}?run=1")
        assert refusal(lambda: connector.begin(connection, inputs, a_step(), f"{receiver.url}?run=2")).kind == "halted"
        assert len(calls_of(hub, holder)) == 1


class TestTheEditor:
    """Testing a step that waits: it neither rings a person nor hangs."""

    def test_a_live_key_rings_nobody_and_shows_the_latest_completed_call(
        self, connector: Zapier, live: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        ended = hub.wait_call(hub.call(live.key, a_number())["id"], live.key)
        hub.call(live.key, a_number(), callAt=iso(now() + timedelta(days=1)))
        tested = connector.begin(live, speak(a_number()), a_step(), resume_url(receiver), isLoadingSample=True)
        assert tested == {"outputData": ended | {"timedOut": False}, "status": "SUCCESS"}
        assert len(calls_of(hub, holder)) == 2

    def test_a_live_key_without_calls_shows_an_example(
        self, connector: Zapier, live: Connection, hub: Hub, holder: Holder, receiver: Receiver
    ) -> None:
        tested = connector.begin(live, speak(a_number()), a_step(), resume_url(receiver), isLoadingSample=True)
        assert tested["outputData"]["status"] == "completed"
        assert calls_of(hub, holder) == []

    def test_a_test_key_calls_the_sandbox_and_shows_what_came_of_it(
        self, connector: Zapier, connection: Connection, receiver: Receiver
    ) -> None:
        tested = connector.begin(connection, speak(NO_ANSWER), a_step(), resume_url(receiver), isLoadingSample=True)
        assert (tested["outputData"]["status"], tested["outputData"]["timedOut"]) == ("no-answer", False)
        assert tested["status"] == "SUCCESS"

    def test_the_sandbox_may_take_its_time(
        self, connector: Zapier, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        slow = lambda passed: Holds(11, passes=True) if "wait=15" in passed.path else None  # noqa: E731
        with Between(hub.url, slow) as between:
            through = Connection(between.url, connection.key)
            tested = connector.begin(through, speak(NO_ANSWER), a_step(), resume_url(receiver), isLoadingSample=True)
        assert tested["outputData"]["status"] == "no-answer"

    def test_a_wrong_number_is_told_when_the_step_is_tested(
        self, connector: Zapier, live: Connection, receiver: Receiver
    ) -> None:
        begin = lambda: connector.begin(live, speak("1555"), a_step(), resume_url(receiver), isLoadingSample=True)  # noqa: E731
        assert "Phone Number" in refusal(begin).message


class TestHearing:
    def test_a_forged_event_starts_nothing(
        self, connector: Zapier, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.call(connection.key, a_number())
        received = receiver.next()
        forged = Received(received.path, received.headers, received.body.replace(b"completed", b"canceled "), 0)
        receive = lambda: connector.receive(connection, "callCompleted", subscription, forged)  # noqa: E731
        assert "not signed" in refusal(receive).message

    def test_an_event_without_a_signature_starts_nothing(
        self, connector: Zapier, connection: Connection, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        bare = Received("/", {}, b'{"event": "call.completed", "call": {"id": "1"}}', 0)
        receive = lambda: connector.receive(connection, "callCompleted", subscription, bare)  # noqa: E731
        assert "not signed" in refusal(receive).message

    def test_nothing_starts_the_zap_where_there_is_no_secret_to_check_it_with(
        self, connector: Zapier, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.call(connection.key, a_number())
        received = receiver.next()
        receive = lambda: connector.receive(connection, "callCompleted", None, received)  # noqa: E731
        assert "not signed" in refusal(receive).message

    def test_a_sample_that_was_sent_to_try_the_webhook_starts_nothing(
        self, connector: Zapier, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.post(f"/webhooks/{subscription['id']}/test", None, connection.key)
        assert connector.receive(connection, "callCompleted", subscription, receiver.next()) == []

    def test_an_event_that_was_held_back_for_hours_still_starts_the_zap(
        self, connector: Zapier, connection: Connection, hub: Hub, receiver: Receiver
    ) -> None:
        subscription = connector.subscribe(connection, "callCompleted", receiver.url, {})
        hub.call(connection.key, a_number())
        assert connector.receive(connection, "callCompleted", subscription, hours_old(receiver.next(), subscription))

    @pytest.mark.parametrize(("trigger", "number"), [("callUnanswered", NO_ANSWER), ("voicemailLeft", VOICEMAIL)])
    def test_samples_are_of_the_calls_that_the_trigger_is_for(
        self, connector: Zapier, connection: Connection, hub: Hub, trigger: str, number: str
    ) -> None:
        for each in (number, a_number()):
            hub.wait_call(hub.call(connection.key, each)["id"], connection.key)
        assert [call["toNumber"] for call in connector.listed(connection, trigger)] == [number]

    def test_t004_t006_a_live_call_has_every_key_of_the_static_sample(
        self, connector: Zapier, connection: Connection, hub: Hub
    ) -> None:
        hub.wait_call(hub.call(connection.key, a_number())["id"], connection.key)
        [live] = connector.listed(connection, "callCompleted")
        static = connector.definition()["triggers"]["callCompleted"]["operation"]["sample"]
        assert set(static) == set(live)
        assert shape(static["transcript"]) == shape(live["transcript"])

    def test_samples_keep_to_the_chosen_filters(self, connector: Zapier, connection: Connection, hub: Hub) -> None:
        for each in (NO_ANSWER, a_number()):
            hub.wait_call(hub.call(connection.key, each)["id"], connection.key)
        samples = connector.listed(connection, "callCompleted", filters={"status": ["no-answer", "busy"]})
        assert [call["status"] for call in samples] == ["no-answer"]


def hours_old(received: Received, subscription: dict[str, Any]) -> Received:
    """The same event as it was signed six hours ago."""
    timestamp = str(int(time.time()) - 6 * 3600)
    signed = hmac.new(subscription["secret"].encode(), f"{timestamp}.".encode() + received.body, hashlib.sha256)
    headers = {"x-mio-timestamp": timestamp, "x-mio-signature": signed.hexdigest()}
    return Received(received.path, headers, received.body, received.at)

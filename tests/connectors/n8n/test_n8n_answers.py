"""What the nodes make of strange answers, of none, and of what items give in another form than a person means."""

from typing import Any

import pytest

from tests.connectors.between import Answers, Between, Fault, Loses
from tests.connectors.contract import (
    NEVER_ENDS_BY_ITSELF,
    Connection,
    a_number,
    a_step,
    calls_of,
    refusal,
    resume_url,
    speak,
)
from tests.connectors.n8n.engine import FROM_ITEMS, N8n, person
from tests.hub import Holder, Hub
from tests.receiving import Receiver

SOMEBODYS = "d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827"
GOES_ON = {"onError": "continueRegularOutput"}
JSON = {"Content-Type": "application/json"}
AS_A_TOOL = {"type": "n8n-nodes-miohub.mioHubTool"}
BUSY = Answers(503, JSON, b'{"error": "Busy.", "code": "unavailable"}')
FAILED = Answers(500, JSON, b'{"error": "Something went wrong on our side.", "code": "internal"}')
TWIN = Answers(409, JSON, b'{"error": "Still under way.", "code": "idempotency_in_progress"}')


class TestNoAnswerOfAHub:
    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'"ok"', b'{"id": 1}'])
    def test_what_is_no_call_is_no_start(
        self, connector: N8n, connection: Connection, receiver: Receiver, body: bytes
    ) -> None:
        with Between(connection.url, lambda _: Answers(200, JSON, body)) as between:
            through = Connection(between.url, connection.key)
            for refused in (
                refusal(lambda: connector.act(through, "startCall", speak(), a_step())),
                refusal(lambda: connector.begin(through, speak(), a_step(), resume_url(receiver))),
                refusal(lambda: connector.run(through, "startBatch", parameters=speak())),
                refusal(lambda: connector.act(through, "listCalls", {}, a_step())),
            ):
                assert "base URL" in refused.message

    def test_an_empty_answer_is_no_success(self, connector: N8n, connection: Connection) -> None:
        with Between(connection.url, lambda _: Answers(204)) as between:
            through = Connection(between.url, connection.key)
            assert (
                "base URL"
                in refusal(lambda: connector.act(through, "cancelCall", {"callId": SOMEBODYS}, a_step())).message
            )


class TestDoubt:
    @pytest.mark.parametrize("first", [FAILED, Answers(500), Answers(520), Answers(524)])
    def test_a_failure_of_the_server_is_asked_for_once_more_under_the_same_key(
        self, connector: N8n, connection: Connection, first: Fault
    ) -> None:
        faults = [first, None]
        with Between(connection.url, lambda _: faults.pop(0)) as between:
            through = Connection(between.url, connection.key)
            assert connector.act(through, "startCall", speak(a_number()), a_step())["id"]
        assert len({passed.headers["idempotency-key"] for passed in between.passed}) == 1

    @pytest.mark.parametrize("second", [BUSY, FAILED, TWIN, Answers(429), Answers(503)])
    def test_what_may_have_been_done_is_not_told_as_undone(
        self, connector: N8n, connection: Connection, second: Fault
    ) -> None:
        faults = [Loses(), second, second]
        parameters = {"resource": "call", "operation": "start"} | speak(a_number())
        with Between(connection.url, lambda _: faults.pop(0)) as between:
            through = Connection(between.url, connection.key)
            refused = refusal(lambda: connector.do("callTool", through, parameters=parameters))
        assert refused.kind == "unknown"
        assert "looked for it among the calls" in refused.message

    def test_a_refusal_after_a_lost_answer_is_the_hubs(self, connector: N8n, connection: Connection, hub: Hub) -> None:
        number = a_number()
        hub.post("/do-not-call", {"phoneNumber": number}, connection.key)
        faults = [Loses(), None]
        with Between(connection.url, lambda _: faults.pop(0)) as between:
            through = Connection(between.url, connection.key)
            refused = refusal(lambda: connector.act(through, "startCall", speak(number), a_step()))
        assert "do-not-call" in refused.message


class TestAToolThatStays:
    """Its call was placed: whatever comes of asking for it, it is not told as undone."""

    @pytest.mark.parametrize("fault", [BUSY, Loses(), Answers(502), Answers(429)])
    def test_a_hub_that_is_away_for_a_while_is_asked_again(
        self, connector: N8n, connection: Connection, fault: Fault
    ) -> None:
        asked: list[str] = []

        def away(passed: Any) -> Fault:
            asked.append(passed.method)
            return fault if 1 < len(asked) < 4 else None

        with Between(connection.url, away) as between:
            through = Connection(between.url, connection.key)
            [call] = connector.run(through, "startAndWait", parameters=speak(a_number()), **AS_A_TOOL)
        assert (call["status"], call["timedOut"]) == ("completed", False)

    def test_a_call_that_can_be_asked_for_no_more_is_given_as_it_was(
        self, connector: N8n, connection: Connection
    ) -> None:
        gone = Answers(401, JSON, b'{"error": "The key is not valid.", "code": "unauthenticated"}')
        with Between(connection.url, lambda passed: gone if passed.method == "GET" else None) as between:
            through = Connection(between.url, connection.key)
            [call] = connector.run(through, "startAndWait", parameters=speak(a_number()), **AS_A_TOOL)
        assert call["timedOut"] is True
        assert between.requests[1:] == [f"GET /api/v1/calls/{call['id']}"]


class TestInputs:
    """Refused before anything is sent, by the field's name."""

    @pytest.mark.parametrize("key", ["Bestellung №1", "a\nb", "x" * 256, "é"])
    def test_a_deduplication_key_that_no_header_can_carry_is_told_by_its_field(
        self, connector: N8n, connection: Connection, key: str
    ) -> None:
        refused = refused_unsent(connector, connection, "start", {"idempotencyKey": key})
        assert "Deduplication Key" in refused

    @pytest.mark.parametrize("seconds", ["soon", 0, -1, 1.5, 2_592_001])
    @pytest.mark.parametrize("given", [{}, AS_A_TOOL])
    def test_a_longest_wait_that_is_none_is_told_by_its_field(
        self, connector: N8n, connection: Connection, seconds: Any, given: dict[str, str]
    ) -> None:
        refused = refused_unsent(connector, connection, "startAndWait", {"callbackDeadlineSeconds": seconds}, **given)
        assert "Longest Wait" in refused

    @pytest.mark.parametrize("instructions", ["  ", "\n"])
    def test_instructions_that_say_nothing_are_told_by_their_field(
        self, connector: N8n, connection: Connection, instructions: str
    ) -> None:
        parameters = speak(a_number(), instructions=instructions)
        assert "instructions" in refused_unsent(connector, connection, "start", {}, parameters=parameters)

    @pytest.mark.parametrize("time", ["tomorrow maybe", "2026-13-01T00:00:00Z"])
    def test_a_time_to_call_at_that_is_none_is_told_by_its_field(
        self, connector: N8n, connection: Connection, time: str
    ) -> None:
        parameters = speak(a_number(), callAt=time)
        assert "time to call at" in refused_unsent(connector, connection, "schedule", {}, parameters=parameters)

    def test_a_number_to_look_for_that_is_none_is_told_by_its_field(
        self, connector: N8n, connection: Connection
    ) -> None:
        parameters = {"filters": {"toNumber": "555 12"}}
        assert "phone number" in refused_unsent(connector, connection, "getAll", {}, parameters=parameters)

    def test_a_longest_wait_may_be_given_as_a_text(self, connector: N8n, connection: Connection) -> None:
        more = {"additionalFields": {"callbackDeadlineSeconds": "1"}}
        [call] = connector.run(connection, "startAndWait", parameters=speak(NEVER_ENDS_BY_ITSELF) | more, **AS_A_TOOL)
        assert call["timedOut"] is True

    def test_a_deduplication_key_is_not_given_up_in_a_batch(self, connector: N8n, connection: Connection) -> None:
        more = {"idempotencyKey": "={{ $json.number }}"}
        items = [person(a_number()), person(a_number())]
        refused = refused_unsent(connector, connection, "startAndWait", more, parameters=FROM_ITEMS, items=items)
        assert "Loop Over Items" in refused

    @pytest.mark.parametrize("at", [None, "", " "])
    def test_a_call_without_a_time_is_not_placed_at_once(
        self, connector: N8n, connection: Connection, hub: Hub, holder: Holder, at: str | None
    ) -> None:
        parameters = speak(a_number(), callAt="={{ $json.at }}")
        refused = refusal(lambda: connector.run(connection, "schedule", parameters=parameters, items=[{"at": at}]))
        assert "Call At" in refused.message
        assert calls_of(hub, holder) == []

    @pytest.mark.parametrize("operation", ["get", "cancel"])
    @pytest.mark.parametrize("call_id", ["", "..", "12", None])
    def test_what_is_no_call_id_finds_no_call(
        self, connector: N8n, connection: Connection, operation: str, call_id: str | None
    ) -> None:
        chosen = {"callId": {"__rl": True, "mode": "id", "value": "={{ $json.id }}"}}
        with Between(connection.url) as between:
            through = Connection(between.url, connection.key)
            refused = refusal(lambda: connector.run(through, operation, parameters=chosen, items=[{"id": call_id}]))
            assert between.requests == []
        assert "Call" in refused.message

    def test_one_item_that_is_no_number_is_told_as_such_where_the_node_goes_on(
        self, connector: N8n, connection: Connection, hub: Hub, holder: Holder
    ) -> None:
        given: dict[str, Any] = {"parameters": FROM_ITEMS, "items": [person("nobody")], "settings": GOES_ON}
        [gave] = connector.run(connection, "startAndWait", **given)
        assert "“nobody” is not a phone number" in gave["error"]
        assert calls_of(hub, holder) == []

    def test_a_key_with_a_sign_that_no_key_has_is_refused_and_not_told(
        self, connector: N8n, connection: Connection
    ) -> None:
        refused = refusal(lambda: connector.connect(Connection(connection.url, f"{connection.key}\u200b")))
        assert "API key" in refused.message
        assert connection.key not in refused.message


def refused_unsent(connector: N8n, connection: Connection, operation: str, more: dict[str, Any], **given: Any) -> str:
    """The words in which a start with these additional fields is refused, without a request."""
    parameters = given.pop("parameters", speak(a_number())) | {"additionalFields": more}
    with Between(connection.url) as between:
        through = Connection(between.url, connection.key)
        refused = refusal(lambda: connector.run(through, operation, parameters=parameters, **given))
        assert between.requests == []
    return refused.message

"""What a step that waits needs of n8n: one callback for all items, each result beside its item, none for another."""

from datetime import datetime
from typing import Any

import pytest

from app.times import now
from tests.connectors.between import Answers, Between, Loses
from tests.connectors.contract import (
    NEVER_ENDS_BY_ITSELF,
    NO_ANSWER,
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

GOES_ON = {"onError": "continueRegularOutput"}


def begin_all(
    connector: N8n, connection: Connection, receiver: Receiver, numbers: list[str], settings: Any | None = None
) -> Any:
    items = [person(number) for number in numbers]
    given: dict[str, Any] = {"items": items, "settings": settings or {}}
    return connector.begin(connection, FROM_ITEMS, a_step(), resume_url(receiver), **given)


def test_several_items_are_one_request_and_one_callback(
    connector: N8n, connection: Connection, receiver: Receiver
) -> None:
    with Between(connection.url) as between:
        begin_all(connector, Connection(between.url, connection.key), receiver, [a_number(), a_number()])
        assert between.requests == ["POST /api/v1/calls/batch"]
    assert receiver.next().event["event"] == "batch.completed"


def test_each_result_stands_where_its_item_stood(
    connector: N8n, connection: Connection, hub: Hub, receiver: Receiver
) -> None:
    numbers = [NO_ANSWER, a_number(), a_number()]
    hub.post("/do-not-call", {"phoneNumber": numbers[1]}, connection.key)
    begun = begin_all(connector, connection, receiver, numbers)
    first, second, third = connector.resumed(connection, begun, receiver.next().event)["gave"]
    assert (first["toNumber"], first["status"], first["timedOut"]) == (NO_ANSWER, "no-answer", False)
    assert "do-not-call" in second["error"]
    assert (third["toNumber"], third["status"]) == (numbers[2], "completed")


def test_an_item_that_is_no_number_keeps_its_place_where_the_node_goes_on(
    connector: N8n, connection: Connection, receiver: Receiver
) -> None:
    begun = begin_all(connector, connection, receiver, ["nobody", NO_ANSWER], GOES_ON)
    first, second = connector.resumed(connection, begun, receiver.next().event)["gave"]
    assert "nobody" in first["error"]
    assert second["toNumber"] == NO_ANSWER


def test_what_is_refused_goes_to_the_error_output_where_there_is_one(
    connector: N8n, connection: Connection, receiver: Receiver
) -> None:
    begun = begin_all(connector, connection, receiver, ["nobody", NO_ANSWER], {"onError": "continueErrorOutput"})
    [result] = connector.resumed(connection, begun, receiver.next().event)["gave"]
    assert result["toNumber"] == NO_ANSWER


def test_an_item_that_is_no_number_keeps_all_from_being_called(
    connector: N8n, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
) -> None:
    refused = refusal(lambda: begin_all(connector, connection, receiver, [a_number(), "nobody"]))
    assert "nobody" in refused.message
    assert calls_of(hub, holder) == []


def test_a_batch_of_which_every_call_is_refused_does_not_wait(
    connector: N8n, connection: Connection, hub: Hub, receiver: Receiver
) -> None:
    numbers = [a_number(), a_number()]
    for number in numbers:
        hub.post("/do-not-call", {"phoneNumber": number}, connection.key)
    refused = refusal(lambda: begin_all(connector, connection, receiver, numbers))
    assert "do-not-call" in refused.message
    assert begin_all(connector, connection, receiver, numbers, GOES_ON).get("waitTill") is None


def test_more_items_than_a_batch_has_are_refused_before_anybody_is_called(
    connector: N8n, connection: Connection, receiver: Receiver
) -> None:
    with Between(connection.url) as between:
        through = Connection(between.url, connection.key)
        refused = refusal(lambda: begin_all(connector, through, receiver, [a_number() for _ in range(101)]))
        assert between.requests == []
    assert "101 items" in refused.message


def test_a_callback_for_another_call_does_not_resume_the_step(
    connector: N8n, connection: Connection, receiver: Receiver
) -> None:
    early = connector.begin(connection, speak(a_number()), a_step(), resume_url(receiver))
    late = connector.begin(connection, speak(NEVER_ENDS_BY_ITSELF), a_step(), resume_url(receiver))
    event = receiver.next().event
    assert connector.resumed(connection, late, event) == {"status": 410}
    assert connector.resumed(connection, early, event)["status"] == 200


@pytest.mark.parametrize("body", [{}, {"call": {}}, {"event": "call.completed"}])
def test_what_is_no_callback_does_not_resume_the_step(
    connector: N8n, connection: Connection, receiver: Receiver, body: dict[str, Any]
) -> None:
    begun = connector.begin(connection, speak(NEVER_ENDS_BY_ITSELF), a_step(), resume_url(receiver))
    assert connector.resumed(connection, begun, body) == {"status": 410}


def test_n8n_goes_on_by_itself_a_minute_after_the_hubs_deadline(
    connector: N8n, connection: Connection, receiver: Receiver
) -> None:
    inputs = speak(NEVER_ENDS_BY_ITSELF, callbackDeadlineSeconds=100)
    begun = connector.begin(connection, inputs, a_step(), resume_url(receiver))
    assert 155 < (datetime.fromisoformat(begun["waitTill"]) - now()).total_seconds() <= 160


def test_what_n8n_goes_on_with_by_itself_is_no_result(
    connector: N8n, connection: Connection, receiver: Receiver
) -> None:
    begun = begin_all(connector, connection, receiver, [NEVER_ENDS_BY_ITSELF, a_number()])
    first, second = connector.do("outlast", connection, begun=begun)
    assert (first["toNumber"], first["timedOut"], second["timedOut"]) == (NEVER_ENDS_BY_ITSELF, True, True)


def test_a_batch_is_called_once_however_often_the_step_is_repeated(
    connector: N8n, connection: Connection, hub: Hub, holder: Holder, receiver: Receiver
) -> None:
    step, items = a_step(), [person(a_number()), person(a_number())]
    for _ in range(2):
        connector.begin(connection, FROM_ITEMS, step, resume_url(receiver), items=items)
    assert len(calls_of(hub, holder)) == 2


def test_an_agents_tool_stays_until_the_call_has_ended(connector: N8n, connection: Connection) -> None:
    given = {"type": "n8n-nodes-miohub.mioHubTool", "items": [person(a_number())]}
    [call] = connector.run(connection, "startAndWait", parameters=FROM_ITEMS, **given)
    assert (call["status"], call["timedOut"]) == ("completed", False)


def test_an_agents_tool_stays_no_longer_than_the_longest_wait(connector: N8n, connection: Connection) -> None:
    parameters = FROM_ITEMS | {"additionalFields": {"callbackDeadlineSeconds": 1}}
    given = {"type": "n8n-nodes-miohub.mioHubTool", "items": [person(NEVER_ENDS_BY_ITSELF)]}
    [call] = connector.run(connection, "startAndWait", parameters=parameters, **given)
    assert call["timedOut"] is True


def test_an_agent_that_runs_its_tools_itself_gets_the_result(connector: N8n, connection: Connection) -> None:
    parameters = {"resource": "call", "operation": "startAndWait"} | speak(NO_ANSWER)
    [call] = connector.do("callTool", connection, parameters=parameters)
    assert (call["status"], call["timedOut"]) == ("no-answer", False)


def test_such_an_agent_is_told_to_look_before_it_calls_again(
    connector: N8n, connection: Connection, hub: Hub, holder: Holder
) -> None:
    parameters = {"resource": "call", "operation": "start"} | speak(a_number())
    with Between(connection.url, lambda _: Loses()) as between:
        through = Connection(between.url, connection.key)
        refused = refusal(lambda: connector.do("callTool", through, parameters=parameters))
        assert between.requests == ["POST /api/v1/calls"] * 2
    assert "looked for it among the calls" in refused.message
    assert len(calls_of(hub, holder)) == 1


def test_a_result_is_simplified_where_a_person_wants_it(connector: N8n, connection: Connection) -> None:
    given = {"type": "n8n-nodes-miohub.mioHubTool", "items": [person(NO_ANSWER)]}
    [call] = connector.run(connection, "startAndWait", parameters=FROM_ITEMS | {"simplify": True}, **given)
    assert {"id", "summary", "transcript", "timedOut"} < set(call)
    assert "instructions" not in call


def test_an_answer_that_is_lost_is_asked_for_once_more_and_rings_once(
    connector: N8n, connection: Connection, hub: Hub, holder: Holder
) -> None:
    faults = [Loses(), None]
    with Between(connection.url, lambda _: faults.pop(0)) as between:
        through = Connection(between.url, connection.key)
        call = connector.act(through, "startCall", speak(a_number()), a_step())
    assert [str(one["id"]) for one in calls_of(hub, holder)] == [call["id"]]


def test_that_no_answer_comes_at_all_is_told_as_unknown(connector: N8n, connection: Connection) -> None:
    with Between(connection.url, lambda _: Loses()) as between:
        through = Connection(between.url, connection.key)
        refused = refusal(lambda: connector.act(through, "startCall", speak(a_number()), a_step()))
    assert refused.kind == "unknown"
    assert "not known" in refused.message


def test_a_short_limit_is_waited_for_within_the_node(connector: N8n, connection: Connection) -> None:
    busy = Answers(429, {"Retry-After": "1"}, b'{"error": "Too many requests.", "code": "rate_limited"}')
    faults = [busy, None]
    with Between(connection.url, lambda _: faults.pop(0)) as between:
        through = Connection(between.url, connection.key)
        assert connector.act(through, "startCall", speak(a_number()), a_step())["id"]


def test_a_web_page_is_no_success(connector: N8n, connection: Connection) -> None:
    with Between(connection.url, lambda _: Answers(200, {"Content-Type": "text/html"}, b"<h1>Hello</h1>")) as between:
        through = Connection(between.url, connection.key)
        assert "base URL" in refusal(lambda: connector.act(through, "startCall", speak(), a_step())).message


def test_a_redirection_is_not_followed_with_the_key(connector: N8n, connection: Connection) -> None:
    elsewhere = Answers(302, {"Location": f"{connection.url}/api/v1/me"})
    with Between(connection.url, lambda _: elsewhere) as between:
        through = Connection(between.url, connection.key)
        assert "base URL" in refusal(lambda: connector.act(through, "startCall", speak(), a_step())).message


def test_what_is_no_hub_is_told_to_check_the_base_url(connector: N8n, connection: Connection) -> None:
    with Between(
        connection.url, lambda _: Answers(404, {"Content-Type": "text/html"}, b"<h1>Not here</h1>")
    ) as between:
        through = Connection(between.url, connection.key)
        assert "base URL" in refusal(lambda: connector.act(through, "startCall", speak(), a_step())).message

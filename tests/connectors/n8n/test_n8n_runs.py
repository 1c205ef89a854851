"""Items, loops, retries and errors of n8n's executions; lists, times, the do-not-call list and the credential."""

from typing import Any

import pytest

from tests.connectors.between import Between
from tests.connectors.contract import NEVER_ENDS_BY_ITSELF, Connection, a_number, a_step, calls_of, refusal, speak
from tests.connectors.n8n.engine import FROM_ITEMS, N8n, person
from tests.hub import Holder, Hub

A_RUN = {"startTime": 0, "executionTime": 0, "executionIndex": 1, "source": [], "data": {"main": [[]]}}
GOES_ON = {"onError": "continueRegularOutput"}


def test_each_item_is_called_and_gives_its_own_call(connector: N8n, connection: Connection) -> None:
    numbers = [a_number(), a_number()]
    gave = connector.run(connection, "start", parameters=FROM_ITEMS, items=[person(number) for number in numbers])
    assert [call["toNumber"] for call in gave] == numbers


def test_the_next_round_of_a_loop_calls_again(connector: N8n, connection: Connection, hub: Hub, holder: Holder) -> None:
    step, items = a_step(), [person(a_number())]
    first = connector.run(connection, "start", parameters=FROM_ITEMS, items=items, step=step)
    hub.wait_call(first[0]["id"], connection.key)
    connector.run(connection, "start", parameters=FROM_ITEMS, items=items, step=step, runs=[A_RUN])
    assert len(calls_of(hub, holder)) == 2


def test_two_nodes_of_an_execution_both_call(connector: N8n, connection: Connection, hub: Hub, holder: Holder) -> None:
    step, items = a_step(), [person(a_number())]
    for node in ("one", "another"):
        [call] = connector.run(
            connection, "start", parameters=FROM_ITEMS, items=items, step=step, settings={"id": node}
        )
        hub.wait_call(call["id"], connection.key)
    assert len(calls_of(hub, holder)) == 2


def test_a_retried_execution_calls_only_whom_it_has_not_called(
    connector: N8n, connection: Connection, hub: Hub, holder: Holder
) -> None:
    step, items = a_step(), [person(a_number()), person(a_number())]
    hub.post("/do-not-call", {"phoneNumber": items[1]["number"]}, connection.key)

    def execute() -> list[dict[str, Any]]:
        return connector.run(connection, "start", parameters=FROM_ITEMS, items=items, step=step)

    assert "do-not-call" in refusal(execute).message
    hub.ask("DELETE", f"/do-not-call/{items[1]['number']}", connection.key)
    gave = execute()
    assert {call["id"] for call in gave} == {str(call["id"]) for call in calls_of(hub, holder)}
    assert len(gave) == 2


def test_a_retried_execution_with_other_instructions_calls_nobody_twice(
    connector: N8n, connection: Connection, hub: Hub, holder: Holder
) -> None:
    step, number = a_step(), a_number()
    call = connector.act(connection, "startCall", speak(number), step)
    hub.wait_call(call["id"], connection.key)
    refusal(lambda: connector.act(connection, "startCall", speak(number, firstMessage="Hello."), step))
    assert len(calls_of(hub, holder)) == 1


def test_a_persons_own_key_holds_over_executions(
    connector: N8n, connection: Connection, hub: Hub, holder: Holder
) -> None:
    inputs = speak(a_number(), idempotencyKey="order-1042")
    first, second = (connector.act(connection, "startCall", inputs, a_step()) for _ in range(2))
    assert first["id"] == second["id"]
    assert len(calls_of(hub, holder)) == 1


def test_n8ns_own_tries_call_once(connector: N8n, connection: Connection, hub: Hub, holder: Holder) -> None:
    items = [person(a_number()), person("nobody")]
    settings = {"retryOnFail": True, "maxTries": 2, "waitBetweenTries": 0}
    refusal(lambda: connector.run(connection, "start", parameters=FROM_ITEMS, items=items, settings=settings))
    assert len(calls_of(hub, holder)) == 1


def test_n8ns_own_tries_do_not_ring_right_after_another_call(connector: N8n, connection: Connection, hub: Hub) -> None:
    hub.call(connection.key, NEVER_ENDS_BY_ITSELF)
    settings = {"retryOnFail": True, "maxTries": 3, "waitBetweenTries": 0}
    given: dict[str, Any] = {"items": [person(NEVER_ENDS_BY_ITSELF)], "settings": settings}
    with Between(connection.url) as between:
        through = Connection(between.url, connection.key)
        refused = refusal(lambda: connector.run(through, "start", parameters=FROM_ITEMS, **given))
        assert between.requests == ["POST /api/v1/calls"]
    assert "active" in refused.message


def test_n8ns_own_tries_ask_once_for_whom_must_not_be_called(connector: N8n, connection: Connection, hub: Hub) -> None:
    number = a_number()
    hub.post("/do-not-call", {"phoneNumber": number}, connection.key)
    settings = {"retryOnFail": True, "maxTries": 3, "waitBetweenTries": 0}
    with Between(connection.url) as between:
        through = Connection(between.url, connection.key)
        given: dict[str, Any] = {"items": [person(number)], "settings": settings}
        refusal(lambda: connector.run(through, "start", parameters=FROM_ITEMS, **given))
        assert between.requests == ["POST /api/v1/calls"]


def test_a_node_that_goes_on_gives_an_error_in_the_items_place(connector: N8n, connection: Connection) -> None:
    items = [person("nobody"), person(a_number())]
    gave = connector.run(connection, "start", parameters=FROM_ITEMS, items=items, settings=GOES_ON)
    assert "nobody" in gave[0]["error"]
    assert gave[1]["toNumber"] == items[1]["number"]


def test_a_batch_that_is_not_waited_for_tells_what_became_of_each(
    connector: N8n, connection: Connection, hub: Hub
) -> None:
    items = [person(a_number()), person(a_number())]
    hub.post("/do-not-call", {"phoneNumber": items[0]["number"]}, connection.key)
    first, second = connector.run(connection, "startBatch", parameters=FROM_ITEMS, items=items)
    assert first["details"]["code"] == "do_not_call"
    assert second["toNumber"] == items[1]["number"]


def test_a_list_goes_on_over_pages_up_to_the_limit(connector: N8n, connection: Connection, hub: Hub) -> None:
    for _ in range(3):
        hub.post("/do-not-call", {"phoneNumber": a_number()}, connection.key)

    def listed(**given: Any) -> int:
        return len(connector.run(connection, "getAll", resource="doNotCall", parameters=given))

    assert (listed(returnAll=True), listed(returnAll=False, limit=2)) == (3, 2)


def test_a_list_of_more_than_a_page_is_whole(connector: N8n, connection: Connection, hub: Hub) -> None:
    for _ in range(2):
        calls = [speak(a_number(), callAt="2026-12-24T14:00:00Z") for _ in range(60)]
        assert hub.post("/calls/batch", {"calls": calls}, connection.key).status == 201
    assert len(connector.run(connection, "getAll", parameters={"returnAll": True})) == 120


def test_a_number_is_added_to_the_do_not_call_list_and_removed(connector: N8n, connection: Connection) -> None:
    number = a_number()

    def do(operation: str) -> list[dict[str, Any]]:
        return connector.run(connection, operation, resource="doNotCall", parameters={"phoneNumber": number})

    assert do("create")[0]["phoneNumber"] == number
    assert do("delete") == [{"phoneNumber": number, "deleted": True}]


def test_a_time_without_a_zone_is_meant_in_the_workflows(connector: N8n, connection: Connection) -> None:
    call = connector.act(connection, "scheduleCall", speak(a_number(), callAt="2026-12-24T09:00:00"), a_step())
    assert call["callAt"] == "2026-12-24T14:00:00.000Z"


def test_so_is_a_time_to_search_by(connector: N8n, connection: Connection) -> None:
    with Between(connection.url) as between:
        through = Connection(between.url, connection.key)
        connector.act(through, "listCalls", {"createdAfter": "2026-12-24T09:00:00"}, a_step())
    assert "createdAfter=2026-12-24T14%3A00%3A00.000Z" in between.passed[0].path


def test_calls_are_chosen_by_number_or_by_name(connector: N8n, connection: Connection, hub: Hub) -> None:
    call = hub.call(connection.key, a_number(), name="Luigi's")
    hub.call(connection.key, a_number())
    for wanted in (call["toNumber"], "luigi"):
        found = connector.do("choices", connection, filter=wanted)["results"]
        assert [choice["value"] for choice in found] == [call["id"]]


@pytest.mark.parametrize("form", ["{}/", "{}/api/v1", "{}/api/v1/", " {} "])
def test_a_base_url_is_taken_in_any_form(connector: N8n, connection: Connection, form: str) -> None:
    assert connector.connect(Connection(form.format(connection.url), connection.key)) == "Jane"


def test_a_key_may_be_typed_with_spaces_around_it(connector: N8n, connection: Connection) -> None:
    assert connector.connect(Connection(connection.url, f" {connection.key} ")) == "Jane"


@pytest.mark.parametrize("url", ["https://api.example.com/api/v1/calls", "http://127.0.0.1:1/api/v1/calls"])
def test_another_node_with_this_credential_takes_the_key_nowhere_else(connector: N8n, url: str) -> None:
    hub = Connection("https://hub.example.com", "sk_test_nobodys")
    assert connector.do("signed", hub, url=url) == "The API key of hub.example.com is not sent to another host."


@pytest.mark.parametrize("url", ["http://api.example.com", "ftp://127.0.0.1", "api.mio.gg"])
def test_a_key_is_never_sent_unencrypted(connector: N8n, url: str) -> None:
    refused = refusal(lambda: connector.connect(Connection(url, "sk_test_nobodys")))
    assert "https://" in refused.message


def test_what_a_person_has_left_empty_is_told_by_name(connector: N8n, connection: Connection) -> None:
    empty: dict[str, Any] = {"phoneNumber": a_number(), "instructions": ""}
    assert "Instructions" in refusal(lambda: connector.run(connection, "start", parameters=empty)).message

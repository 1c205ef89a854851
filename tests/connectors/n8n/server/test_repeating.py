"""What n8n repeats dials once, and what fails never looks like a result."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.dev import ports
from tests.connectors.contract import Connection, a_number, calls_of, revoke
from tests.connectors.n8n.server.ours import WAIT, Ours
from tests.connectors.n8n.server.server import N8n
from tests.connectors.n8n.server.workflows import Node, next_step, started_by_request
from tests.faults.gate import Gate
from tests.hub import Holder, Hub

OPERATIONS = ["start", WAIT]
TRIED_AGAIN = {"retryOnFail": True, "maxTries": 3, "waitBetweenTries": 100}


@pytest.fixture
def gate(hub: Hub) -> Iterator[Gate]:
    """On the way from n8n to the hub."""
    with Gate() as opened:
        opened.target = hub.url
        yield opened


def speaking(ours: Ours, operation: str, **more: Any) -> Node:
    return ours.step(operation, phoneNumber=a_number(), instructions="Ask for the opening hours.", **more)


def lose_the_answer() -> None:
    raise ConnectionAbortedError("The answer is lost on its way.")


def fails_once() -> Node:
    """A step that fails until something serves where it asks, as a step after ours may."""
    return Node("Next", "n8n-nodes-base.httpRequest", {"url": "http://127.0.0.1:9/"}, version=4.2)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_step_that_n8n_tries_again_dials_once(
    n8n: N8n, gate: Gate, connection: Connection, hub: Hub, holder: Holder, operation: str
) -> None:
    gate.once("/calls", after=lose_the_answer)
    step = speaking(n8n.connect(gate.url, connection.key), operation, more=TRIED_AGAIN)
    execution = n8n.workflow(started_by_request(), step, next_step()).run({})
    [dialled] = calls_of(hub, holder)
    assert execution.status == "success"
    assert [call["id"] for call in execution.items("Next")] == [str(dialled["id"])]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_retrying_an_execution_that_failed_later_does_not_dial_again(
    n8n: N8n, ours: Ours, hub: Hub, holder: Holder, operation: str
) -> None:
    workflow = n8n.workflow(started_by_request(), speaking(ours, operation), fails_once())
    failed = workflow.run({})
    assert failed.status == "error"
    workflow.retry(failed)
    assert workflow.last(count=2).status == "error"
    assert len(calls_of(hub, holder)) == 1


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_hub_that_is_down_is_an_error_and_no_result(n8n: N8n, connection: Connection, operation: str) -> None:
    ours = n8n.connect(f"http://127.0.0.1:{ports.free()}", connection.key)
    execution = n8n.workflow(started_by_request(), speaking(ours, operation), next_step()).run({})
    assert execution.status == "error"
    assert execution.runs("Next") == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_execution_that_failed_while_the_hub_was_down_is_retried_and_dials_once(
    n8n: N8n, gate: Gate, connection: Connection, hub: Hub, holder: Holder, operation: str
) -> None:
    gate.target = f"http://127.0.0.1:{ports.free()}"
    step = speaking(n8n.connect(gate.url, connection.key), operation)
    workflow = n8n.workflow(started_by_request(), step, next_step())
    failed = workflow.run({})
    assert failed.status == "error"
    gate.target = hub.url
    workflow.retry(failed)
    assert workflow.last(count=2).status == "success"
    assert len(calls_of(hub, holder)) == 1


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_revoked_key_is_an_error_of_the_credentials(
    n8n: N8n, ours: Ours, hub: Hub, holder: Holder, operation: str
) -> None:
    revoke(hub, holder)
    execution = n8n.workflow(started_by_request(), speaking(ours, operation), next_step()).run({})
    assert execution.status == "error"
    assert execution.error["httpCode"] == "401"


def test_two_executions_dial_twice(n8n: N8n, ours: Ours, hub: Hub, holder: Holder) -> None:
    step = ours.step("start", phoneNumber="={{ $json.body.to }}", instructions="Ask for the opening hours.")
    workflow = n8n.workflow(started_by_request(), step)
    for _ in range(2):
        assert workflow.run({"to": a_number()}).status == "success"
    assert len(calls_of(hub, holder)) == 2

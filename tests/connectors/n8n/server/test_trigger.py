"""The trigger in a running n8n: one webhook for each active workflow, signed requests only."""

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.connectors.contract import Connection, a_number, revoke
from tests.connectors.n8n.server.ours import Ours
from tests.connectors.n8n.server.server import N8n
from tests.connectors.n8n.server.workflows import Workflow, next_step
from tests.hub import Holder, Hub, wait_until

Webhooks = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def webhooks(hub: Hub, connection: Connection) -> Webhooks:
    """The account's webhooks at the hub, at any time."""
    return lambda: list(hub.get("/webhooks", connection.key).json["data"])


def active(n8n: N8n, ours: Ours, webhooks: Webhooks, **parameters: Any) -> Workflow:
    """A workflow that has been activated, and whose webhook the hub has."""
    before = len(webhooks())
    workflow = n8n.workflow(ours.trigger(**parameters), next_step())
    workflow.activate()
    wait_until(lambda: len(webhooks()) > before, seconds=20, every=0.1)
    return workflow


def send(url: str, body: Any, **headers: str) -> int:
    """A request to an address of n8n's that is not from the hub; the status of the answer."""
    there = urlsplit(url)
    connection = http.client.HTTPConnection(there.netloc, timeout=10)
    try:
        connection.request("POST", there.path, json.dumps(body), {"Content-Type": "application/json"} | headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_activating_makes_one_webhook_at_the_hub(n8n: N8n, ours: Ours, webhooks: Webhooks) -> None:
    active(n8n, ours, webhooks)
    [webhook] = webhooks()
    assert webhook["url"].startswith(n8n.url)
    assert (webhook["events"], webhook["active"]) == (["call.completed"], True)


def test_an_event_starts_the_workflow_with_its_call(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    workflow = active(n8n, ours, webhooks)
    call = hub.wait_call(hub.call(connection.key, a_number())["id"], connection.key)
    assert workflow.last().items("Next") == [call]


def test_a_request_that_is_not_signed_starts_nothing(n8n: N8n, ours: Ours, webhooks: Webhooks) -> None:
    workflow = active(n8n, ours, webhooks)
    [webhook] = webhooks()
    forged = {"X-Mio-Timestamp": "1800000000", "X-Mio-Signature": "0" * 64}
    for headers in ({}, forged):
        assert send(webhook["url"], {"event": "call.completed", "call": {}}, **headers) == 401
    assert workflow.executions() == []


def test_two_active_workflows_both_get_the_event(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    workflows = [active(n8n, ours, webhooks) for _ in range(2)]
    call = hub.call(connection.key, a_number())
    assert [workflow.last().items("Next")[0]["id"] for workflow in workflows] == [call["id"]] * 2


def test_deactivating_removes_its_own_webhook_alone(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    foreign = hub.webhook("http://127.0.0.1:9/foreign", connection.key)
    staying = active(n8n, ours, webhooks)
    kept = {webhook["id"] for webhook in webhooks()}
    active(n8n, ours, webhooks).deactivate()
    wait_until(lambda: len(webhooks()) == 2, seconds=20, every=0.1)
    assert {webhook["id"] for webhook in webhooks()} == kept
    assert foreign["id"] in kept
    assert staying.active


def test_activating_again_makes_a_webhook_that_is_heard(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    workflow = active(n8n, ours, webhooks)
    workflow.deactivate()
    wait_until(lambda: not webhooks(), seconds=20, every=0.1)
    workflow.activate()
    wait_until(webhooks, seconds=20, every=0.1)
    call = hub.call(connection.key, a_number())
    assert workflow.last().items("Next")[0]["id"] == call["id"]
    assert len(webhooks()) == 1


def test_a_workflow_whose_key_was_revoked_can_be_deactivated(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, holder: Holder
) -> None:
    workflow = active(n8n, ours, webhooks)
    revoke(hub, holder)
    workflow.deactivate()
    assert not workflow.active


def test_a_workflow_with_a_bad_key_does_not_stay_active(n8n: N8n, connection: Connection) -> None:
    ours = n8n.connect(connection.url, "sk_test_" + "0" * 40)
    workflow = n8n.workflow(ours.trigger(), next_step())
    workflow.activate()
    wait_until(lambda: not workflow.active, seconds=20, every=0.1)


def test_after_a_restart_of_n8n_the_same_webhook_is_heard(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    workflow = active(n8n, ours, webhooks)
    before = webhooks()
    n8n.restart()
    call = hub.call(connection.key, a_number())
    assert workflow.last().items("Next")[0]["id"] == call["id"]
    assert webhooks() == before

"""The trigger in a running n8n: one webhook for each active workflow, signed requests only."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from app.accounts.keys import digest, new_key, prefix
from tests.connectors.contract import Connection, a_number, revoke
from tests.connectors.n8n.server.ours import Ours
from tests.connectors.n8n.server.server import N8n
from tests.connectors.n8n.server.workflows import Workflow, next_step, sent
from tests.hub import Holder, Hub, wait_until

Webhooks = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def webhooks(hub: Hub, connection: Connection) -> Webhooks:
    """The account's webhooks at the hub, at any time."""
    return lambda: list(hub.get("/webhooks", connection.key).json["data"])


def active(n8n: N8n, ours: Ours, **parameters: Any) -> Workflow:
    """A workflow that waits for calls."""
    workflow = n8n.workflow(ours.trigger(**parameters), next_step())
    workflow.activate()
    assert workflow.publication["status"] == "published"
    return workflow


def another_key(hub: Hub, holder: Holder) -> str:
    key = new_key("test")
    values = (uuid.uuid4(), holder.id, prefix(key), digest(key))
    hub.rows("INSERT INTO api_key (id, account_id, mode, prefix, hash) VALUES (%s, %s, 'test', %s, %s)", values)
    return key


def test_activating_makes_one_webhook_at_the_hub(n8n: N8n, ours: Ours, webhooks: Webhooks) -> None:
    active(n8n, ours)
    [webhook] = webhooks()
    assert webhook["url"].startswith(n8n.url)
    assert (webhook["events"], webhook["active"]) == (["call.completed"], True)


def test_an_event_starts_the_workflow_with_its_call(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    workflow = active(n8n, ours)
    call = hub.wait_call(hub.call(connection.key, a_number())["id"], connection.key)
    assert workflow.last().items("Next") == [call]


def test_a_request_that_is_not_signed_starts_nothing(n8n: N8n, ours: Ours, webhooks: Webhooks) -> None:
    workflow = active(n8n, ours)
    [webhook] = webhooks()
    forged = {"X-Mio-Timestamp": "1800000000", "X-Mio-Signature": "0" * 64}
    for headers in ({}, forged):
        assert sent(webhook["url"], {"event": "call.completed", "call": {}}, **headers) == 401
    assert workflow.executions() == []


def test_two_active_workflows_both_get_the_event(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    workflows = [active(n8n, ours) for _ in range(2)]
    call = hub.call(connection.key, a_number())
    assert [workflow.last().items("Next")[0]["id"] for workflow in workflows] == [call["id"]] * 2


def test_deactivating_removes_its_own_webhook_alone(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    foreign = hub.webhook("http://127.0.0.1:9/foreign", connection.key)
    staying = active(n8n, ours)
    kept = {webhook["id"] for webhook in webhooks()}
    going = active(n8n, ours)
    assert len(webhooks()) == 3
    going.deactivate()
    wait_until(lambda: len(webhooks()) < 3, seconds=20, every=0.1)
    assert {webhook["id"] for webhook in webhooks()} == kept
    assert foreign["id"] in kept
    assert staying.publication["status"] == "published"


def test_activating_again_makes_a_webhook_that_is_heard(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    workflow = active(n8n, ours)
    workflow.deactivate()
    wait_until(lambda: not webhooks(), seconds=20, every=0.1)
    workflow.activate()
    call = hub.call(connection.key, a_number())
    assert workflow.last().items("Next")[0]["id"] == call["id"]
    assert len(webhooks()) == 1


def test_a_workflow_whose_key_was_revoked_is_deactivated_and_works_with_a_new_key(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, holder: Holder, connection: Connection
) -> None:
    workflow = active(n8n, ours)
    [webhook] = webhooks()
    revoke(hub, holder)
    workflow.deactivate()
    wait_until(lambda: sent(webhook["url"], {}) == 404, seconds=20, every=0.1)
    key = another_key(hub, holder)
    n8n.reconnect(ours, connection.url, key)
    workflow.activate()
    call = hub.call(key, a_number())
    assert workflow.last().items("Next")[0]["id"] == call["id"]
    assert len(hub.get("/webhooks", key).json["data"]) == 1


def test_a_workflow_with_a_bad_key_is_told_to_have_failed(n8n: N8n, connection: Connection) -> None:
    ours = n8n.connect(connection.url, "sk_test_" + "0" * 40)
    workflow = n8n.workflow(ours.trigger(), next_step())
    workflow.activate()
    assert workflow.publication["status"] == "failed"
    assert "key" in workflow.publication["triggers"][0]["errorMessage"].lower()


def test_after_a_restart_of_n8n_the_same_webhook_is_heard(
    n8n: N8n, ours: Ours, webhooks: Webhooks, hub: Hub, connection: Connection
) -> None:
    workflow = active(n8n, ours)
    before = [webhook["id"] for webhook in webhooks()]
    n8n.restart()
    call = hub.call(connection.key, a_number())
    assert workflow.last().items("Next")[0]["id"] == call["id"]
    assert [webhook["id"] for webhook in webhooks()] == before

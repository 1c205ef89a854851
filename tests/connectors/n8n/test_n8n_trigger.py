"""The trigger's webhook, as n8n switches it on and off, and the signature of what comes in."""

import hashlib
import hmac
import time
from typing import Any

import pytest

from tests.connectors.contract import Connection, a_number
from tests.connectors.n8n.engine import N8n
from tests.hub import Hub
from tests.receiving import Received, Receiver

ELSEWHERE = "http://127.0.0.1:9/mine"


def webhooks(hub: Hub, connection: Connection) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.get("/webhooks", connection.key).json["data"]
    return found


@pytest.fixture
def subscription(connector: N8n, connection: Connection, receiver: Receiver) -> Any:
    return connector.subscribe(connection, "callCompleted", receiver.url, {})


@pytest.fixture
def came(connection: Connection, hub: Hub, subscription: Any, receiver: Receiver) -> Received:
    hub.call(connection.key, a_number())
    return receiver.next()


def test_a_webhook_that_stands_is_kept(connector: N8n, connection: Connection, hub: Hub, subscription: Any) -> None:
    again = connector.do("activate", connection, subscription=subscription)
    assert (again["existed"], again["kept"]) == (True, subscription["kept"])
    assert len(webhooks(hub, connection)) == 1


def test_a_trigger_that_wants_something_else_has_one_webhook_for_that(
    connector: N8n, connection: Connection, hub: Hub, subscription: Any
) -> None:
    hub.webhook(ELSEWHERE, connection.key)
    subscription["node"]["parameters"]["event"] = "callUnanswered"
    again = connector.do("activate", connection, subscription=subscription)
    assert again["existed"] is False
    assert [(one["url"] == ELSEWHERE, one["filters"]) for one in webhooks(hub, connection)] == [
        (False, {"status": ["no-answer", "busy", "failed"]}),
        (True, {}),
    ]


def test_a_webhook_whose_secret_is_lost_is_made_anew(
    connector: N8n, connection: Connection, hub: Hub, subscription: Any
) -> None:
    again = connector.do("activate", connection, subscription=subscription | {"kept": {}})
    assert again["existed"] is False
    assert len(webhooks(hub, connection)) == 1


def test_a_webhook_that_the_hub_has_disabled_is_made_anew(
    connector: N8n, connection: Connection, hub: Hub, subscription: Any
) -> None:
    hub.put(f"/webhooks/{webhooks(hub, connection)[0]['id']}", {"active": False}, connection.key)
    assert connector.do("activate", connection, subscription=subscription)["existed"] is False
    assert [one["active"] for one in webhooks(hub, connection)] == [True]


def test_what_is_signed_starts_the_workflow(
    connector: N8n, connection: Connection, subscription: Any, came: Received
) -> None:
    assert connector.received(connection, subscription, came.headers, came.body)["status"] == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"x-mio-signature": "0" * 64},
        {"x-mio-signature": "é"},
        {"x-mio-timestamp": "1711000000"},
        {"x-mio-timestamp": "now"},
        {"x-mio-timestamp": str(int(time.time()) + 1)},
    ],
)
def test_what_is_not_signed_is_refused(
    connector: N8n, connection: Connection, subscription: Any, came: Received, changed: dict[str, str]
) -> None:
    headers = dict(came.headers) | changed
    assert connector.received(connection, subscription, headers, came.body) == {"status": 401}


@pytest.mark.parametrize(("seconds", "status"), [(-290, 200), (-310, 401), (310, 401)])
def test_a_signature_holds_for_five_minutes(
    connector: N8n, connection: Connection, subscription: Any, came: Received, seconds: int, status: int
) -> None:
    timestamp = str(int(time.time()) + seconds)
    [kept] = subscription["kept"].values()
    signed = hmac.new(kept["secret"].encode(), f"{timestamp}.".encode() + came.body, hashlib.sha256).hexdigest()
    headers = dict(came.headers) | {"x-mio-timestamp": timestamp, "x-mio-signature": signed}
    assert connector.received(connection, subscription, headers, came.body)["status"] == status


def test_a_signature_holds_for_its_own_bytes_alone(
    connector: N8n, connection: Connection, subscription: Any, came: Received
) -> None:
    body = came.body.replace(b'"completed"', b'"completed" ')
    assert connector.received(connection, subscription, came.headers, body) == {"status": 401}


def test_nothing_is_taken_before_the_webhook_is_made(
    connector: N8n, connection: Connection, subscription: Any, came: Received
) -> None:
    unmade = subscription | {"kept": {}}
    assert connector.received(connection, unmade, came.headers, came.body) == {"status": 401}


def test_a_sample_that_was_sent_to_try_the_webhook_starts_nothing(
    connector: N8n, connection: Connection, hub: Hub, subscription: Any, receiver: Receiver
) -> None:
    hub.post(f"/webhooks/{webhooks(hub, connection)[0]['id']}/test", None, connection.key)
    came = receiver.next()
    assert connector.received(connection, subscription, came.headers, came.body) == {"status": 200}


def test_such_a_sample_is_shown_in_the_editor(
    connector: N8n, connection: Connection, hub: Hub, subscription: Any, receiver: Receiver
) -> None:
    hub.post(f"/webhooks/{webhooks(hub, connection)[0]['id']}/test", None, connection.key)
    came = receiver.next()
    assert connector.received(connection, subscription, came.headers, came.body, mode="manual")["gave"]

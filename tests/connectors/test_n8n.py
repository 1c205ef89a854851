"""The n8n nodes, in n8n's own engine: what every connector does, and what n8n's executions, items and trigger need."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from connectors.generation import catalogue
from tests.connectors.contract import Connection, Inputs, Starts, Triggers, Waits
from tests.connectors.runtime import Runtime, needs_node_parts
from tests.receiving import Received

FOLDER: Final = Path(__file__).parents[2] / "connectors" / "n8n"


class N8n:
    """The nodes at work. A step is an execution; repeating it is n8n's Retry."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def do(self, verb: str, connection: Connection, **given: Any) -> Any:
        return self._runtime.do(verb, connection={"url": connection.url, "key": connection.key}, **given)

    def connect(self, connection: Connection) -> str:
        name: str = self.do("connect", connection)
        return name

    def act(self, connection: Connection, action: str, inputs: Inputs, step: str) -> Any:
        return self.do("act", connection, action=action, inputs=inputs, step=step)

    def listed(self, connection: Connection, trigger: str) -> list[dict[str, Any]]:
        """n8n shows no samples of its own: what Get Many gives with the trigger's filters."""
        query = next(one.listed for one in catalogue.TRIGGERS if one.key == trigger) or {}
        filters = {name: value.split(",") for name, value in query.items()}
        found: list[dict[str, Any]] = self.do("act", connection, action="listCalls", inputs=filters, step="any")
        return found

    def begin(self, connection: Connection, inputs: Inputs, step: str, resume_url: str) -> Any:
        return self.do("begin", connection, inputs=inputs, step=step, resumeUrl=resume_url)

    def resume(self, connection: Connection, begun: Any, received: Received) -> dict[str, Any]:
        resumed = self.do("resume", connection, begun=begun, body=json.loads(received.body))
        call: dict[str, Any] = resumed["gave"][0]
        return call

    def subscribe(self, connection: Connection, trigger: str, target_url: str, filters: Inputs) -> Any:
        return self.do("subscribe", connection, trigger=trigger, targetUrl=target_url, filters=filters)

    def unsubscribe(self, connection: Connection, subscription: Any) -> None:
        self.do("unsubscribe", connection, subscription=subscription)

    def receive(
        self, connection: Connection, trigger: str, subscription: Any, received: Received
    ) -> list[dict[str, Any]]:
        came = {"headers": dict(received.headers), "body": received.body.decode()}
        items: list[dict[str, Any]] = self.do("receive", connection, subscription=subscription, **came)["gave"]
        return items


@pytest.fixture(scope="session")
def runtime() -> Iterator[Runtime]:
    needs_node_parts(FOLDER)
    with Runtime("n8n.mjs", FOLDER) as running:
        yield running


@pytest.fixture
def connector(runtime: Runtime) -> N8n:
    return N8n(runtime)


class TestN8n(Starts, Waits, Triggers):
    """What every connector does."""

"""The n8n nodes in n8n's own engine, by the driver `n8n.mjs`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from connectors.generation import catalogue
from tests.connectors.contract import Connection, Inputs
from tests.connectors.driven import Driven
from tests.connectors.runtime import Runtime
from tests.node_parts import ROOT, built, needs_node_parts
from tests.receiving import Received

FOLDER: Final = ROOT / "connectors" / "n8n"


class N8n(Driven):
    """The nodes at work. A step is an execution; repeating it is n8n's Retry, which has another execution id."""

    def run(self, connection: Connection, operation: str, **given: Any) -> list[dict[str, Any]]:
        """Runs one operation with a node's `parameters`; what it gave. `items`, `step` and `settings` are the run's."""
        resource = given.pop("resource", "call")
        parameters = {"resource": resource, "operation": operation} | given.pop("parameters", {})
        gave: list[dict[str, Any]] = self.do("run", connection, parameters=parameters, **given)["gave"]
        return gave

    # The contract

    def listed(self, connection: Connection, trigger: str, **_: Any) -> list[dict[str, Any]]:
        """n8n asks a trigger for no samples: what Get Many gives with the like of the trigger's filters."""
        query = next(one.listed for one in catalogue.TRIGGERS if one.key == trigger) or {}
        filters = {name: value.split(",") for name, value in query.items()}
        found: list[dict[str, Any]] = self.act(connection, "listCalls", filters, "any")
        return found

    def resume(self, connection: Connection, begun: Any, received: Received) -> dict[str, Any]:
        call: dict[str, Any] = self.resumed(connection, begun, received.event)["gave"][0]
        return call

    def resumed(self, connection: Connection, begun: Any, event: dict[str, Any]) -> Any:
        """How n8n answers a callback, and what the node then gives."""
        return self.do("resume", connection, begun=begun, body=event)

    def subscribe(
        self, connection: Connection, trigger: str, target_url: str, filters: Inputs, kept: Any | None = None
    ) -> Any:
        given = {"trigger": trigger, "targetUrl": target_url, "filters": filters, "kept": kept or {}}
        return self.do("subscribe", connection, **given)

    def receive(
        self, connection: Connection, trigger: str, subscription: Any, received: Received
    ) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.received(connection, subscription, received.headers, received.body)["gave"]
        return items

    def received(
        self, connection: Connection, subscription: Any, headers: Any, body: bytes, mode: str = "webhook"
    ) -> Any:
        """How the trigger answers a request, and what the workflow starts with; in n8n's editor `mode` is manual."""
        came = {"headers": dict(headers), "body": body.decode(), "mode": mode}
        return self.do("receive", connection, subscription=subscription, **came)


@contextmanager
def running() -> Iterator[N8n]:
    """The built nodes in n8n's engine, while the block lasts."""
    needs_node_parts(FOLDER)
    with Runtime("n8n.mjs", built(FOLDER)) as runtime:
        yield N8n(runtime)


def person(number: str) -> dict[str, Any]:
    """An input item, and what `FROM_ITEMS` makes of it."""
    return {"number": number}


FROM_ITEMS: Final = {"phoneNumber": "={{ $json.number }}", "instructions": "Ask for the opening hours."}

"""The piece for Activepieces, compiled, in the framework's own context."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.connectors.contract import Connection
from tests.connectors.driven import Driven
from tests.connectors.runtime import Runtime
from tests.node_parts import ROOT, built, needs_node_parts
from tests.receiving import Received

FOLDER: Final = ROOT / "connectors" / "activepieces"


class Activepieces(Driven):
    """A connector at work, see `tests.connectors.contract.Connector`."""

    def resume(self, connection: Connection, begun: Any, received: Received) -> dict[str, Any]:
        call: dict[str, Any] = self.do("resume", connection, begun=begun, body=received.body.decode())
        return call

    def receive(
        self, connection: Connection, trigger: str, subscription: Any, received: Received
    ) -> list[dict[str, Any]]:
        told = {"headers": dict(received.headers), "body": received.body.decode()}
        return [found["item"] for found in self.do("receive", connection, subscription=subscription, **told)]


@contextmanager
def running() -> Iterator[Activepieces]:
    """The piece, compiled, while the block lasts."""
    needs_node_parts(FOLDER)
    with Runtime("activepieces.mjs", built(FOLDER)) as runtime:
        yield Activepieces(runtime)

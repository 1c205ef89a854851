"""The Zapier app in Zapier's own core, as a connector of tests/connectors/contract.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.connectors.contract import Connection, Inputs
from tests.connectors.driven import Driven
from tests.connectors.runtime import Runtime
from tests.node_parts import ROOT, needs_node_parts
from tests.receiving import Received

FOLDER: Final = ROOT / "connectors" / "zapier"


class Zapier(Driven):
    """Its core in a child process."""

    def definition(self) -> Any:
        """The app as Zapier's cloud sees it; functions are told by their sources."""
        return self.runtime.do("definition")

    def validate(self) -> list[Any]:
        """What Zapier's schema finds wrong."""
        faults: list[Any] = self.runtime.do("validate")
        return faults

    def choices(self, connection: Connection) -> list[dict[str, Any]]:
        """What the dropdown of calls offers."""
        found: list[dict[str, Any]] = self.do("choices", connection)
        return found

    def act(self, connection: Connection, action: str, inputs: Inputs, step: str, **meta: Any) -> Any:
        found = super().act(connection, action, inputs, step, meta=meta)
        return found[0] if action == "getCall" else found

    def begin(self, connection: Connection, inputs: Inputs, step: str, resume_url: str, **meta: Any) -> Any:
        return super().begin(connection, inputs, step, resume_url, meta=meta)

    def resume(self, connection: Connection, begun: Any, received: Received) -> dict[str, Any]:
        call: dict[str, Any] = self.do("resume", connection, begun=begun, request=request(received))
        return call

    def receive(
        self, connection: Connection, trigger: str, subscription: Any, received: Received
    ) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.do(
            "receive", connection, trigger=trigger, subscription=subscription, request=request(received)
        )
        return items


def request(received: Received) -> dict[str, Any]:
    return {"headers": dict(received.headers), "body": received.body.decode()}


@contextmanager
def running() -> Iterator[Zapier]:
    """The app, while the block lasts."""
    needs_node_parts(FOLDER)
    with Runtime("zapier.mjs", FOLDER) as runtime:
        yield Zapier(runtime)

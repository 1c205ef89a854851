"""The piece for Activepieces, compiled, in the framework's own context."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.connectors.contract import Connection, Inputs
from tests.connectors.runtime import Runtime
from tests.node_parts import ROOT, needs_node_parts
from tests.receiving import Received

FOLDER: Final = ROOT / "connectors" / "activepieces"


class Activepieces:
    """A connector at work, see `tests.connectors.contract.Connector`."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def connect(self, connection: Connection) -> str:
        label: str = self.do("connect", connection)
        return label

    def act(self, connection: Connection, action: str, inputs: Inputs, step: str) -> Any:
        return self.do("act", connection, action=action, inputs=inputs, step=step)

    def listed(self, connection: Connection, trigger: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.do("listed", connection, trigger=trigger)
        return found

    def begin(self, connection: Connection, inputs: Inputs, step: str, resume_url: str) -> Any:
        return self.do("begin", connection, inputs=inputs, step=step, resumeUrl=resume_url)

    def resume(self, connection: Connection, begun: Any, received: Received) -> dict[str, Any]:
        call: dict[str, Any] = self.do("resume", connection, begun=begun, body=received.body.decode())
        return call

    def subscribe(self, connection: Connection, trigger: str, target_url: str, filters: Inputs) -> Any:
        return self.do("subscribe", connection, trigger=trigger, targetUrl=target_url, filters=filters)

    def unsubscribe(self, connection: Connection, subscription: Any) -> None:
        self.do("unsubscribe", connection, subscription=subscription)

    def receive(
        self, connection: Connection, trigger: str, subscription: Any, received: Received
    ) -> list[dict[str, Any]]:
        told = {"headers": dict(received.headers), "body": received.body.decode()}
        return [found["item"] for found in self.do("receive", connection, subscription=subscription, **told)]

    def do(self, name: str, connection: Connection, **given: Any) -> Any:
        """Ask the driver, as the person of this connection."""
        return self.runtime.do(name, connection={"url": connection.url, "key": connection.key}, **given)


@contextmanager
def running() -> Iterator[Activepieces]:
    """The piece, compiled anew, while the block lasts."""
    needs_node_parts(FOLDER)
    subprocess.run(["npm", "run", "--silent", "build"], cwd=FOLDER, check=True)
    with Runtime("activepieces.mjs", FOLDER) as runtime:
        yield Activepieces(runtime)

"""The Zapier app in Zapier's own core, as a connector of tests/connectors/contract.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.connectors.contract import Connection, Inputs
from tests.connectors.runtime import Runtime
from tests.node_parts import ROOT, needs_node_parts
from tests.receiving import Received

FOLDER: Final = ROOT / "connectors" / "zapier"


class Zapier:
    """Its core in a child process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def do(self, name: str, connection: Connection, **given: Any) -> Any:
        return self._runtime.do(name, connection={"url": connection.url, "key": connection.key}, **given)

    def definition(self) -> Any:
        """The app as Zapier's cloud sees it; functions are told by their sources."""
        return self._runtime.do("definition")

    def validate(self) -> list[Any]:
        """What Zapier's schema finds wrong."""
        faults: list[Any] = self._runtime.do("validate")
        return faults

    def choices(self, connection: Connection) -> list[dict[str, Any]]:
        """What the dropdown of calls offers."""
        found: list[dict[str, Any]] = self.do("choices", connection)
        return found

    def connect(self, connection: Connection) -> str:
        label: str = self.do("connect", connection)
        return label

    def act(self, connection: Connection, action: str, inputs: Inputs, step: str, **meta: Any) -> Any:
        found = self.do("act", connection, action=action, inputs=inputs, step=step, meta=meta)
        return found[0] if action == "getCall" else found

    def listed(self, connection: Connection, trigger: str, filters: Inputs | None = None) -> list[dict[str, Any]]:
        samples: list[dict[str, Any]] = self.do("listed", connection, trigger=trigger, filters=filters or {})
        return samples

    def begin(self, connection: Connection, inputs: Inputs, step: str, resume_url: str, **meta: Any) -> Any:
        return self.do("begin", connection, inputs=inputs, resumeUrl=resume_url, meta=meta)

    def resume(self, connection: Connection, begun: Any, received: Received) -> dict[str, Any]:
        call: dict[str, Any] = self.do("resume", connection, begun=begun, request=request(received))
        return call

    def subscribe(self, connection: Connection, trigger: str, target_url: str, filters: Inputs) -> Any:
        return self.do("subscribe", connection, trigger=trigger, targetUrl=target_url, filters=filters)

    def unsubscribe(self, connection: Connection, subscription: Any) -> None:
        self.do("unsubscribe", connection, subscription=subscription)

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

"""A connector whose driver does each thing that the contract asks for under its own name."""

from typing import Any

from tests.connectors.contract import Connection, Inputs
from tests.connectors.runtime import Runtime


class Driven:
    """Most of `tests.connectors.contract.Connector`: what is the same wherever a driver does it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def do(self, name: str, connection: Connection, **given: Any) -> Any:
        """Ask the driver, as the person of this connection. Raises Refused."""
        return self.runtime.do(name, connection={"url": connection.url, "key": connection.key}, **given)

    def connect(self, connection: Connection) -> str:
        label: str = self.do("connect", connection)
        return label

    def act(self, connection: Connection, action: str, inputs: Inputs, step: str, **more: Any) -> Any:
        return self.do("act", connection, action=action, inputs=inputs, step=step, **more)

    def listed(self, connection: Connection, trigger: str, **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.do("listed", connection, trigger=trigger, **more)
        return found

    def begin(self, connection: Connection, inputs: Inputs, step: str, resume_url: str, **more: Any) -> Any:
        return self.do("begin", connection, inputs=inputs, step=step, resumeUrl=resume_url, **more)

    def subscribe(self, connection: Connection, trigger: str, target_url: str, filters: Inputs) -> Any:
        return self.do("subscribe", connection, trigger=trigger, targetUrl=target_url, filters=filters)

    def unsubscribe(self, connection: Connection, subscription: Any) -> None:
        self.do("unsubscribe", connection, subscription=subscription)

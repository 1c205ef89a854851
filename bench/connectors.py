"""From a call's end to the step that waited for it, for each connector in its own runtime; plain requests beside them.

One call after another. The clock stops when the step's output is there: for most platforms after their second half has
worked on the hub's callback, for Make and agents when the question that they held open has been answered.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

from bench.hub import running
from bench.report import line, title
from tests.connectors import activepieces, agent, pipedream, zapier
from tests.connectors.contract import Connection, Connector, Inputs, a_number, a_step, speak
from tests.connectors.make.connector import Make
from tests.connectors.n8n import engine
from tests.connectors.rest import Rest
from tests.receiving import Receiver

CALLS: Final = 30

Wait = Callable[[Connection, Inputs], dict[str, Any]]


class Waiting(Protocol):
    """A connector that waits by asking."""

    def wait(self, connection: Connection, inputs: Inputs, step: str) -> dict[str, Any]: ...


def main() -> None:
    title(f"From a call's end to the step that waited for it, {CALLS} calls one after another")
    with running(SANDBOX_SPEED="20", ACCOUNT_CALLS_PER_SECOND="50") as hub, Receiver(lambda _: 200) as receiver:
        connection = Connection(hub.plan.url, hub.keys.test)
        control = _measure("plain requests (control)", by_callback(Rest(), receiver), connection, None)
        for name, opened in _connectors(receiver):
            with opened as wait:
                _measure(name, wait, connection, control)


def _connectors(receiver: Receiver) -> Iterator[tuple[str, Any]]:
    by_receiver = partial(by_callback, receiver=receiver)
    yield "zapier", _opened(zapier.running(), by_receiver)
    yield "n8n (its engine, without its server)", _opened(engine.running(), by_receiver)
    yield "activepieces", _opened(activepieces.running(), by_receiver)
    yield "pipedream", _opened(pipedream.running(), by_receiver)
    yield "make (its files, interpreted)", _opened(ExitStack(), lambda _: by_asking(Make()))
    yield "mcp (over HTTP)", _opened(agent.running(), by_asking)


@contextmanager
def _opened(runtime: Any, wait_with: Callable[[Any], Wait]) -> Iterator[Wait]:
    with runtime as connector:
        yield wait_with(connector)


def by_callback(connector: Connector, receiver: Receiver) -> Wait:
    def wait(connection: Connection, inputs: Inputs) -> dict[str, Any]:
        step = a_step()
        begun = connector.begin(connection, inputs, step, f"{receiver.url}?step={step}")
        return connector.resume(connection, begun, receiver.next())

    return wait


def by_asking(connector: Waiting) -> Wait:
    return lambda connection, inputs: connector.wait(connection, inputs, a_step())


def _measure(name: str, wait: Wait, connection: Connection, control: float | None) -> float:
    """The median in milliseconds, printed with the 95th percentile and the ratio to the control."""
    wait(connection, speak(a_number()))
    took = sorted(_one(wait, connection) for _ in range(CALLS))
    median, late = took[len(took) // 2], took[int(len(took) * 0.95)]
    ratio = "" if control is None else f", {median / control:.1f} times the control"
    line(name, f"p50 {median:.0f} ms", f"p95 {late:.0f} ms{ratio}")
    return median


def _one(wait: Wait, connection: Connection) -> float:
    """Milliseconds from the call's `endedAt` to the step's output."""
    call = wait(connection, speak(a_number()))
    return (time.time() - datetime.fromisoformat(call["endedAt"]).timestamp()) * 1000


if __name__ == "__main__":
    main()

"""The custom app at work, as the shared contract wants a connector."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.connectors.contract import Connection, Inputs
from tests.connectors.make import app
from tests.connectors.make.functions import is_true
from tests.connectors.make.iml import evaluated
from tests.connectors.make.runner import Outcome, run
from tests.receiving import Received

WATCHES: Final = {
    "callCompleted": "watchCompletedCalls",
    "callStarted": "watchStartedCalls",
    "voicemailLeft": "watchVoicemails",
    "callUnanswered": "watchUnansweredCalls",
}
# Make searches where other platforms list or find the latest.
MODULES: Final = {"listCalls": "searchCalls", "findLatestCall": "searchCalls"}
STARTING: Final = frozenset({"startCall", "startCallAndWait", "scheduleCall"})
CONNECTION: Final = "mioHub"


class Make:
    """Make's place is taken by the runner. A step's identity, which Make does not have, is a deduplication key that a
    person has mapped."""

    def __init__(self) -> None:
        self._attached: set[str] = set()

    def connect(self, connection: Connection) -> str:
        return str(self.connecting(connection).metadata["value"])

    def connecting(self, connection: Connection) -> Outcome:
        given = app.checked(app.code("connection", CONNECTION, "params"), _typed(connection))
        return run(app.code("connection", CONNECTION, "communication"), {"parameters": given})

    def act(self, connection: Connection, action: str, inputs: Inputs, step: str) -> Any:
        module = MODULES.get(action, action)
        mapped = {"idempotencyKey": step} if module in STARTING else {}
        latest = {"limit": 1} if action == "findLatestCall" else {}
        bundles = self.run(connection, module, inputs | mapped | latest).bundles
        return bundles if module == "searchCalls" else bundles[0]

    def wait(self, connection: Connection, inputs: Inputs, step: str) -> dict[str, Any]:
        given = dict(inputs)
        longest = {"longestWait": given.pop("callbackDeadlineSeconds")} if "callbackDeadlineSeconds" in given else {}
        found: dict[str, Any] = self.act(connection, "startCallAndWait", given | longest, step)
        return found

    def listed(self, connection: Connection, trigger: str) -> list[dict[str, Any]]:
        """Make shows samples that are part of the app."""
        return [app.code("module", WATCHES[trigger], "samples")]

    def subscribe(self, connection: Connection, trigger: str, target_url: str, filters: Inputs) -> Any:
        webhook = WATCHES[trigger]
        given = app.checked(app.code("webhook", webhook, "params"), filters)
        outcome = _run(("webhook", webhook, "attach"), connection, parameters=given, webhook={"url": target_url})
        self._attached.add(outcome.data["externalHookId"])
        return {"webhook": webhook, "data": outcome.data, "parameters": given, "log": outcome.log}

    def unsubscribe(self, connection: Connection, subscription: Any) -> None:
        """Make forgets a webhook that it has detached."""
        if subscription["data"]["externalHookId"] in self._attached:
            self.detach(connection, subscription)

    def detach(self, connection: Connection, subscription: Any) -> Outcome:
        outcome = _run(("webhook", subscription["webhook"], "detach"), connection, webhook=subscription["data"])
        self._attached.remove(subscription["data"]["externalHookId"])
        return outcome

    def receive(
        self, connection: Connection, trigger: str, subscription: Any, received: Received
    ) -> list[dict[str, Any]]:
        return self.received(connection, subscription, json.loads(received.body), received.headers).bundles

    def received(
        self, connection: Connection, subscription: Any, body: Any, headers: Mapping[str, str] | None = None
    ) -> Outcome:
        """The webhook's part, then the trigger module's, which asks once for each bundle."""
        name = subscription["webhook"]
        told = app.code("webhook", name, "communication")
        shown = {"body": body, "headers": headers or {}, "query": {}, "method": "POST"}
        if not is_true(evaluated(told["condition"], shown)):
            return Outcome()
        return _run(("module", name, "communication"), connection, payload=evaluated(told["output"], shown))

    def run(self, connection: Connection, module: str, inputs: Inputs) -> Outcome:
        """Run a module with a person's inputs."""
        given = app.checked(app.code("module", module, "mappableParams"), inputs)
        return self.run_unchecked(connection, module, given)

    def run_unchecked(self, connection: Connection, module: str, given: Inputs) -> Outcome:
        return _run(("module", module, "communication"), connection, parameters=given)

    def ask_endpoint(self, connection: Connection, name: str, inputs: Inputs) -> Any:
        given = app.checked(app.code("endpoint", name, "inputParameters"), inputs)
        return _run(("endpoint", name, "communication"), connection, parameters=given).bundles[0]

    def call_rpc(self, connection: Connection, name: str) -> Outcome:
        return _run(("rpc", name, "communication"), connection)


def _typed(connection: Connection) -> Inputs:
    return {"apiKey": connection.key, "url": connection.url}


def _run(code: tuple[str, str, str], connection: Connection, **variables: Any) -> Outcome:
    return run(app.code(*code), {"connection": _kept(connection)} | variables, app.general("base"))


def _kept(connection: Connection) -> dict[str, Any]:
    """A connection as files see it: what was typed, and what its check has stored."""
    communication = app.code("connection", CONNECTION, "communication")
    given = {"parameters": _typed(connection)}
    temp = evaluated(communication["temp"], given)
    stored: dict[str, Any] = evaluated(communication["response"]["data"], given | {"temp": temp})
    return _typed(connection) | stored

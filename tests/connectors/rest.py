"""The contract of connectors, kept by plain requests: the least that a connector can cost."""

import json
import re
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from connectors.generation.catalogue import TRIGGERS
from connectors.generation.contract import field
from tests.connectors.contract import Connection, Inputs
from tests.connectors.runtime import Kind, Refused
from tests.receiving import Received

NUMBER: Final = re.compile(field("phoneNumber", of="call.create").pattern or "")
QUIET: Final = frozenset({"do_not_call", "call_active"})
LATER: Final = frozenset({429, 503})


class Rest:
    """Asks the API itself."""

    def connect(self, connection: Connection) -> str:
        return str(self._ask(connection, "GET", "/me")["name"])

    def act(self, connection: Connection, action: str, inputs: Inputs, step: str) -> Any:
        if action in ("startCall", "scheduleCall"):
            return self._start(connection, inputs, step)
        if action == "cancelCall":
            return self._ask(connection, "POST", f"/calls/{inputs['callId']}/cancel")
        if action == "getCall":
            return self._ask(connection, "GET", f"/calls/{inputs['callId']}")
        asked = {name: ",".join(value) if isinstance(value, list) else value for name, value in inputs.items()}
        return self._ask(connection, "GET", f"/calls?{urlencode(asked)}")["data"]

    def listed(self, connection: Connection, trigger: str) -> list[dict[str, Any]]:
        listed = next(found.listed for found in TRIGGERS if found.key == trigger)
        found: list[dict[str, Any]] = self._ask(connection, "GET", f"/calls?{urlencode(listed or {})}")["data"]
        return found

    def begin(self, connection: Connection, inputs: Inputs, step: str, resume_url: str) -> Any:
        return self._start(connection, inputs | {"callbackUrl": resume_url}, step)

    def resume(self, connection: Connection, begun: Any, received: Received) -> dict[str, Any]:
        event = received.event
        return event["call"] | {"timedOut": event["event"] == "call.deadline"}

    def subscribe(self, connection: Connection, trigger: str, target_url: str, filters: Inputs) -> Any:
        wanted = next(found for found in TRIGGERS if found.key == trigger)
        body = {"url": target_url, "events": [wanted.event], "filters": filters | (wanted.fixed or {})}
        return self._ask(connection, "POST", "/webhooks", body)

    def unsubscribe(self, connection: Connection, subscription: Any) -> None:
        try:
            self._ask(connection, "DELETE", f"/webhooks/{subscription['id']}")
        except Refused as refused:
            if "No such webhook" not in refused.message:
                raise

    def receive(
        self, connection: Connection, trigger: str, subscription: Any, received: Received
    ) -> list[dict[str, Any]]:
        return [received.event["call"]]

    def _start(self, connection: Connection, inputs: Inputs, step: str) -> Any:
        if not NUMBER.search(inputs["phoneNumber"]):
            raise Refused("input", "That is no phone number.", "phoneNumber")
        return self._ask(connection, "POST", "/calls", inputs, {"Idempotency-Key": step})

    def _ask(
        self, connection: Connection, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        there = HTTPConnection(urlsplit(connection.url).netloc, timeout=30)
        given = {"X-API-Key": connection.key, "Content-Type": "application/json"} | (headers or {})
        try:
            there.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), given)
            response = there.getresponse()
            answer = json.loads(response.read())
        except ConnectionRefusedError:
            raise Refused("retry", "The hub cannot be reached.") from None
        finally:
            there.close()
        if response.status >= 300:
            raise Refused(_kind(response.status, answer["code"]), answer["error"], answer.get("field"))
        return answer


def _kind(status: int, code: str) -> Kind:
    if status == 401:
        return "auth"
    if status in LATER:
        return "retry"
    return "halted" if code in QUIET else "input"

"""Runs what a communication file describes: requests one after another, repeats, pages, errors, outputs.

`temp` is what the requests keep for one another; `response.data` and `response.metadata` are what Make keeps.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.connectors.make.app import general
from tests.connectors.make.errors import MakeError
from tests.connectors.make.functions import UNDEFINED, is_true
from tests.connectors.make.http import Answered, Sent, logged, send
from tests.connectors.make.iml import evaluated

Directives = dict[str, Any]


@dataclass
class Outcome:
    """`bundles` are what the module gives; `requests` counts what was sent."""

    bundles: list[Any] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return len(self.log)


def run(code: Any, variables: Mapping[str, Any], base: Directives | None = None) -> Outcome:
    """Carry out a communication file. `variables` are those that it may use beside `temp` and the response's.

    Raises MakeError.
    """
    running = _Run(variables, base or {})
    for request in code if isinstance(code, list) else [code]:
        running.carry_out(merged(base or {}, request))
    return running.outcome


def merged(base: Directives, request: Directives) -> Directives:
    """A request with what it takes from the base: headers and ways of the response one by one, the rest as a whole."""
    inner = {name: base.get(name, {}) | request.get(name, {}) for name in ("headers", "response")}
    return base | request | inner


class _Run:
    def __init__(self, variables: Mapping[str, Any], base: Directives) -> None:
        self._scope: dict[str, Any] = dict(variables) | {"now": lambda: datetime.now(UTC), "temp": {}}
        self._base_url = base.get("baseUrl", "")
        self._until = time.monotonic() + general("common")["timeout"] / 1000
        self.outcome = Outcome()

    def carry_out(self, request: Directives) -> None:
        """One request with its repeats and its pages."""
        self._keep(request.get("temp", {}))
        if "url" not in request:
            self.outcome.bundles.clear()
            self._give(request, {})
            return
        self._once(request)
        repeat = request.get("repeat", {"limit": 0})
        for _ in range(repeat["limit"]):
            if not is_true(self._value(repeat["condition"])):
                return
            time.sleep(repeat["delay"] / 1000)
            self._once(request)

    def _once(self, request: Directives) -> None:
        """Its output takes the place of what was given before: the last request's is the module's."""
        self.outcome.bundles.clear()
        answer = self._ask(request)
        pages = request.get("pagination")
        limit = self._value(request["response"].get("limit", UNDEFINED))
        while pages and (limit in (UNDEFINED, None) or len(self.outcome.bundles) < limit):
            shown = _shown(answer)
            if not is_true(self._value(pages["condition"], shown)):
                return
            further = {"qs": request["qs"] | evaluated(pages["qs"], self._scope | shown)}
            answer = self._ask(request | further)

    def _ask(self, request: Directives) -> Answered:
        if time.monotonic() > self._until:
            raise MakeError("ModuleTimeoutError", "The operation timed out.")
        asked = self._sent(request)
        answer = send(asked)
        self.outcome.log.append(logged(asked, answer, request.get("log", {}).get("sanitize", [])))
        self._refuse(request["response"], answer)
        self._give(request, _shown(answer))
        return answer

    def _sent(self, request: Directives) -> Sent:
        url = self._value(request["url"])
        values = {name: self._value(request.get(name, {})) for name in ("headers", "qs")}
        body = self._value(request.get("body", UNDEFINED))
        return Sent(
            self._value(request.get("method", "GET")),
            self._value(self._base_url) + url if url.startswith("/") else url,
            values["headers"],
            values["qs"],
            None if body is UNDEFINED else body,
            request.get("type") == "text",
        )

    def _refuse(self, response: Directives, answer: Answered) -> None:
        """Raises MakeError for an answer that is an error by its status, or by what the file says."""
        told, shown = response["error"], _shown(answer)
        if answer.status >= 300:
            self._raise(told | told.get(str(answer.status), {}), shown)
        valid = response.get("valid")
        if valid and not is_true(self._value(valid["condition"], shown)):
            self._raise(valid, shown)

    def _raise(self, told: Directives, shown: Mapping[str, Any]) -> None:
        raise MakeError(self._value(told["type"], shown), self._value(told["message"], shown))

    def _give(self, request: Directives, shown: Mapping[str, Any]) -> None:
        response = request["response"]
        self._keep(response.get("temp", {}), shown)
        self.outcome.data |= self._value(response.get("data", {}), shown)
        self.outcome.metadata |= self._value(response.get("metadata", {}), shown)
        if "output" not in response:
            return
        items = self._value(response["iterate"], shown) if "iterate" in response else [UNDEFINED]
        bundles = [self._value(response["output"], dict(shown) | {"item": item}) for item in items]
        limit = self._value(response.get("limit", UNDEFINED), shown)
        self.outcome.bundles = (self.outcome.bundles + bundles)[: limit or None]

    def _keep(self, kept: Any, shown: Mapping[str, Any] | None = None) -> None:
        self._scope["temp"] |= self._value(kept, shown)

    def _value(self, given: Any, shown: Mapping[str, Any] | None = None) -> Any:
        return evaluated(given, self._scope | dict(shown or {}))


def _shown(answer: Answered) -> dict[str, Any]:
    return {"body": answer.body, "headers": answer.headers, "statusCode": answer.status}

"""Workflows of n8n: how they are written, run and looked at."""

import http.client
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final
from urllib.parse import quote, urlsplit

from tests.connectors.n8n.server.flattened import unflatten
from tests.connectors.n8n.server.rest import Rest
from tests.hub import wait_until

Item = dict[str, Any]
FINAL: Final = ("success", "error", "crashed", "canceled")


@dataclass(frozen=True, slots=True)
class Node:
    """One node as a workflow's JSON has it. `more` are settings beside its parameters, such as `retryOnFail`."""

    name: str
    type: str
    parameters: dict[str, Any] = field(default_factory=dict)
    version: float = 1
    credentials: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    webhook_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def json(self, place: int) -> dict[str, Any]:
        return {
            "id": str(uuid.uuid4()),
            "name": self.name,
            "type": self.type,
            "typeVersion": self.version,
            "position": [200 * place, 0],
            "parameters": self.parameters,
            "credentials": self.credentials,
            "webhookId": self.webhook_id,
        } | self.more


def started_by_request() -> Node:
    """n8n's webhook: each request runs the workflow once, and is answered at once."""
    path = uuid.uuid4().hex
    return Node("Start", "n8n-nodes-base.webhook", {"path": path, "httpMethod": "POST"}, version=2)


def one_item_each(of: str) -> Node:
    """One item for each element of the list that the request's body has under this name."""
    return Node("Items", "n8n-nodes-base.splitOut", {"fieldToSplitOut": f"body.{of}"})


def next_step() -> Node:
    """A step that changes nothing, in which one sees what the step before it gave."""
    return Node("Next", "n8n-nodes-base.noOp")


def connected(chain: Sequence[Node]) -> dict[str, Any]:
    """A workflow whose nodes follow each other."""
    pairs = pairwise(chain)
    return {
        "name": f"Workflow {uuid.uuid4().hex[:8]}",
        "nodes": [node.json(place) for place, node in enumerate(chain)],
        "connections": {
            one.name: {"main": [[{"node": other.name, "type": "main", "index": 0}]]} for one, other in pairs
        },
        "settings": {"executionOrder": "v1"},
    }


@dataclass(frozen=True, slots=True)
class Run:
    """What a node did at one of its turns. `started_at` is in Unix seconds."""

    started_at: float
    status: str
    items: list[Item]
    error: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of a workflow, as the editor shows it."""

    id: str
    status: str
    data: dict[str, Any]

    @property
    def error(self) -> dict[str, Any]:
        """Why it failed. Raises KeyError when it did not."""
        found: dict[str, Any] = self.data["resultData"]["error"]
        return found

    def runs(self, node: str) -> list[Run]:
        """The turns of a node, none when it was never reached."""
        return [_run(found) for found in self.data["resultData"].get("runData", {}).get(node, [])]

    def items(self, node: str) -> list[Item]:
        """What the node gave at its last turn."""
        return self.runs(node)[-1].items if self.runs(node) else []


class Workflow:
    """A saved workflow."""

    def __init__(self, rest: Rest, url: str, content: dict[str, Any]) -> None:
        self._rest, self._url, self._content = rest, url, content
        saved = rest.post("/workflows", content)
        self.id, self._version = str(saved["id"]), saved["versionId"]

    @property
    def active(self) -> bool:
        return self._rest.get(f"/workflows/{self.id}")["activeVersionId"] is not None

    def activate(self) -> None:
        """Publish it. n8n makes its webhooks a moment later. Raises Unwilling."""
        self._rest.post(f"/workflows/{self.id}/activate", {"versionId": self._version})

    def deactivate(self) -> None:
        self._rest.post(f"/workflows/{self.id}/deactivate", {})

    def start(self, body: Any) -> None:
        """Run it by a request to its webhook, as soon as it is there."""
        wait_until(lambda: self._request(body) == http.client.OK, seconds=20, every=0.1)

    def run_in_editor(self) -> None:
        """Run it by the editor's button, from its first node."""
        first = self._content["nodes"][0]["name"]
        self._rest.post(f"/workflows/{self.id}/run", {"triggerToStartFrom": {"name": first}})

    def retry(self, execution: Execution) -> None:
        """Run a failed execution again from where it failed, as the editor's button does."""
        self._rest.post(f"/executions/{execution.id}/retry", {"loadWorkflow": False})

    def executions(self) -> list[Execution]:
        """All so far, oldest first."""
        query = quote(json.dumps({"workflowId": self.id}))
        listed = self._rest.get(f"/executions?filter={query}&limit=100")["results"]
        return [self.execution(found["id"]) for found in sorted(listed, key=lambda found: int(found["id"]))]

    def execution(self, id: str) -> Execution:
        found = self._rest.get(f"/executions/{id}")
        return Execution(str(found["id"]), found["status"], unflatten(found["data"]))

    def last(self, *statuses: str, count: int = 1, seconds: float = 30) -> Execution:
        """The newest of at least `count` executions, once it has one of the statuses; without any, once it is over."""

        def reached() -> Execution | None:
            found = self.executions()
            return found[-1] if len(found) >= count and found[-1].status in (statuses or FINAL) else None

        return wait_until(reached, seconds=seconds, every=0.1)

    def run(self, body: Any, *statuses: str, seconds: float = 30) -> Execution:
        """Activate it if need be, start it, and wait for its newest execution."""
        before = len(self.executions())
        if not self.active:
            self.activate()
        self.start(body)
        return self.last(*statuses, count=before + 1, seconds=seconds)

    def _request(self, body: Any) -> int:
        path = self._content["nodes"][0]["parameters"]["path"]
        connection = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=10)
        try:
            connection.request("POST", f"/webhook/{path}", json.dumps(body), {"Content-Type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()


def _run(found: dict[str, Any]) -> Run:
    outputs = (found.get("data") or {}).get("main") or []
    items = [item["json"] for output in outputs for item in output or []]
    return Run(found["startTime"] / 1000, found.get("executionStatus", ""), items, found.get("error"))

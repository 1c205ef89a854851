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
    return _workflow(chain, [Link(one, other) for one, other in pairwise(chain)])


def looping(before: Sequence[Node], body: Node, after: Node) -> dict[str, Any]:
    """A workflow that does `body` with one item after another, by n8n's Loop Over Items, and then `after` with all."""
    loop = Node("Loop", "n8n-nodes-base.splitInBatches", version=3)
    links = [Link(one, other) for one, other in pairwise([*before, loop])]
    links += [Link(loop, after, output=0), Link(loop, body, output=1), Link(body, loop)]
    return _workflow([*before, loop, body, after], links)


def equipped(chain: Sequence[Node], agent: Node, model: Node, tool: Node) -> dict[str, Any]:
    """A workflow whose nodes follow each other; one of them is an agent with a model and a tool."""
    links = [Link(one, other) for one, other in pairwise(chain)]
    links += [Link(model, agent, kind="ai_languageModel"), Link(tool, agent, kind="ai_tool")]
    return _workflow([*chain, model, tool], links)


@dataclass(frozen=True, slots=True)
class Link:
    """Leads from one of a node's outputs to another node."""

    one: Node
    other: Node
    output: int = 0
    kind: str = "main"


def _workflow(nodes: Sequence[Node], links: Sequence[Link]) -> dict[str, Any]:
    connections: dict[str, dict[str, list[list[dict[str, Any]]]]] = {}
    for link in links:
        outputs = connections.setdefault(link.one.name, {}).setdefault(link.kind, [])
        outputs.extend([] for _ in range(link.output + 1 - len(outputs)))
        outputs[link.output].append({"node": link.other.name, "type": link.kind, "index": 0})
    return {
        "name": f"Workflow {uuid.uuid4().hex[:8]}",
        "nodes": [node.json(place) for place, node in enumerate(nodes)],
        "connections": connections,
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
    def publication(self) -> dict[str, Any]:
        """What came of activating it: `status` is published, failed or in_progress; `triggers` say why."""
        found: dict[str, Any] = self._rest.get(f"/workflows/{self.id}/publication-status")
        return found

    def activate(self) -> None:
        """Publish it, and wait until n8n knows whether its triggers can be had. Raises Unwilling."""
        self._rest.post(f"/workflows/{self.id}/activate", {"versionId": self._version})
        wait_until(lambda: self.publication["status"] != "in_progress", seconds=30, every=0.1)

    def deactivate(self) -> None:
        """Take it back. n8n removes its webhooks a moment later."""
        self._rest.post(f"/workflows/{self.id}/deactivate", {})

    def start(self, body: Any) -> None:
        """Run it by a request to its webhook."""
        path = self._content["nodes"][0]["parameters"]["path"]
        assert sent(f"{self._url}/webhook/{path}", body) == http.client.OK

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
        return Execution(str(found["id"]), found["status"], unflatten(found["data"]) or {"resultData": {}})

    def last(self, *, count: int = 1, seconds: float = 30) -> Execution:
        """The newest of at least `count` executions, once it is over."""

        def over() -> Execution | None:
            found = self.executions()
            return found[-1] if len(found) >= count and found[-1].status in FINAL else None

        return wait_until(over, seconds=seconds, every=0.1)

    def run(self, body: Any, seconds: float = 30) -> Execution:
        """Activate it if need be, start it, and wait until that execution is over."""
        before = len(self.executions())
        if self.publication["status"] != "published":
            self.activate()
        self.start(body)
        return self.last(count=before + 1, seconds=seconds)


def sent(url: str, body: Any, **headers: str) -> int:
    """The status with which a request to one of n8n's webhooks is answered."""
    there = urlsplit(url)
    connection = http.client.HTTPConnection(there.netloc, timeout=10)
    try:
        connection.request("POST", there.path, json.dumps(body), {"Content-Type": "application/json"} | headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _run(found: dict[str, Any]) -> Run:
    outputs = (found.get("data") or {}).get("main") or []
    items = [item["json"] for output in outputs for item in output or []]
    return Run(found["startTime"] / 1000, found.get("executionStatus", ""), items, found.get("error"))

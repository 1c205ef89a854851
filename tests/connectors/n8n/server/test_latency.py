"""How soon a waiting step goes on after its call has ended; printed, not judged.

In turn with it, the same is done by n8n's own nodes: a request starts the call, and a Wait node hears of its end. What
that takes is n8n's and the hub's. While it is measured, nobody asks n8n how far it is: it would answer instead of going
on. Settings of n8n hold here when they are in the environment, such as N8N_EXPRESSION_ENGINE_POOL_SIZE.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from tests.connectors.contract import Connection, a_number
from tests.connectors.n8n.server.ours import WAIT, Ours
from tests.connectors.n8n.server.server import N8n
from tests.connectors.n8n.server.workflows import Node, Workflow, next_step, started_by_request
from tests.hub import Hub, wait_until

RUNS = 40
WARMING = 5
SECONDS_TO_GO_ON = 0.5
INSTRUCTIONS = "Ask for the opening hours."
CALLBACK = """
    SELECT extract(epoch FROM c.ended_at)::float AS ended_at, extract(epoch FROM a.started_at)::float AS sent_at,
        d.attempts
    FROM call c JOIN event e ON e.call_id = c.id JOIN delivery d ON d.event_id = e.id
        JOIN attempt a ON a.delivery_id = d.id AND a.number = d.attempts
    WHERE c.to_number = %s AND d.status = 'succeeded'
"""


@dataclass(frozen=True, slots=True)
class Resumption:
    """Seconds from the call's end to the callback that n8n took, and from there to the next step."""

    hub: float
    n8n: float


def by_ours(ours: Ours) -> list[Node]:
    return [ours.step(WAIT, phoneNumber="={{ $json.body.to }}", instructions=INSTRUCTIONS)]


def by_n8ns_own(connection: Connection) -> list[Node]:
    order = f"{{phoneNumber: $json.body.to, instructions: '{INSTRUCTIONS}', callbackUrl: $execution.resumeUrl}}"
    request = {
        "method": "POST",
        "url": f"{connection.url}/api/v1/calls",
        "sendHeaders": True,
        "headerParameters": {"parameters": [{"name": "X-API-Key", "value": connection.key}]},
        "sendBody": True,
        "specifyBody": "json",
        "jsonBody": f"={{{{ JSON.stringify({order}) }}}}",
    }
    return [
        Node("Start Call", "n8n-nodes-base.httpRequest", request, version=4.2),
        Node("Wait", "n8n-nodes-base.wait", {"resume": "webhook", "httpMethod": "POST"}, version=1.1),
    ]


def run(workflow: Workflow, hub: Hub) -> dict[str, Any]:
    """One execution, which is left alone; the callback that has woken it."""
    number = a_number()
    workflow.start({"to": number})
    [callback] = wait_until(lambda: hub.rows(CALLBACK, (number,)), seconds=30, every=0.1)
    time.sleep(SECONDS_TO_GO_ON)
    return callback


def resumptions(workflow: Workflow, callbacks: Sequence[dict[str, Any]]) -> list[Resumption]:
    workflow.last(count=len(callbacks))
    turns = [execution.runs("Next")[0].started_at for execution in workflow.executions()]
    return [
        Resumption(callback["sent_at"] - callback["ended_at"], turn - callback["sent_at"])
        for callback, turn in zip(callbacks, turns, strict=True)
    ][WARMING:]


def spread(seconds: Sequence[float]) -> str:
    percentiles = quantiles(seconds, n=100, method="inclusive")
    return f"p50 {percentiles[49] * 1000:.0f} ms, p95 {percentiles[94] * 1000:.0f} ms"


def test_a_step_goes_on_soon_after_its_call_has_ended(
    n8n: N8n, ours: Ours, connection: Connection, hub: Hub, show: Callable[[str], None]
) -> None:
    steps = {"our node": by_ours(ours), "n8n's own nodes": by_n8ns_own(connection)}
    workflows = {name: n8n.workflow(started_by_request(), *chain, next_step()) for name, chain in steps.items()}
    for workflow in workflows.values():
        workflow.activate()
    turns = [{name: run(workflow, hub) for name, workflow in workflows.items()} for _ in range(WARMING + RUNS)]
    for name, workflow in workflows.items():
        callbacks = [turn[name] for turn in turns]
        found = resumptions(workflow, callbacks)
        show(f"n8n, {RUNS} runs of {name}, call's end to next step: {spread([f.hub + f.n8n for f in found])}")
        show(f"  to the hub's callback: {spread([f.hub for f in found])}")
        show(f"  from there on, in n8n: {spread([f.n8n for f in found])}")
        show(f"  callbacks that came before n8n was ready for them: {sum(c['attempts'] - 1 for c in callbacks)}")

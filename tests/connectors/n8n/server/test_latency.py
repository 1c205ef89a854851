"""How soon a waiting step goes on after its call has ended; printed, not judged."""

from collections.abc import Callable, Sequence
from datetime import datetime
from statistics import quantiles

from tests.connectors.contract import a_number
from tests.connectors.n8n.server.ours import WAIT, Ours
from tests.connectors.n8n.server.server import N8n
from tests.connectors.n8n.server.workflows import Execution, next_step, started_by_request
from tests.hub import Hub

RUNS = 40
LAST_ATTEMPT = """
    SELECT extract(epoch FROM max(a.started_at))::float AS at, count(*) AS attempts
    FROM attempt a JOIN delivery d ON d.id = a.delivery_id JOIN event e ON e.id = d.event_id
    WHERE e.call_id = %s
"""


def parts(hub: Hub, execution: Execution) -> tuple[float, float, int]:
    """Seconds from the call's end to the callback that n8n took, and from there to the next step; callbacks in all."""
    [turn] = execution.runs("Next")
    call = turn.items[0]
    [callback] = hub.rows(LAST_ATTEMPT, (call["id"],))
    ended = datetime.fromisoformat(call["endedAt"]).timestamp()
    return callback["at"] - ended, turn.started_at - callback["at"], callback["attempts"]


def spread(seconds: Sequence[float]) -> str:
    percentiles = quantiles(seconds, n=100, method="inclusive")
    return f"p50 {percentiles[49] * 1000:.0f} ms, p95 {percentiles[94] * 1000:.0f} ms"


def test_a_step_goes_on_soon_after_its_call_has_ended(
    n8n: N8n, ours: Ours, hub: Hub, show: Callable[[str], None]
) -> None:
    step = ours.step(WAIT, phoneNumber="={{ $json.body.to }}", instructions="Ask for the opening hours.")
    workflow = n8n.workflow(started_by_request(), step, next_step())
    found = [parts(hub, workflow.run({"to": a_number()})) for _ in range(RUNS)]
    show(f"n8n, {RUNS} runs, from the call's end to the next step: {spread([hubs + n8ns for hubs, n8ns, _ in found])}")
    show(f"  to the hub's callback: {spread([hubs for hubs, _, _ in found])}")
    show(f"  from there on, in n8n: {spread([n8ns for _, n8ns, _ in found])}")
    show(f"  callbacks that came before n8n was ready for them: {sum(count - 1 for _, _, count in found)}")

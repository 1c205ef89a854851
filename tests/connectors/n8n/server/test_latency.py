"""How soon a waiting step goes on after its call has ended; printed, not judged."""

from collections.abc import Callable
from datetime import datetime
from statistics import quantiles

from tests.connectors.contract import a_number
from tests.connectors.n8n.server.ours import WAIT, Ours
from tests.connectors.n8n.server.server import N8n
from tests.connectors.n8n.server.workflows import Execution, next_step, started_by_request

RUNS = 40


def waited(execution: Execution) -> float:
    """Seconds from the call's end, as the hub tells it, to the start of the next step."""
    [turn] = execution.runs("Next")
    return turn.started_at - datetime.fromisoformat(turn.items[0]["endedAt"]).timestamp()


def test_a_step_goes_on_soon_after_its_call_has_ended(n8n: N8n, ours: Ours, show: Callable[[str], None]) -> None:
    step = ours.step(WAIT, phoneNumber="={{ $json.body.to }}", instructions="Ask for the opening hours.")
    workflow = n8n.workflow(started_by_request(), step, next_step())
    seconds = [waited(workflow.run({"to": a_number()})) for _ in range(RUNS)]
    percentiles = quantiles(seconds, n=100, method="inclusive")
    show(
        f"n8n: the next step starts after the call's end, {RUNS} runs: "
        f"p50 {percentiles[49]:.3f} s, p95 {percentiles[94]:.3f} s, most {max(seconds):.3f} s"
    )

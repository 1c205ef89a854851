"""What a delivery costs as the tables grow: fresh ones beside ever more that were delivered long ago."""

from typing import Final

from bench.report import title
from bench.webhooks_backlog import WARMING, show
from bench.webhooks_drain import drain
from bench.webhooks_rows import claim_plan, grow
from bench.webhooks_stage import ENDPOINTS, stage

OLD: Final = (10_000, 100_000, 1_000_000)
FRESH: Final = 5_000


def growth() -> None:
    """The same number of fresh deliveries each time, and the plan by which they are claimed."""
    title(f"Webhooks: {FRESH} fresh deliveries, {ENDPOINTS} endpoints, beside old ones and their attempts")
    with stage() as on:
        drain(on, WARMING)
        for old in OLD:
            on.ask(grow, old)
            plan = on.ask(claim_plan, on.settings)
            show(f"{old:,} old deliveries", drain(on, FRESH))
            print("".join(f"    {access}\n" for access in plan), end="", flush=True)

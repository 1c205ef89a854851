"""A backlog for receivers that answer at once, beside a pool of threads that only posts."""

from typing import Final

from bench.report import line, title
from bench.webhooks_control import THREADS, post_again
from bench.webhooks_drain import Figures, drain
from bench.webhooks_stage import ENDPOINTS, stage

BACKLOG: Final = 20_000
WARMING: Final = 5_000  # and what the control posts
TARGET_RATE: Final = 5_000
TARGET_RATIO: Final = 5
TARGET_CPU_MS: Final = 0.15


def backlog() -> None:
    """From the commit of the backlog until the last result is written; the control before and after."""
    title(f"Webhooks: a backlog of {BACKLOG} deliveries, {ENDPOINTS} endpoints that answer at once")
    with stage() as on:
        drain(on, WARMING)
        before = on.ask(post_again, WARMING, on.settings)
        show(f"requests, {THREADS} threads (control), before", before)
        ours = drain(on, BACKLOG)
        show("this hub", ours, f", target {TARGET_RATE}/s and {TARGET_CPU_MS} ms")
        after = on.ask(post_again, WARMING, on.settings)
        show(f"requests, {THREADS} threads (control), after", after)
    ratio = ours.rate / ((before.rate + after.rate) / 2)
    line("this hub : control", f"{ratio:.1f}", f"target {TARGET_RATIO}")


def show(name: str, found: Figures, note: str = "") -> None:
    line(name, f"{found.rate:.0f}/s", f"CPU {found.cpu_ms:.3f} ms a delivery, {found.resident:.0f} MB{note}")

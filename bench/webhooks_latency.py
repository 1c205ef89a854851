"""From the commit of an event to its receipt, at steady rates; and what dead endpoints do to the healthy ones."""

import os
import socket
from collections.abc import Sequence
from contextlib import closing
from typing import Final

from bench.report import line, title
from bench.webhooks_load import Offered, lead
from bench.webhooks_receiver import HOST, Arrivals
from bench.webhooks_stage import ENDPOINTS, Stage, stage, url_of

SECONDS: Final = float(os.environ.get("BENCH_WEBHOOKS_SECONDS", "8"))
RATES: Final = (20, 50, 100, 200, 500)
DELAYS_MS: Final = (0, 50, 250)
TARGET_RATE: Final = 200
TARGETS_MS: Final = {0.50: 15.0, 0.95: 50.0}

DEAD: Final = ENDPOINTS // 10
SILENT: Final = (DEAD + 1) // 2
DEAD_SECONDS: Final = 2.5 * SECONDS  # longer than an attempt may take, so that its retries are measured too
TARGET_DEAD: Final = 2.0


class Latencies:
    """Milliseconds from the moment after the commit to the receipt; `lost` came too late to be counted."""

    def __init__(self, offered: Sequence[Offered], arrivals: Arrivals) -> None:
        came = [(arrivals[one.mark] - one.committed) * 1000 for one in offered if one.mark in arrivals]
        self._ordered = sorted(came) or [float("nan")]
        self.lost = len(offered) - len(came)
        moments = [one.committed for one in offered]
        self.rate = (len(offered) - 1) / (max(moments) - min(moments))

    def at(self, share: float) -> float:
        """That below which `share` (0 to 1) of them lie."""
        return self._ordered[min(int(len(self._ordered) * share), len(self._ordered) - 1)]

    @property
    def note(self) -> str:
        lost = f", {self.lost} NOT RECEIVED" if self.lost else ""
        return f"p95 {self.at(0.95):6.1f} ms, p99 {self.at(0.99):6.1f} ms ({self.rate:.0f}/s recorded{lost})"


def steady() -> None:
    """Every rate with every delay of the receivers."""
    title(f"Webhooks: from commit to receipt, {ENDPOINTS} endpoints, open loop, {SECONDS:.0f} s each")
    with stage() as on:
        for delay in DELAYS_MS:
            on.receiver.delay(delay / 1000)
            for rate in RATES:
                found = Latencies(*on.offered(rate, SECONDS, healthy=range(ENDPOINTS)))
                _show(f"{rate}/s, answered after {delay} ms", found, _standing(found) if rate == TARGET_RATE else "")


def dead() -> None:
    """A tenth of the endpoints are dead: half of them never answer, half refuse the connection."""
    title(f"Webhooks: {TARGET_RATE}/s, {DEAD} of {ENDPOINTS} endpoints dead, {DEAD_SECONDS:.0f} s each")
    healthy = range(DEAD, ENDPOINTS)
    with stage(silent=SILENT) as on, closing(socket.socket()) as refusing:
        before = Latencies(*on.offered(TARGET_RATE, DEAD_SECONDS, healthy=healthy))
        _show("the healthy ones, none dead", before)
        refusing.bind((HOST, 0))  # bound and never listening: a port that refuses
        _kill(on, [*on.receiver.silent, *[refusing.getsockname()[1]] * (DEAD - SILENT)])
        after = Latencies(*on.offered(TARGET_RATE, DEAD_SECONDS, healthy=healthy))
        _show(f"the healthy ones, {DEAD} others dead", after)
    ratio = after.at(0.95) / before.at(0.95)
    line("p95, with : without", f"{ratio:.2f}", f"target at most {TARGET_DEAD:.0f}: {_held(ratio <= TARGET_DEAD)}")


def _kill(on: Stage, ports: Sequence[int]) -> None:
    for target, port in zip(on.targets[:DEAD], ports, strict=True):
        on.ask(lead, target, url_of(port), on.settings)


def _show(name: str, found: Latencies, standing: str = "") -> None:
    line(name, f"p50 {found.at(0.5):.1f} ms", found.note + standing)


def _standing(found: Latencies) -> str:
    wanted = " and ".join(f"{most:.0f}" for most in TARGETS_MS.values())
    held = all(found.at(share) <= most for share, most in TARGETS_MS.items()) and not found.lost
    return f"; target {wanted} ms: {_held(held)}"


def _held(holds: bool) -> str:
    return "held" if holds else "MISSED"

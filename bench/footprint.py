"""What everything that `make run` starts takes: memory as proportional set size, and processor time when idle."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from app.dev.client import Client
from bench.hub import running
from bench.report import line, title

IDLE_SECONDS = 20.0


def main() -> None:
    title("Everything that `make run` starts (Linux: proportional set size)")
    with running(SANDBOX_SPEED="20") as hub:
        client = Client(hub.plan.url, hub.keys.test)
        placed = client.post("/calls", {"phoneNumber": "+15551234567", "instructions": "Ask for the opening hours."})
        while client.get(f"/calls/{placed['id']}?wait=25")["summary"] is None:
            time.sleep(0.1)
        time.sleep(2)
        processes = list(_descendants(os.getpid()))
        line("memory", f"{sum(map(_pss, processes)) / 1024:.0f} MB", f"{len(processes)} processes, after one call")
        before = sum(map(_ticks, processes))
        time.sleep(IDLE_SECONDS)
        share = (sum(map(_ticks, processes)) - before) / os.sysconf("SC_CLK_TCK") / IDLE_SECONDS
        line("processor, idle", f"{share * 100:.1f} %", "of one core")


def _descendants(parent: int) -> Iterator[int]:
    for child in _children(parent):
        yield child
        yield from _descendants(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return found


def _pss(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(row.split()[1]) for row in rollup.splitlines() if row.startswith("Pss:"))


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    main()

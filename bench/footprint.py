"""What everything that `make run` starts takes: memory as proportional set size, and processor time when idle."""

import os
import time
from pathlib import Path

from app.dev.client import Client
from bench.hub import running
from bench.processes import cpu_seconds, descendants
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
        processes = list(descendants(os.getpid()))
        line("memory", f"{sum(map(_pss, processes)) / 1024:.0f} MB", f"{len(processes)} processes, after one call")
        before = sum(map(cpu_seconds, processes))
        time.sleep(IDLE_SECONDS)
        share = (sum(map(cpu_seconds, processes)) - before) / IDLE_SECONDS
        line("processor, idle", f"{share * 100:.1f} %", "of one core")


def _pss(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(row.split()[1]) for row in rollup.splitlines() if row.startswith("Pss:"))


if __name__ == "__main__":
    main()

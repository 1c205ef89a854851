"""How fast a backlog goes, and what it takes of the sender."""

from dataclasses import dataclass
from typing import Final

from bench.processes import cpu_seconds, resident_mb
from bench.webhooks_rows import backlog, written
from bench.webhooks_stage import ENDPOINTS, Stage

MOST_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Figures:
    """`count` deliveries took `seconds`, and `cpu` seconds of the process that sent them; memory in MB afterwards."""

    count: int
    seconds: float
    cpu: float
    resident: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Processor time a delivery."""
        return self.cpu * 1000 / self.count


def drain(on: Stage, count: int) -> Figures:
    """Commit so many deliveries at once, and wait until each has come and all that came of them is written."""
    on.receiver.take()
    before = cpu_seconds(on.sender)
    begun = on.ask(backlog, count // ENDPOINTS)
    if not on.received(count, MOST_SECONDS):
        raise TimeoutError("the backlog has not come")
    seconds = on.ask(written, MOST_SECONDS) - begun
    return Figures(count, seconds, cpu_seconds(on.sender) - before, resident_mb(on.sender))

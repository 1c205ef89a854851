"""What RQ runs: one drain for each lane, in the process of that lane."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from app.queue import Lane, drain


@dataclass(frozen=True, slots=True)
class Work:
    """A lane's work: `step` does what is due and returns the seconds it would wait at most, unless `alarm` is set.

    `breath` is the least time between two steps, in seconds.
    """

    lane: Lane
    alarm: Event
    step: Callable[[], float]
    breath: float


_work: Work | None = None


def bind(work: Work) -> None:
    """Give this process its lane's work; once, before its worker starts."""
    global _work
    _work = work


def place() -> None:
    _drain("place")


def finish() -> None:
    _drain("finish")


def webhooks() -> None:
    _drain("webhooks")


def crm() -> None:
    _drain("crm")


def _drain(lane: Lane) -> None:
    if _work is None or _work.lane != lane:
        raise RuntimeError(f"This process does not work the lane {lane}.")
    drain(_work.alarm, _work.step, breath=_work.breath)

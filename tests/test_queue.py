"""A lane's drain: what wakes it, and what ends it."""

import signal
import threading
from types import FrameType

import pytest

from app.queue import Broken, drain


def test_a_step_that_is_broken_for_good_ends_its_process_so_that_it_is_started_again() -> None:
    told: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    def step() -> float:
        raise Broken("a thread has died")

    before = signal.signal(signal.SIGTERM, note)
    try:
        drain(threading.Event(), step, breath=0)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == [signal.SIGTERM]


def test_any_other_failure_of_a_step_is_the_jobs() -> None:
    def step() -> float:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        drain(threading.Event(), step, breath=0)

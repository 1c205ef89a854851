"""Ctrl-C and SIGTERM, counted: the first asks for a clean stop, the second for one at once."""

import signal
from types import FrameType


class Interrupts:
    """Counts the signals that ask this process to stop. Make it in the main thread."""

    def __init__(self) -> None:
        self._count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def count(self) -> int:
        return self._count

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1

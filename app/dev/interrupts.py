"""Requests to stop, counted: the first asks for a clean stop, the second for one at once."""

import os
import signal
from types import FrameType


class Interrupts:
    """Counts Ctrl-C, SIGTERM and the terminal's end. Make it in the main thread.

    With `follow_parent`, the parent's end counts, too: a `make` that was killed can pass nothing on.
    """

    def __init__(self, *, follow_parent: bool = False) -> None:
        self._count = 0
        self._parent = os.getppid() if follow_parent else None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # `nohup` means it
            signal.signal(signal.SIGHUP, self._note)

    def count(self) -> int:
        orphaned = self._parent is not None and os.getppid() != self._parent
        return max(self._count, int(orphaned))

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1

"""Simulated seconds: every wait of the sandbox is divided by its speed."""

import math
import threading
import time


class Clock:
    def __init__(self, speed: float) -> None:
        self._speed = speed

    def now(self) -> float:
        """Simulated seconds since some moment."""
        return time.monotonic() * self._speed

    def real(self, seconds: float) -> float:
        """How long `seconds` of simulated time really last."""
        return max(seconds, 0.0) / self._speed

    def wait(self, seconds: float, until: threading.Event) -> bool:
        """Wait; True as soon as `until` is set."""
        return until.wait(self.real(seconds))

    def whole_seconds(self, since: float) -> int:
        """Simulated seconds since then, rounded up, at least one."""
        return max(1, math.ceil(self.now() - since))

"""Being told to stop, by SIGTERM or SIGINT."""

import signal
import time
from typing import Final

_LOOK_SECONDS: Final = 0.2


class Stop:
    """Notes the signals of the main thread. A plain flag: a lock taken in a signal handler could never be had."""

    def __init__(self, *numbers: signal.Signals) -> None:
        self.asked = False
        for number in numbers:
            signal.signal(number, self._note)

    def wait(self, seconds: float) -> bool:
        """Sleep; True as soon as a stop was asked for."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))
        return self.asked

    def _note(self, *_: object) -> None:
        self.asked = True

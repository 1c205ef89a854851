"""How often a key may call: a bucket of tokens for each key. Pure but for the clock that is passed in."""

import math
import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

MOST_BUCKETS: Final = 20_000
_WHOLE: Final = 1 - 1e-9  # what a token may lack through rounding


class RateLimit:
    """`per_second` requests a second for each key, with a burst of one second's worth. From any thread."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_second
        self._burst = max(per_second, 1.0)
        self._clock = clock
        self._buckets: dict[Hashable, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: Hashable) -> int:
        """0 when the request may go on, else the whole seconds after which to try again."""
        with self._lock:
            moment = self._clock()
            tokens, seen = self._buckets.get(key, (self._burst, moment))
            tokens = min(self._burst, tokens + (moment - seen) * self._rate)
            if tokens < _WHOLE:
                self._buckets[key] = (tokens, moment)
                return math.ceil((1 - tokens) / self._rate)
            if len(self._buckets) >= MOST_BUCKETS:
                self._forget(moment)
            self._buckets[key] = (tokens - 1, moment)
            return 0

    def _forget(self, moment: float) -> None:
        """Drop the buckets that are full again; if all are in use, start anew."""
        full = self._burst / self._rate
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if moment - bucket[1] < full}
        if len(self._buckets) >= MOST_BUCKETS:
            self._buckets.clear()

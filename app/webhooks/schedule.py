"""When a delivery is tried again. Pure; seconds."""

import random
from typing import Final

# One first attempt, then ten retries with exponential back-off, over about 30 hours in all.
RETRY_DELAYS: Final = (5, 30, 120, 600, 1800, 3600, 2 * 3600, 5 * 3600, 8 * 3600, 10 * 3600)
JITTER: Final = 0.1
LONGEST_RETRY_AFTER: Final = 24 * 3600

# A fault of ours (no route, no resolver) is waited out beside that, for about a day and a half.
FAULT_DELAYS: Final = (5, 15, 30, 60, 120, 300, 600, 900)
MOST_FAULTS: Final = 150


def delay_after(failures: int, *, scale: float = 1.0, retry_after: float | None = None) -> float | None:
    """Seconds until the next attempt after `failures` failed ones; None when there is none left.

    Jitter only adds, so that no retry is early. A receiver's Retry-After can lengthen the delay, up to a day.
    """
    if not 1 <= failures <= len(RETRY_DELAYS):
        return None
    base = RETRY_DELAYS[failures - 1] * scale
    if retry_after is not None:
        base = max(base, min(retry_after, LONGEST_RETRY_AFTER))
    return _jittered(base)


def delay_after_fault(faults: int, *, scale: float = 1.0) -> float | None:
    """Seconds until the next attempt after so many faults of ours; None when it is time to give up."""
    if not 1 <= faults <= MOST_FAULTS:
        return None
    return _jittered(FAULT_DELAYS[min(faults, len(FAULT_DELAYS)) - 1] * scale)


def _jittered(seconds: float) -> float:
    return seconds * (1 + random.random() * JITTER)  # noqa: S311 - spreads load, hides nothing

"""When a delivery is tried again. Pure; seconds."""

import random
from typing import Final

# One first attempt, then ten retries with exponential back-off, over about 30 hours in all.
RETRY_DELAYS: Final = (5, 30, 120, 600, 1800, 3600, 2 * 3600, 5 * 3600, 8 * 3600, 10 * 3600)
MAX_ATTEMPTS: Final = 1 + len(RETRY_DELAYS)
JITTER: Final = 0.1
LONGEST_RETRY_AFTER: Final = 24 * 3600


def delay_after(attempts: int, *, scale: float = 1.0, retry_after: float | None = None) -> float | None:
    """Seconds until the next attempt after `attempts` failed ones; None when there is none left.

    Jitter only adds, so that no retry is early. A receiver's Retry-After can lengthen the delay, up to a day.
    """
    if not 1 <= attempts < MAX_ATTEMPTS:
        return None
    base = RETRY_DELAYS[attempts - 1] * scale
    if retry_after is not None:
        base = max(base, min(retry_after, LONGEST_RETRY_AFTER))
    return base * (1 + random.random() * JITTER)  # noqa: S311 - spreads load, hides nothing

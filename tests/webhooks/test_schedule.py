import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.webhooks.schedule import LONGEST_RETRY_AFTER, MAX_ATTEMPTS, RETRY_DELAYS, delay_after


def test_there_are_ten_retries_over_a_day_and_more() -> None:
    assert MAX_ATTEMPTS == 11
    assert sum(RETRY_DELAYS) > 24 * 3600


def test_the_delays_grow() -> None:
    assert list(RETRY_DELAYS) == sorted(RETRY_DELAYS)


@given(st.integers(1, 10), st.floats(0.001, 10), st.none() | st.floats(0, 1e6))
def test_a_retry_is_never_early_and_jitter_only_adds(attempts: int, scale: float, retry_after: float | None) -> None:
    least = max(RETRY_DELAYS[attempts - 1] * scale, min(retry_after or 0, LONGEST_RETRY_AFTER))
    delay = delay_after(attempts, scale=scale, retry_after=retry_after)
    assert delay is not None
    assert least <= delay <= least * 1.1 + 1e-6


@pytest.mark.parametrize("attempts", [11, 12, 100])
def test_after_the_last_retry_there_is_none(attempts: int) -> None:
    assert delay_after(attempts) is None

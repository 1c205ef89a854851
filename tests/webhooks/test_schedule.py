import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.webhooks.schedule import (
    FAULT_DELAYS,
    LONGEST_RETRY_AFTER,
    MOST_FAULTS,
    RETRY_DELAYS,
    delay_after,
    delay_after_fault,
)


def test_there_are_ten_retries_over_a_day_and_more() -> None:
    assert len(RETRY_DELAYS) == 10
    assert sum(RETRY_DELAYS) > 24 * 3600


@pytest.mark.parametrize("delays", [RETRY_DELAYS, FAULT_DELAYS])
def test_the_delays_grow(delays: tuple[int, ...]) -> None:
    assert list(delays) == sorted(delays)


@given(st.integers(1, 10), st.floats(0.001, 10), st.none() | st.floats(0, 1e6))
def test_a_retry_is_never_early_and_jitter_only_adds(failures: int, scale: float, retry_after: float | None) -> None:
    least = max(RETRY_DELAYS[failures - 1] * scale, min(retry_after or 0, LONGEST_RETRY_AFTER))
    delay = delay_after(failures, scale=scale, retry_after=retry_after)
    assert delay is not None
    assert least <= delay <= least * 1.1 + 1e-6


@pytest.mark.parametrize("failures", [11, 12, 100])
def test_after_the_last_retry_there_is_none(failures: int) -> None:
    assert delay_after(failures) is None


@given(st.integers(1, MOST_FAULTS))
def test_a_fault_of_ours_is_waited_out_for_at_most_a_quarter_of_an_hour_at_a_time(faults: int) -> None:
    delay = delay_after_fault(faults)
    assert delay is not None
    assert FAULT_DELAYS[0] <= delay <= FAULT_DELAYS[-1] * 1.1


def test_faults_of_ours_are_given_up_after_a_day_and_more() -> None:
    assert delay_after_fault(MOST_FAULTS + 1) is None
    assert sum(delay_after_fault(faults) or 0 for faults in range(1, MOST_FAULTS + 1)) > 24 * 3600

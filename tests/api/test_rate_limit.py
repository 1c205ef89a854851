"""Buckets of tokens."""

from hypothesis import given
from hypothesis import strategies as st

from app.api.rate_limit import RateLimit

PAUSES = st.lists(st.floats(min_value=0, max_value=2), max_size=200)


@given(PAUSES, st.integers(min_value=1, max_value=20))
def test_in_no_second_more_than_twice_the_rate_gets_through(pauses: list[float], rate: int) -> None:
    moment, passed = [0.0], []
    limit = RateLimit(rate, clock=lambda: moment[0])
    for pause in pauses:
        moment[0] += pause
        if limit.take("key") == 0:
            passed.append(moment[0])
    for start in passed:
        assert sum(start <= at < start + 1 for at in passed) <= 2 * rate


@given(PAUSES, st.floats(min_value=0.1, max_value=20))
def test_whoever_waits_as_told_gets_through(pauses: list[float], rate: float) -> None:
    moment = [0.0]
    limit = RateLimit(rate, clock=lambda: moment[0])
    for pause in pauses:
        moment[0] += pause
        wait = limit.take("key")
        if wait:
            moment[0] += wait
            assert limit.take("key") == 0


def test_keys_do_not_share() -> None:
    limit = RateLimit(1, clock=lambda: 0.0)
    assert [limit.take(key) for key in ("a", "a", "b")] == [0, 1, 0]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.tariff import cost_cents, minutes_cents


@pytest.mark.parametrize(("seconds", "cents"), [(0, 0), (1, 1), (45, 42), (60, 56), (61, 57), (3600, 3360), (-5, 0)])
def test_a_call_is_priced_by_the_second_and_rounded_up_to_the_cent(seconds: int, cents: int) -> None:
    assert cost_cents(seconds, 56) == cents


@given(st.integers(0, 100_000), st.integers(0, 1000))
def test_the_cost_is_never_below_the_exact_price_and_less_than_a_cent_above(seconds: int, rate: int) -> None:
    assert 0 <= cost_cents(seconds, rate) * 60 - seconds * rate < 60


@given(st.integers(0, 59), st.integers(0, 500), st.integers(0, 1000))
def test_the_hold_of_begun_minutes_covers_the_cost(seconds: int, minutes: int, rate: int) -> None:
    assert minutes_cents(minutes + 1, rate) >= cost_cents(minutes * 60 + seconds, rate)

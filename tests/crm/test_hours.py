"""When a rule may call."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crm.hours import DAYS, Hours, opening
from app.errors import InvalidRequest

WEEK = ["mon", "tue", "wed", "thu", "fri"]
NEW_YORK = "America/New_York"


def hours(zone: str = NEW_YORK, days: list[str] | None = None, start: str = "09:00", end: str = "17:00") -> Hours:
    return Hours.of({"timeZone": zone, "days": days or WEEK, "from": start, "to": end})


def at(text: str, zone: str = NEW_YORK, fold: int = 0) -> datetime:
    """A time on the wall of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


NEXT = [
    # 2026-03-20 is a Friday
    (hours(), "2026-03-20T09:00", None),
    (hours(), "2026-03-20T16:59", None),
    (hours(), "2026-03-20T08:59", "2026-03-20T09:00"),
    (hours(), "2026-03-20T17:00", "2026-03-23T09:00"),
    (hours(), "2026-03-21T12:00", "2026-03-23T09:00"),
    (hours(end="24:00"), "2026-03-20T23:59", None),
    (hours(end="24:00"), "2026-03-21T00:00", "2026-03-23T09:00"),
    (hours(end="00:00"), "2026-03-20T23:59", None),
    (hours(end="00:00"), "2026-03-21T00:00", "2026-03-23T09:00"),
    (hours(start="22:00", end="02:00"), "2026-03-21T01:59", None),  # Friday's night
    (hours(start="22:00", end="02:00"), "2026-03-21T02:00", "2026-03-23T22:00"),
    (hours(start="22:00", end="02:00"), "2026-03-23T01:00", "2026-03-23T22:00"),  # Sunday's night is none
    (hours(start="09:00", end="09:00"), "2026-03-21T08:59", None),  # all day and night
    (hours(days=["sun"]), "2026-03-22T17:00", "2026-03-29T09:00"),
    # clocks go forward on 2026-03-08, a Sunday, from 02:00 to 03:00
    (hours(days=["sun"], start="02:30", end="05:00"), "2026-03-08T01:59", "2026-03-08T03:00"),
    (hours(days=["sun"], start="02:00", end="02:30"), "2026-03-07T12:00", "2026-03-15T02:00"),
    (hours(days=["sun"], start="01:00", end="02:30"), "2026-03-08T03:00", "2026-03-15T01:00"),
]


@pytest.mark.parametrize(("window", "asked", "opened"), NEXT)
def test_it_calls_now_or_when_the_hours_begin(window: Hours, asked: str, opened: str | None) -> None:
    assert opening(window, at(asked)) == (at(opened) if opened else None)


def test_an_hour_that_comes_twice_may_be_called_in_twice() -> None:
    """On 2026-11-01 01:00 to 02:00 comes twice: the first half of it both times, with a pause between."""
    window = hours(days=["sun"], start="00:00", end="01:30")
    assert opening(window, at("2026-11-01T01:29")) is None
    assert opening(window, at("2026-11-01T01:30")) == at("2026-11-01T01:00", fold=1)
    assert opening(window, at("2026-11-01T01:29", fold=1)) is None
    assert opening(window, at("2026-11-01T01:30", fold=1)) == at("2026-11-08T00:00")


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeZone": "Mars/Phobos"},
        {"timeZone": "../../etc/passwd"},
        {"timeZone": "America"},
        {"timeZone": "a\x00b"},
        {"from": "9:00"},
        {"from": "25:00"},
        {"to": "24:01"},
        {"days": []},
        {"to": None},
    ],
)
def test_hours_that_are_none_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Hours.of({"timeZone": NEW_YORK, "days": WEEK, "from": "09:00", "to": "17:00"} | wrong)
    assert refused.value.field == "hours"


ZONES = st.sampled_from(
    [NEW_YORK, "UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago"]
)
MINUTES = st.integers(0, 1439)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))
WINDOWS = st.builds(
    lambda zone, days, start, end: Hours(ZoneInfo(zone), frozenset(days), start, end),
    ZONES,
    st.sets(st.integers(0, len(DAYS) - 1), min_size=1),
    MINUTES,
    st.integers(0, 1440),
)


@given(WINDOWS, MOMENTS)
def test_what_is_found_lies_in_the_hours_and_never_in_the_past(window: Hours, moment: datetime) -> None:
    found = opening(window, moment)
    assert window.include(found or moment)
    assert found is None or found > moment


@given(WINDOWS, MOMENTS)
def test_nothing_earlier_lies_in_the_hours(window: Hours, moment: datetime) -> None:
    found = opening(window, moment)
    step = timedelta(minutes=7, seconds=30)
    between = moment
    while found and between < found:
        assert not window.include(between)
        between += step

"""When a rule may call: some days, from one time of day to another, in a time zone. Pure.

A window that ends at or before its start ends on the day after; 24:00 is midnight. Clocks that are set forward or back
change nothing of what holds: whenever the clock on the wall shows a time within the hours, it may call.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from app.errors import InvalidRequest

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELD: Final = "hours"
_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_AHEAD: Final = 15  # days: a window of one weekday that a clock set forward has swallowed comes again in two weeks


@dataclass(frozen=True, slots=True)
class Hours:
    """`days` are those on which a window begins, 0 for Monday; `start` and `end` minutes since midnight."""

    zone: ZoneInfo
    days: frozenset[int]
    start: int
    end: int

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """From its JSON. Raises InvalidRequest, blaming `hours`."""
        missing = [name for name in ("timeZone", "days", "from", "to") if not stored.get(name)]
        if missing:
            raise InvalidRequest(f"hours needs {', '.join(missing)}. Leave it out to call at any time.", field=FIELD)
        days = frozenset(DAYS.index(day) for day in stored["days"])
        return cls(_zone(stored["timeZone"]), days, _minutes(stored["from"], "from"), _minutes(stored["to"], "to"))

    def include(self, moment: datetime) -> bool:
        """Whether it may call at that moment (aware)."""
        wall = moment.astimezone(self.zone)
        minute = wall.hour * 60 + wall.minute
        today, yesterday = wall.weekday() in self.days, (wall.weekday() - 1) % 7 in self.days
        if self.end > self.start:
            return today and self.start <= minute < self.end
        return (today and minute >= self.start) or (yesterday and minute < self.end)


def opening(hours: Hours, moment: datetime) -> datetime | None:
    """None when it may call at that moment (aware), else when it may again, in UTC."""
    if hours.include(moment):
        return None
    return min(one for one in _turns(hours, moment) if one >= moment and hours.include(one))


def _turns(hours: Hours, moment: datetime) -> Iterator[datetime]:
    """Every moment at which a window may begin: a start, and where clocks are set forward or back."""
    first = moment.astimezone(hours.zone).date()
    for ahead in range(_AHEAD):
        day = first + timedelta(days=ahead)
        for fold in (0, 1):
            yield _instant(hours.zone, day, hours.start, fold)
        yield from _change(
            _instant(hours.zone, day, 0, 0), _instant(hours.zone, day + timedelta(days=1), 0, 1), hours.zone
        )


def _instant(zone: ZoneInfo, day: date, minute: int, fold: int) -> datetime:
    wall = datetime.combine(day, time(minute // 60, minute % 60), zone).replace(fold=fold)
    return wall.astimezone(UTC)


def _change(early: datetime, late: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The first moment with another offset than `early`, to the second, if `late` has another."""
    offset = early.astimezone(zone).utcoffset()
    if late.astimezone(zone).utcoffset() == offset:
        return
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            early = middle
        else:
            late = middle
    yield late


def _minutes(text: str, name: str) -> int:
    if not _TIME.fullmatch(text):
        raise InvalidRequest(f"hours.{name} must be a time of day like 09:00, at most 24:00.", field=FIELD)
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name of a zone at all, a folder of zones
        raise InvalidRequest(
            f"There is no time zone {name[:60]}. Give a name of the IANA database, like America/New_York.", field=FIELD
        ) from None

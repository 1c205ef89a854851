"""Ended calls counted by the day, for charts: numbers that stay when the calls themselves are erased."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from app.db import execute, rows

# Counts are added up under the row's lock, which is held until the commit.
_COUNT: Final = """
INSERT INTO call_day AS kept (account_id, mode, day, status, answered_by, calls, seconds, cents)
SELECT account_id, mode, (ended_at AT TIME ZONE 'UTC')::date, status, answered_by, 1, duration, cost
FROM call WHERE id = %s
ON CONFLICT (account_id, mode, day, status, answered_by) DO UPDATE SET calls = kept.calls + 1,
    seconds = kept.seconds + excluded.seconds, cents = kept.cents + excluded.cents
"""
_READ: Final = """
SELECT day, status, answered_by, calls, seconds, cents FROM call_day
WHERE account_id = %s AND mode = %s AND day > %s AND day <= %s
"""

# What a call came to, as people think of it: a machine that answered is no talk.
OUTCOMES: Final = ("completed", "voicemail", "no-answer", "busy", "failed", "canceled")


@dataclass(frozen=True, slots=True)
class Day:
    """A day (UTC) of an account's ended calls: how many of each of OUTCOMES, their seconds of talk and their cents."""

    day: date
    calls: dict[str, int]
    seconds: int
    cents: int

    @property
    def total(self) -> int:
        return sum(self.calls.values())


def count(call_id: UUID) -> None:
    """Count a settled call on the day on which it ended. Once, as the last statement of the transaction that settles
    it: whoever holds this row then waits for nobody.
    """
    execute(_COUNT, (call_id,))


def by_day(account_id: UUID, mode: str, *, last: date, days: int) -> list[Day]:
    """The `days` up to `last`, the oldest first. A day without calls is there too."""
    return summed(rows(_READ, (account_id, mode, last - timedelta(days=days), last)), last, days)


def summed(found: Iterable[dict[str, Any]], last: date, days: int) -> list[Day]:
    """Rows of `call_day` as days. Pure."""
    series = {
        day: Day(day, dict.fromkeys(OUTCOMES, 0), 0, 0)
        for day in (last - timedelta(days=back) for back in range(days - 1, -1, -1))
    }
    for row in found:
        day = series[row["day"]]
        day.calls[outcome_of(row["status"], row["answered_by"])] += row["calls"]
        series[row["day"]] = replace(day, seconds=day.seconds + row["seconds"], cents=day.cents + row["cents"])
    return list(series.values())


def outcome_of(status: str, answered_by: str) -> str:
    """Which of OUTCOMES a call of this final status is."""
    return "voicemail" if answered_by == "voicemail" and status == "completed" else status

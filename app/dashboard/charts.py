"""Charts: each is a table, from which the script draws and which is all there is without one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.billing.counting import OUTCOMES, Day
from app.billing.tariff import dollars


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and how it is written."""

    value: int | float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars by the day. Each column has a colour by its name (`hub.css`); the values of a day stand upon each other.

    `unit` says how the script writes values: `count`, `minutes` or `dollars`. `total` is what all of it comes to.
    """

    name: str
    title: str
    about: str
    total: str
    unit: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[tuple[date, Sequence[Cell]]]

    @property
    def empty(self) -> bool:
        return not any(cell.value for _, cells in self.rows for cell in cells)


_NAMES: Final = {
    "completed": "Completed",
    "voicemail": "Voicemail",
    "no-answer": "No answer",
    "busy": "Busy",
    "failed": "Failed",
    "canceled": "Canceled",
}


def calls_chart(days: Sequence[Day]) -> Chart:
    """Ended calls by their outcome. What did not occur has no column, but for talks."""
    seen = [outcome for outcome in OUTCOMES if outcome == "completed" or any(day.calls[outcome] for day in days)]
    total = sum(day.total for day in days)
    return Chart(
        "calls",
        "Calls",
        "Ended calls by their outcome",
        f"{total:,}",
        "count",
        [(outcome, _NAMES[outcome]) for outcome in seen],
        [(day.day, [_count(day.calls[outcome]) for outcome in seen]) for day in days],
    )


def minutes_chart(days: Sequence[Day]) -> Chart:
    """Time on the phone."""
    return Chart(
        "minutes",
        "Minutes",
        "Time that calls have lasted",
        _minutes(sum(day.seconds for day in days)).text,
        "minutes",
        [("minutes", "Minutes")],
        [(day.day, [_minutes(day.seconds)]) for day in days],
    )


def cents_chart(days: Sequence[Day]) -> Chart:
    """What calls have cost; in test mode what they would have cost."""
    return Chart(
        "cost",
        "Cost",
        "What calls have cost",
        dollars(sum(day.cents for day in days)),
        "dollars",
        [("cost", "Cost")],
        [(day.day, [Cell(day.cents / 100, dollars(day.cents))]) for day in days],
    )


def webhooks_chart(days: Sequence[tuple[date, int, int]]) -> Chart:
    """How attempts to deliver events have ended."""
    tried, failed = sum(good + bad for _, good, bad in days), sum(bad for _, _, bad in days)
    share = f"; {failed / tried:.1%} have failed" if tried else ""
    return Chart(
        "webhooks",
        "Webhook attempts",
        f"Attempts to deliver events{share}",
        f"{tried:,}",
        "count",
        [("succeeded", "Succeeded"), ("failed", "Failed")],
        [(day, [_count(good), _count(bad)]) for day, good, bad in days],
    )


def _count(value: int) -> Cell:
    return Cell(value, f"{value:,}")


def _minutes(seconds: int) -> Cell:
    return Cell(round(seconds / 60, 3), f"{seconds / 60:,.1f}")

"""Counts and latencies of a webhook by the hour, and of all of an account's by the day: written with the attempts, read
without looking at them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from app.db import execute, rows
from app.webhooks.outcome import Outcome

# Milliseconds: the upper bounds of the classes in which latencies are counted; the last class has none.
BOUNDS: Final = (5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1000, 2500, 5000, 10_000)
HOURS: Final = 24

_ADD: Final = """
WITH added AS (
    SELECT * FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::text[]) AS added (id, succeeded, failed, latencies)
), hours AS (
    INSERT INTO webhook_hour AS kept (webhook_id, hour, succeeded, failed, latencies)
    SELECT id, date_trunc('hour', now()), succeeded, failed, latencies::int[] FROM added
    ON CONFLICT (webhook_id, hour) DO UPDATE SET succeeded = kept.succeeded + excluded.succeeded,
        failed = kept.failed + excluded.failed,
        latencies = ARRAY(SELECT old + new FROM unnest(kept.latencies, excluded.latencies)
                          WITH ORDINALITY AS class (old, new, place) ORDER BY place)
)
INSERT INTO attempt_day AS kept (account_id, mode, day, succeeded, failed)
SELECT w.account_id, w.mode, (now() AT TIME ZONE 'UTC')::date, sum(a.succeeded), sum(a.failed)
FROM added a JOIN webhook w ON w.id = a.id GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (account_id, mode, day) DO UPDATE SET succeeded = kept.succeeded + excluded.succeeded,
    failed = kept.failed + excluded.failed
"""
_READ: Final = """
SELECT coalesce(sum(succeeded), 0) AS succeeded, coalesce(sum(failed), 0) AS failed,
    ARRAY(SELECT sum(count) FROM webhook_hour, unnest(latencies) WITH ORDINALITY AS class (count, place)
          WHERE webhook_id = %(id)s AND hour > now() - %(hours)s * interval '1 hour'
          GROUP BY place ORDER BY place) AS latencies
FROM webhook_hour WHERE webhook_id = %(id)s AND hour > now() - %(hours)s * interval '1 hour'
"""
_BY_DAY: Final = """
SELECT day, sum(succeeded) AS succeeded, sum(failed) AS failed FROM attempt_day
WHERE account_id = %s AND mode IN (%s, 'all') AND day > %s AND day <= %s GROUP BY day
"""
_READ_MANY: Final = """
SELECT webhook_id, sum(succeeded)::int AS succeeded, sum(failed)::int AS failed FROM webhook_hour
WHERE webhook_id = ANY (%(ids)s) AND hour > now() - %(hours)s * interval '1 hour' GROUP BY webhook_id
"""


def add(attempts: Iterable[tuple[str, Outcome]]) -> None:
    """Count attempts, within the caller's transaction."""
    counted: dict[str, list[int]] = {}
    for webhook_id, outcome in attempts:
        counts = counted.setdefault(webhook_id, [0, 0, *([0] * (len(BOUNDS) + 1))])
        counts[0 if outcome.delivered else 1] += 1
        counts[2 + bisect_left(BOUNDS, outcome.duration_ms)] += 1
    if counted:
        ids = sorted(counted)  # one order for all senders
        execute(
            _ADD,
            (
                ids,
                [counted[id][0] for id in ids],
                [counted[id][1] for id in ids],
                ["{" + ",".join(map(str, counted[id][2:])) + "}" for id in ids],
            ),
        )


def of_webhook(webhook_id: UUID) -> dict[str, Any]:
    """Attempts of about the last day: how many succeeded and failed, and latencies in milliseconds (upper bounds)."""
    [found] = rows(_READ, {"id": webhook_id, "hours": HOURS})
    latencies = [int(count) for count in found["latencies"]]
    return {
        "hours": HOURS,
        "succeeded": int(found["succeeded"]),
        "failed": int(found["failed"]),
        "p50Ms": percentile(latencies, 0.50),
        "p95Ms": percentile(latencies, 0.95),
    }


def by_day(account_id: UUID, mode: str, *, last: date, days: int) -> list[tuple[date, int, int]]:
    """Attempts of all webhooks of a mode on the `days` (UTC) up to `last`, the oldest first: the day, how many
    succeeded and how many failed. Webhooks that hear both modes count in either, deleted ones go on counting.
    """
    before = last - timedelta(days=days)
    found = rows(_BY_DAY, (account_id, mode, before, last))
    counted = {row["day"]: (int(row["succeeded"]), int(row["failed"])) for row in found}
    series = (before + timedelta(days=later) for later in range(1, days + 1))
    return [(day, *counted.get(day, (0, 0))) for day in series]


def of_webhooks(webhook_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """Attempts of about the last day by webhook: how many succeeded and failed. Those without any are left out."""
    found = rows(_READ_MANY, {"ids": list(webhook_ids), "hours": HOURS})
    return {row["webhook_id"]: (row["succeeded"], row["failed"]) for row in found}


def percentile(counts: Sequence[int], share: float) -> int | None:
    """The bound below which `share` of what was counted lies; None when nothing was counted."""
    wanted, seen = share * sum(counts), 0
    if not wanted:
        return None
    for bound, count in zip((*BOUNDS, BOUNDS[-1]), counts, strict=True):
        seen += count
        if seen >= wanted:
            return bound
    return BOUNDS[-1]

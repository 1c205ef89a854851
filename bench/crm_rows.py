"""What became of the enrolments, read from the tables: none lost, turns, and the most that was at one time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Final

from bench.crm_stage import Stage

_WAIT_SECONDS: Final = 1800.0
_LOOK_SECONDS: Final = 0.1
_WITHOUT_CALL: Final = "SELECT count(*) AS number FROM crm_enrolment WHERE call_id IS NULL AND refusal IS NULL"
_TOOK: Final = """
SELECT extract(epoch FROM max(c.created_at) - min(e.created_at))::float AS seconds
FROM crm_enrolment e JOIN call c ON c.id = e.call_id
"""
_DIALLED: Final = "SELECT count(*) AS number FROM call WHERE account_id = %(account)s AND dialling_at IS NOT NULL"
_CALLS: Final = """
SELECT account_id, dialling_at, coalesce(ended_at, now()) AS ended_at FROM call WHERE dialling_at IS NOT NULL
"""
# While both wait: from the arrival of the small account's first to the dialling of its last.
_TURNS: Final = """
WITH span AS (
    SELECT min(created_at) AS begun, max(dialling_at) AS over FROM call WHERE account_id = %(small)s
)
SELECT count(*) FILTER (WHERE account_id = %(small)s) AS small,
       count(*) FILTER (WHERE account_id <> %(small)s) AS large,
       extract(epoch FROM max(over) - min(begun))::float AS seconds
FROM call, span WHERE dialling_at BETWEEN begun AND over
"""


@dataclass(frozen=True, slots=True)
class Turns:
    """How many calls of each account were dialled in so many seconds."""

    small: int
    large: int
    seconds: float

    @property
    def rate(self) -> float:
        return (self.small + self.large) / self.seconds

    @property
    def share(self) -> float:
        return self.small / (self.small + self.large)


def enrolments(on: Stage) -> int:
    found: int = on.rows("SELECT count(*) AS number FROM crm_enrolment")[0]["number"]
    return found


def all_called(on: Stage) -> float:
    """Wait until every enrolment has a call; seconds from the first arrival to the last call. Raises TimeoutError."""
    until = time.monotonic() + _WAIT_SECONDS
    while on.rows(_WITHOUT_CALL)[0]["number"]:
        _pause(until)
    took: float = on.rows(_TOOK)[0]["seconds"]
    return took


def small_dialled(on: Stage, count: int) -> None:
    """Wait until all calls of the small account were dialled. Raises TimeoutError."""
    until = time.monotonic() + _WAIT_SECONDS
    while on.rows(_DIALLED, account=on.small_account)[0]["number"] < count:
        _pause(until)


def dialled(on: Stage) -> Turns:
    return Turns(**on.rows(_TURNS, small=on.small_account)[0])


def most_in_a_second(on: Stage, *, each: bool = False) -> int:
    """The most calls that were dialled in any second; with `each`, of one account."""
    return max(map(_densest, _groups(on, each)))


def most_at_once(on: Stage, *, each: bool = False) -> int:
    """The most calls that were under way at any moment, from dialling to the end; with `each`, of one account."""
    return max(map(_deepest, _groups(on, each)))


def _groups(on: Stage, each: bool) -> list[list[tuple[datetime, datetime]]]:
    """When calls were dialled and ended, of all accounts together or of each one by itself."""
    calls = on.rows(_CALLS)
    accounts = {call["account_id"] for call in calls}
    spans = [[(c["dialling_at"], c["ended_at"]) for c in calls if c["account_id"] == account] for account in accounts]
    return spans if each else [[span for group in spans for span in group]]


def _densest(spans: Sequence[tuple[datetime, datetime]]) -> int:
    moments, first, most = sorted(begun for begun, _ in spans), 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= timedelta(seconds=1):
            first += 1
        most = max(most, last - first + 1)
    return most


def _deepest(spans: Sequence[tuple[datetime, datetime]]) -> int:
    """An end comes before a beginning of the same moment."""
    changes = sorted([(begun, 1) for begun, _ in spans] + [(over, -1) for _, over in spans])
    return max(accumulate(change for _, change in changes))


def _pause(until: float) -> None:
    if time.monotonic() > until:
        raise TimeoutError("the calls have not been made in time")
    time.sleep(_LOOK_SECONDS)

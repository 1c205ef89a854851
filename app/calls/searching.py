"""Find calls among very many: by status, who answered, time, number, and the words that were said.

A page costs a bounded amount of work. First the newest calls, HEAD of them, are walked through: what is common is met
there. If they do not fill the page, each index for what is asked tells how many calls it would find, up to RARE; where
one finds no more than that, those are read and sorted. What is neither here nor rare is met by a longer walk, which
ends after WALK calls and tells how far it came: the next page goes on from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.calls.lifecycle import ENDED, STATUSES
from app.calls.sought import Sought, beyond
from app.calls.words import holds, query
from app.config import Mode
from app.cursors import cursor_of, next_cursor, place
from app.db import Row, row, rows
from app.models.call import Call

HEAD: Final = 1500
RARE: Final = 4000
WALK: Final = 4000
SHORT: Final = 3
NAMES: Final = 2000  # of the calls that have not ended, the newest of each status, that are looked through by name

_OPEN: Final = [status for status in STATUSES if status not in ENDED]
_COLUMNS: Final = (
    "c.id, c.mode, c.status, c.to_number, c.name, c.call_at, c.created_at, c.started_at, c.answered_by, c.outcome,"
    " c.end_reason, c.duration, c.cost, c.summary"
)
_MINE: Final = "c.account_id = %(account)s AND c.mode = %(mode)s"
_NEWEST: Final = "ORDER BY c.created_at DESC, c.id DESC"
_NAMES: Final = f"""
SELECT c.id, c.name FROM unnest(%(open)s::text[]) AS one (status) CROSS JOIN LATERAL (
    SELECT c.id, c.name FROM call c WHERE {_MINE} AND c.status = one.status {_NEWEST} LIMIT %(names)s
) c WHERE c.name IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What calls are looked for; `since` and `until` (exclusive) are aware times at which they were asked for."""

    statuses: Sequence[str] = ()
    answered_by: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    sought: Sought | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of calls, newest first, without their instructions. `next_cursor` is None at the end of the list.

    `back_to` is the time back to which a walk came that did not fill the page; there may be more before it.
    """

    calls: list[Call]
    next_cursor: str | None = None
    back_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Criterion:
    """`holds` is asked of a call `c`; `ids` finds all calls for which it does, where an index can, and `read` what that
    has to read for it where it is more than it finds.
    """

    holds: str
    ids: str | None = None
    read: str | None = None

    @property
    def counted(self) -> str | None:
        return self.read or self.ids


_STATUS: Final = _Criterion(
    "c.status = ANY(%(statuses)s)", f"SELECT c.id FROM call c WHERE {_MINE} AND c.status = ANY(%(statuses)s)"
)
_ANSWER: Final = _Criterion(
    "c.answered_by = ANY(%(answers)s)",
    f"SELECT c.id FROM call c WHERE {_MINE} AND c.answered_by = ANY(%(answers)s) AND c.answered_by <> 'unknown'",
)
_ANY_ANSWER: Final = _Criterion("c.answered_by = ANY(%(answers)s)")
_IN_NUMBERS: Final = "c.to_number >= %(number)s AND (%(beyond)s::text IS NULL OR c.to_number < %(beyond)s)"
_NUMBER: Final = _Criterion(
    f"({_IN_NUMBERS})", f"SELECT c.id FROM call c WHERE c.account_id = %(account)s AND {_IN_NUMBERS}"
)
# A walk looks up each call's words: a scalar subquery cannot be turned into one search for all. Beside whole words the
# index is not asked for a short beginning of one, which may stand for very many: what they find is read, and held
# against all that is wanted.
_WORDS: Final = _Criterion(
    "(c.id = ANY(%(named)s::uuid[])"
    " OR (SELECT w.words @@ %(query)s::tsquery FROM call_words w WHERE w.call_id = c.id))",
    "SELECT w.call_id AS id FROM call_words w"
    " WHERE w.words @@ %(narrow)s::tsquery AND (w.words || ''::tsvector) @@ %(query)s::tsquery"
    " UNION ALL SELECT unnest(%(named)s::uuid[])",
    "SELECT w.call_id AS id FROM call_words w WHERE w.words @@ %(narrow)s::tsquery",
)
_EITHER: Final = _Criterion(
    f"({_NUMBER.holds} OR {_WORDS.holds})",
    f"{_NUMBER.ids} UNION ALL {_WORDS.ids}",
    f"{_NUMBER.ids} UNION ALL {_WORDS.read}",
)


def search(account_id: UUID, mode: Mode, wanted: Wanted, *, limit: int, cursor: str | None = None) -> Found:
    """Up to `limit` of an account's calls. An id is found in either mode. Raises InvalidRequest for a bad cursor."""
    values = _values(account_id, mode, wanted, cursor) | {"limit": limit + 1}
    if wanted.sought and wanted.sought.call_id:
        found = rows(f"SELECT {_COLUMNS} FROM call c WHERE c.account_id = %(account)s AND c.id = %(id)s", values)
        return Found([Call(**call) for call in found])
    if wanted.sought and wanted.sought.words:
        values["named"] = _named(values, wanted.sought.words)
    criteria, span = _criteria(wanted), _span(wanted, cursor)
    newest = _walked(criteria, span, values | {"walk": HEAD}, limit)
    if newest.next_cursor or not criteria:
        return newest
    rarest = _rarest(criteria, values)
    if rarest is None:
        return _walked_on(criteria, span, values, limit)
    rest = [criterion.holds for criterion in criteria if criterion is not rarest]
    sql = (
        f"WITH narrowed AS MATERIALIZED (SELECT DISTINCT id FROM ({rarest.ids}) ids)"
        f" SELECT {_COLUMNS} FROM narrowed JOIN call c USING (id)"
        f" WHERE {' AND '.join([*span, *rest])} {_NEWEST} LIMIT %(limit)s"
    )
    return _page(rows(sql, values), limit)


def _walked(criteria: Sequence[_Criterion], span: Sequence[str], values: Row, limit: int) -> Found:
    listed = f"FROM call c WHERE {' AND '.join(span)} {_NEWEST}"
    if not criteria:
        return _page(rows(f"SELECT {_COLUMNS} {listed} LIMIT %(limit)s", values), limit)
    asked = " AND ".join(criterion.holds for criterion in criteria)
    sql = f"SELECT {_COLUMNS} FROM (SELECT * {listed} LIMIT %(walk)s) c WHERE {asked} {_NEWEST} LIMIT %(limit)s"
    return _page(rows(sql, values), limit)


def _walked_on(criteria: Sequence[_Criterion], span: Sequence[str], values: Row, limit: int) -> Found:
    found = _walked(criteria, span, values, limit)
    if found.next_cursor:
        return found
    last = row(
        f"SELECT c.created_at, c.id FROM call c WHERE {' AND '.join(span)} {_NEWEST} LIMIT 1 OFFSET %(walk)s - 1",
        values,
    )
    return Found(found.calls, cursor_of(Call(**last)), last["created_at"]) if last else found


def _page(found: Sequence[Row], limit: int) -> Found:
    calls = [Call(**call) for call in found]
    return Found(calls[:limit], next_cursor(calls, limit))


def _criteria(wanted: Wanted) -> list[_Criterion]:
    chosen = []
    if wanted.statuses:
        chosen.append(_STATUS)
    if wanted.answered_by:
        chosen.append(_ANY_ANSWER if "unknown" in wanted.answered_by else _ANSWER)
    if sought := wanted.sought:
        chosen.append(_EITHER if sought.number and sought.words else _NUMBER if sought.number else _WORDS)
    return chosen


def _span(wanted: Wanted, cursor: str | None) -> list[str]:
    """Where in the list of all calls the page lies."""
    conditions = {
        "c.created_at >= %(since)s": wanted.since,
        "c.created_at < %(until)s": wanted.until,
        "(c.created_at, c.id) < (%(cursor_at)s, %(cursor_id)s)": cursor,
    }
    return [_MINE, *(condition for condition, given in conditions.items() if given)]


def _values(account_id: UUID, mode: Mode, wanted: Wanted, cursor: str | None) -> dict[str, Any]:
    sought = wanted.sought or Sought()
    at, last_id = place(Call, cursor) if cursor else (None, None)
    return {
        "account": account_id,
        "mode": mode,
        "statuses": list(wanted.statuses),
        "answers": list(wanted.answered_by),
        "since": wanted.since,
        "until": wanted.until,
        "cursor_at": at,
        "cursor_id": last_id,
        "id": sought.call_id,
        "number": sought.number,
        "beyond": beyond(sought.number) if sought.number else None,
        "query": query(account_id, mode, sought.words) if sought.words else None,
        "narrow": query(account_id, mode, sought.words, whole=_short(sought.words)) if sought.words else None,
        "named": [],
        "open": _OPEN,
        "names": NAMES,
        "walk": WALK,
        "enough": RARE + 1,
    }


def _short(words: Sequence[str]) -> bool:
    """Whether the beginning of a word, behind whole ones, is too short to narrow anything."""
    return len(words) > 1 and len(words[-1]) < SHORT


def _named(values: Row, words: Sequence[str]) -> list[UUID]:
    """The calls that have not ended whose names hold the words: what is said on them is found once they have."""
    return [found["id"] for found in rows(_NAMES, values) if holds(found["name"], words)]


def _rarest(criteria: Sequence[_Criterion], values: Row) -> _Criterion | None:
    """The criterion that holds for the fewest calls, if those are few. The last is counted if no other is rare."""
    able = [criterion for criterion in criteria if criterion.ids]
    if not able:
        return None
    *first, last = [f"(SELECT count(*) FROM (SELECT 1 FROM ({one.counted}) ids LIMIT %(enough)s) few)" for one in able]
    if first:
        rare = " OR ".join(f"{count} < %(enough)s" for count in first)
        last = f"CASE WHEN {rare} THEN %(enough)s ELSE {last} END"
    names = [f"c{place}" for place in range(len(able))]
    counted = row("SELECT " + ", ".join(map("{} AS {}".format, [*first, last], names)), values) or {}
    count, rarest = min(zip(counted.values(), able, strict=True), key=lambda pair: pair[0])
    return rarest if count <= RARE else None

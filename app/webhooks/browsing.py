"""What owners look through: their webhooks, and the log of each, in pages whose cost has a bound.

A page of the log never reads more than so many deliveries, however rare what is looked for is among millions: what is
rare by its nature is found by an index, and for the rest a page ends where it has looked, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from peewee import fn

from app import cursors
from app.config import Mode
from app.db import Row, row, rows
from app.errors import NotFound
from app.models.webhook import Attempt, Delivery, Webhook
from app.webhooks.catalogue import COMMON
from app.webhooks.endpoints import PAUSED

State = Literal["active", "failing", "disabled", "paused"]
STATES: Final[tuple[State, ...]] = ("active", "failing", "disabled", "paused")

DELIVERY_STATUSES: Final = ("pending", "succeeded", "failed", "skipped")

FEW_PENDING: Final = 5000  # so many are found by themselves and sorted
FEW_EVENTS: Final = 1000
LOOKED_THROUGH: Final = 30_000  # deliveries that one page reads at most
LOOKED_UP: Final = 2000  # likewise where the event of each has to be looked up
MOST_ATTEMPTS: Final = 50
SHOWN_CHARACTERS: Final = 64 * 1024
COUNTED: Final = 1000


def webhooks(
    account_id: UUID, mode: Mode, *, limit: int, cursor: str | None = None, text: str = "", state: State | None = None
) -> tuple[list[Webhook], str | None]:
    """Up to `limit` webhooks that hear of a mode, newest first; `text` is in their URLs.

    Raises InvalidRequest for a bad cursor.
    """
    query = Webhook.select().where(Webhook.account_id == account_id, Webhook.mode.in_([mode, "all"]))
    if text:
        query = query.where(fn.strpos(fn.lower(Webhook.url), text.lower()) > 0)
    if state:
        query = query.where(*_in_state(state))
    if cursor:
        query = query.where(cursors.after(Webhook, cursor))
    found = list(query.order_by(Webhook.created_at.desc(), Webhook.id.desc()).limit(limit + 1))
    return found[:limit], cursors.next_cursor(found, limit)


def _in_state(state: State) -> tuple[Any, ...]:
    return {
        "active": (Webhook.active, Webhook.failures == 0),
        "failing": (Webhook.active, Webhook.failures > 0),
        "paused": (~Webhook.active, Webhook.disabled_reason == PAUSED),
        "disabled": (~Webhook.active, Webhook.disabled_reason.is_null() | (Webhook.disabled_reason != PAUSED)),
    }[state]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries are looked for; None asks nothing."""

    status: str | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Log(NamedTuple):
    """A page of a log. `cursor` leads on, if there is more; `looked_until` is set where the page ended early because
    it has looked through so many.
    """

    lines: list[Row]
    cursor: str | None
    looked_until: datetime | None = None


_RARE: Final = """
SELECT id FROM event WHERE account_id = %s AND type = %s AND type NOT IN ('call.completed', 'call.started') LIMIT %s
"""
_PENDING: Final = (
    "SELECT id FROM delivery WHERE status = 'pending' AND lane IN (-1, 0, 1, 2) AND endpoint_id = %s LIMIT %s"
)
_LOOKED: Final = "SELECT * FROM delivery d WHERE {looked} ORDER BY created_at DESC, id DESC"
_LINES: Final = f"""
SELECT d.id, d.status, d.attempts, d.last_status, d.due_at, d.created_at, e.type, e.sample, e.call_id,
       a.error, a.dns_ms, a.duration_ms
FROM (
    SELECT looked.* FROM ({_LOOKED} LIMIT %(look)s) looked WHERE {{wanted}}
    ORDER BY created_at DESC, id DESC LIMIT %(most)s
) d JOIN event e ON e.id = d.event_id LEFT JOIN attempt a ON a.delivery_id = d.id AND a.number = d.attempts
ORDER BY d.created_at DESC, d.id DESC
"""


@dataclass(slots=True)
class _Search:
    """`looked` is what an index answers, in the order of the log; `wanted` is asked of each row that is looked at.

    `look` bounds how many those are; None while nothing but the page's own length has to.
    """

    looked: list[str]
    values: dict[str, Any]
    wanted: list[str]
    look: int | None = None

    def sql(self, template: str) -> str:
        return template.format(looked=" AND ".join(self.looked), wanted=" AND ".join(self.wanted) or "true")


def log(webhook: Webhook, sought: Filter, *, limit: int, cursor: str | None = None) -> Log:
    """The deliveries of a webhook, newest first. Raises InvalidRequest for a bad cursor."""
    search = _search(webhook, sought, cursor)
    look = search.look or limit + 1
    found = rows(search.sql(_LINES), search.values | {"look": look, "most": limit + 1})
    if len(found) > limit:
        return Log(found[:limit], _cursor(found[limit - 1]))
    if not search.wanted:
        return Log(found, None)
    last = row(search.sql(_LOOKED) + " LIMIT 1 OFFSET %(look)s - 1", search.values | {"look": look})
    return Log(found, _cursor(last), last["created_at"]) if last else Log(found, None)


def _search(webhook: Webhook, sought: Filter, cursor: str | None) -> _Search:
    search = _Search(["d.webhook_id = %(webhook)s"], {"webhook": webhook.id}, [])
    _within(search, sought, cursor)
    by_event = sought.event is not None and _by_event(search, webhook, sought.event)
    if sought.status is not None:
        _by_status(search, webhook, sought.status, few=by_event)
    if sought.event is not None and not by_event:
        search.values["type"] = sought.event
        search.wanted.append("(SELECT e.type FROM event e WHERE e.id = looked.event_id) = %(type)s")
        search.look = LOOKED_UP
    return search


def _within(search: _Search, sought: Filter, cursor: str | None) -> None:
    if sought.since is not None:
        search.looked.append("d.created_at >= %(since)s")
    search.values |= {"since": sought.since, "until": sought.until}
    if cursor is not None:  # which lies before `until`: of two upper bounds the index would take the wrong one
        search.values["at"], search.values["id"] = cursors.place(Delivery, cursor)
        search.looked.append("(d.created_at, d.id) < (%(at)s, %(id)s)")
    elif sought.until is not None:
        search.looked.append("d.created_at < %(until)s")


def _by_event(search: _Search, webhook: Webhook, event_type: str) -> bool:
    """Look at the deliveries of the few events of this type alone; False where there may be many."""
    if event_type in COMMON:
        return False
    found = rows(_RARE, (webhook.account_id, event_type, FEW_EVENTS + 1))
    if len(found) > FEW_EVENTS:
        return False
    search.looked.append("d.event_id = ANY (%(events)s)")
    search.values["events"] = [event["id"] for event in found]
    return True


def _by_status(search: _Search, webhook: Webhook, status: str, *, few: bool) -> None:
    search.values["status"] = status
    if few or status in ("failed", "skipped"):  # which an index has
        search.looked.append("d.status = %(status)s")
        return
    found = rows(_PENDING, (webhook.id, FEW_PENDING + 1)) if status == "pending" else None
    if found is not None and len(found) <= FEW_PENDING:
        search.looked.append("d.id = ANY (%(pending)s) AND d.status = 'pending'")
        search.values["pending"] = [delivery["id"] for delivery in found]
    else:
        search.wanted.append("looked.status = %(status)s")
        search.look = LOOKED_THROUGH


def _cursor(place: Row) -> str:
    return cursors.cursor_at(place["created_at"], place["id"])


def skipped_since(webhook_id: UUID, since: datetime) -> tuple[int, bool]:
    """How many deliveries were skipped since then, and whether there are more than were counted."""
    found = rows(
        "SELECT 1 AS one FROM delivery WHERE webhook_id = %s AND status = 'skipped' AND created_at >= %s LIMIT %s",
        (webhook_id, since, COUNTED + 1),
    )
    return min(len(found), COUNTED), len(found) > COUNTED


_ONE: Final = """
SELECT d.id, d.status, d.attempts, d.due_at, d.created_at, d.completed_at, d.event_id, d.webhook_id,
       e.type, e.sample, e.mode, e.call_id, e.batch_id, e.created_at AS happened_at,
       left(e.data, %(characters)s) AS data, octet_length(e.data) AS size,
       w.url, w.active, w.mode AS webhook_mode, w.disabled_reason, c.url AS callback_url
FROM delivery d JOIN event e ON e.id = d.event_id
LEFT JOIN webhook w ON w.id = d.webhook_id LEFT JOIN callback c ON c.id = d.callback_id
WHERE d.id = %(id)s AND d.account_id = %(account)s AND (d.webhook_id IS NULL OR w.account_id IS NOT NULL)
"""


def delivery(account_id: UUID, delivery_id: UUID, *, characters: int = SHOWN_CHARACTERS) -> Row:
    """A delivery of either mode with its event, up to so many characters of its data, and where it goes.

    Raises NotFound. `callback_url` is sealed.
    """
    found = row(_ONE, {"id": delivery_id, "account": account_id, "characters": characters})
    if found is None:
        raise NotFound("No such delivery.")
    return found


def rights(found: Row) -> Mode:
    """The mode of the keys that may send this delivery again: an owner acts as one of them."""
    return "test" if (found["webhook_mode"] or found["mode"]) == "test" else "live"


def attempts(delivery_id: UUID) -> Sequence[Attempt]:
    """The attempts of a delivery, the last first: as many as a page shows."""
    query = Attempt.select().where(Attempt.delivery_id == delivery_id)
    return list(query.order_by(Attempt.number.desc()).limit(MOST_ATTEMPTS))

"""Files of the ledger and of calls: they are sent while they are read, and hold no database connection meanwhile."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Answer

from app.billing import exporting as ledger
from app.calls import exporting as calls
from app.dashboard.address import Address
from app.dashboard.context import account_id, mode
from app.dashboard.pages.usage import overview
from app.dashboard.sheets import MARK, Cell, lines
from app.dashboard.views import page
from app.db import Row, db
from app.errors import LimitReached
from app.times import now

exports = Blueprint("exports", __name__)

AT_ONCE: Final = 4  # of a process, each to another account
RETRY_SECONDS: Final = 20
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2999, 12, 31, tzinfo=UTC)
Batches = Callable[[datetime, datetime], Iterator[list[Row]]]
_served: Final[set[UUID]] = set()  # the accounts that are being sent a file
_changing: Final = threading.Lock()

_LEDGER: Final = (
    "entry_id", "at", "what", "kind", "call_id", "phone_number", "name", "payment_id", "amount_cents", "amount_dollars",
    "held_cents", "balance_cents", "balance_dollars",
)  # fmt: skip
_CALLS: Final = (
    "call_id", "created_at", "status", "answered_by", "end_reason", "phone_number", "from_number", "name", "call_at",
    "started_at", "ended_at", "duration_seconds", "cost_cents", "cost_dollars", "summary",
)  # fmt: skip


@exports.get("/usage/ledger.csv")
def ledger_file() -> Answer:
    """The ledger, oldest entry first. `from` and `to` name days (UTC), both included."""
    return _file("ledger", _LEDGER, partial(ledger.batches, account_id()), _entry)


@exports.get("/usage/calls.csv")
def calls_file() -> Answer:
    """The calls of a mode, the oldest first. `from` and `to` name days (UTC) on which they were asked for."""
    return _file(f"{mode()}-calls", _CALLS, partial(calls.batches, account_id(), mode()), _call)


def _file(name: str, columns: Sequence[str], batches: Batches, row: Callable[[Row], Sequence[Cell]]) -> Answer:
    """For days that cannot be read the page with the form instead.

    Raises LimitReached while as many files are being sent as may be at once, to this account or to all.
    """
    asked = Address(request.args)
    since, until = asked.days()
    if asked.errors:
        return page("usage/index.html", 400, **overview())
    account, found = account_id(), batches(since or _FIRST, until or _LAST)
    _take_place(account)
    response = Response(_written(columns, found, row), content_type="text/csv; charset=utf-8; header=present")
    response.call_on_close(lambda: _served.discard(account))
    response.headers["Content-Disposition"] = f'attachment; filename="mio-hub-{name}-{now():%Y-%m-%d}.csv"'
    return response


def _take_place(account: UUID) -> None:
    with _changing:
        if account in _served:
            refusal = "A file is being sent to you already. Wait until it is through, or stop it, and try again."
        elif len(_served) >= AT_ONCE:
            refusal = f"Many files are being sent just now. Try again in {RETRY_SECONDS} seconds."
        else:
            _served.add(account)
            return
    raise LimitReached(refusal, retry_after=RETRY_SECONDS)


def _written(
    columns: Sequence[str], batches: Iterator[list[Row]], row: Callable[[Row], Sequence[Cell]]
) -> Iterator[bytes]:
    yield MARK.encode() + lines([columns])
    while True:
        with db.connection_context():
            batch = next(batches, None)
        if batch is None:
            return
        yield lines(row(found) for found in batch)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _entry(found: Row) -> Sequence[Cell]:
    return (
        found["id"], found["at"], found["about"], found["kind"], _text(found["call_id"]), found["to_number"],
        found["name"], found["payment_id"], found["balance_change"], _dollars(found["balance_change"]),
        found["held_change"], found["balance"], _dollars(found["balance"]),
    )  # fmt: skip


def _call(found: Row) -> Sequence[Cell]:
    return (
        _text(found["id"]), found["created_at"], found["status"], found["answered_by"], found["end_reason"],
        found["to_number"], found["from_number"], found["name"], found["call_at"], found["started_at"],
        found["ended_at"], found["duration"], found["cost"], _dollars(found["cost"]), found["summary"],
    )  # fmt: skip

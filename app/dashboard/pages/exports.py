"""Files of the ledger and of calls: they are sent while they are read, and hold no database connection meanwhile."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request

from app.billing import exporting as ledger
from app.calls import exporting as calls
from app.dashboard.context import account_id, mode
from app.dashboard.sheets import MARK, Cell, lines
from app.dashboard.times import day
from app.db import Row, db
from app.errors import InvalidRequest, LimitReached
from app.times import now

exports = Blueprint("exports", __name__)

AT_ONCE: Final = 4  # of a process, each to another account
RETRY_SECONDS: Final = 20
_DAY: Final = timedelta(days=1)
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2999, 12, 31, tzinfo=UTC)
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
def ledger_file() -> Response:
    """The ledger, oldest entry first. `from` and `to` name days (UTC), both included."""
    since, until = _days()
    return _file("ledger", _LEDGER, ledger.batches(account_id(), since, until), _entry)


@exports.get("/usage/calls.csv")
def calls_file() -> Response:
    """The calls of a mode, the oldest first. `from` and `to` name days (UTC) on which they were asked for."""
    since, until = _days()
    return _file(f"{mode()}-calls", _CALLS, calls.batches(account_id(), mode(), since, until), _call)


def _file(
    name: str, columns: Sequence[str], batches: Iterator[list[Row]], row: Callable[[Row], Sequence[Cell]]
) -> Response:
    """Raises LimitReached while as many files are being sent as may be at once, to this account or to all."""
    account = account_id()
    _take_place(account)
    response = Response(_written(columns, batches, row), content_type="text/csv; charset=utf-8; header=present")
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


def _days() -> tuple[datetime, datetime]:
    since, until = _day("from", _FIRST), min(_day("to", _LAST), _LAST) + _DAY
    if since >= until:
        raise InvalidRequest("The first day comes after the last. Name them the other way round.", field="from")
    return since, until


def _day(name: str, otherwise: datetime) -> datetime:
    text = request.args.get(name, "").strip()
    return day(text, name) if text else otherwise


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

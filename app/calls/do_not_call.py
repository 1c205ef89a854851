"""The numbers that an account must not call, in each mode."""

from typing import Final
from uuid import UUID

from app.calls.numbers import E164
from app.config import Mode
from app.cursors import after, next_cursor
from app.db import db, execute
from app.errors import InvalidRequest, NotFound
from app.models.call import DoNotCall

_KEY: Final = "phone_number"


def add(account_id: UUID, mode: Mode, number: str, source: str) -> DoNotCall:
    """List a number; `source` is `api` or `callee`. Listing it twice changes nothing. Raises InvalidRequest."""
    if not E164.fullmatch(number):
        raise InvalidRequest(
            "phoneNumber must be in E.164 format: a plus and 7 to 15 digits, like +15551234567.", field="phoneNumber"
        )
    with db.atomic():
        execute(
            "INSERT INTO do_not_call (account_id, mode, phone_number, source) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (account_id, mode, number, source),
        )
        return DoNotCall.get(
            DoNotCall.account_id == account_id, DoNotCall.mode == mode, DoNotCall.phone_number == number
        )


def remove(account_id: UUID, mode: Mode, number: str) -> None:
    """Raises NotFound when the number is not listed."""
    if not execute(
        "DELETE FROM do_not_call WHERE account_id = %s AND mode = %s AND phone_number = %s", (account_id, mode, number)
    ):
        raise NotFound("This number is not on your do-not-call list.")


def search(account_id: UUID, mode: Mode, digits: str, *, most: int) -> list[DoNotCall]:
    """Up to `most` entries whose numbers begin with these digits, in the order of their numbers."""
    first = f"+{digits}"
    return list(
        DoNotCall.select()
        .where(
            DoNotCall.account_id == account_id,
            DoNotCall.mode == mode,
            DoNotCall.phone_number.between(first, first + "9" * 15),  # no number has more digits
        )
        .order_by(DoNotCall.phone_number)
        .limit(most)
    )


def page(account_id: UUID, mode: Mode, *, limit: int, cursor: str | None = None) -> tuple[list[DoNotCall], str | None]:
    """Up to `limit` entries, newest first, and the cursor of the next page. Raises InvalidRequest for a bad cursor."""
    query = DoNotCall.select().where(DoNotCall.account_id == account_id, DoNotCall.mode == mode)
    if cursor:
        query = query.where(after(DoNotCall, cursor, _KEY))
    found = list(query.order_by(DoNotCall.created_at.desc(), DoNotCall.phone_number.desc()).limit(limit + 1))
    return found[:limit], next_cursor(found, limit, _KEY)

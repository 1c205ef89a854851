"""Find calls, what was said on them and what happened to them. Everything is asked within one account."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.config import Mode
from app.cursors import after, next_cursor
from app.errors import NotFound
from app.models.call import Call, CallEvent, Turn


def get(account_id: UUID, mode: Mode, call_id: UUID) -> Call:
    """Raises NotFound, also for another account's call or one of the other mode."""
    call = Call.get_or_none(Call.id == call_id, Call.account_id == account_id, Call.mode == mode)
    if call is None:
        raise NotFound("No such call.")
    return call


def find(account_id: UUID, call_id: UUID) -> Call:
    """A call in either mode, for the account's owner. Raises NotFound, also for another account's call."""
    call: Call | None = Call.get_or_none(Call.id == call_id, Call.account_id == account_id)
    if call is None:
        raise NotFound("No such call.")
    return call


def page(
    account_id: UUID,
    mode: Mode,
    *,
    limit: int,
    cursor: str | None = None,
    statuses: Sequence[str] = (),
    answered_by: Sequence[str] = (),
    direction: str | None = None,
    to_number: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> tuple[list[Call], str | None]:
    """Up to `limit` calls, newest first, and the cursor of the next page. Raises InvalidRequest for a bad cursor."""
    query = Call.select().where(Call.account_id == account_id, Call.mode == mode)
    if statuses:
        query = query.where(Call.status.in_(statuses))
    if answered_by:
        query = query.where(Call.answered_by.in_(answered_by))
    if direction:
        query = query.where(Call.direction == direction)
    if to_number:
        query = query.where(Call.to_number == to_number)
    if created_after:
        query = query.where(Call.created_at >= created_after)
    if created_before:
        query = query.where(Call.created_at < created_before)
    if cursor:
        query = query.where(after(Call, cursor))
    found = list(query.order_by(Call.created_at.desc(), Call.id.desc()).limit(limit + 1))
    return found[:limit], next_cursor(found, limit)


def turns_of(call_ids: Sequence[UUID]) -> dict[UUID, list[Turn]]:
    """What was said on each of these calls, in order; an empty list where nothing was."""
    spoken: dict[UUID, list[Turn]] = defaultdict(list)
    if call_ids:
        for turn in Turn.select().where(Turn.call_id.in_(list(call_ids))).order_by(Turn.call_id, Turn.position):
            spoken[turn.call_id].append(turn)
    return {call_id: spoken[call_id] for call_id in call_ids}


def history(call_id: UUID) -> list[CallEvent]:
    """The changes of a call's status, in order."""
    return list(CallEvent.select().where(CallEvent.call_id == call_id).order_by(CallEvent.id))

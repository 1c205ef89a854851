"""/calls: make, read, list and cancel calls."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from flask import Blueprint

from app.api.context import caller, context, settings
from app.api.operation import operation
from app.calls import accepting, batches, batching, canceling, reading
from app.calls.lifecycle import ENDED
from app.calls.presenting import call_object
from app.calls.requests import CallRequest
from app.db import db
from app.errors import InvalidRequest
from app.models.batch import Batch
from app.models.call import Call
from app.times import now
from app.web.validation import Fields, moment
from app.webhooks import callbacks
from app.webhooks.callbacks import Callback
from app.webhooks.guard import reach

REFUSALS: Final = (
    "emergency_number", "premium_number", "sandbox_number", "destination_not_allowed", "insufficient_balance",
    "account_paused", "terms_not_accepted", "caller_name_missing", "do_not_call", "call_active", "queue_full",
    "daily_calls", "daily_spend", "callee_daily_calls", "carrier_not_configured",
)  # fmt: skip
BATCH_REFUSALS: Final = (
    "account_paused", "terms_not_accepted", "caller_name_missing", "batches_under_way", "carrier_not_configured",
)  # fmt: skip
MAX_BATCH_BODY: Final = batching.MOST * 64 * 1024  # as much for each call as a call alone may have

Found = TypeVar("Found")

calls = Blueprint("calls", __name__)


@calls.post("/calls")
@operation(body="call.create", answer="call", status=201, call_id="id", refuses=REFUSALS)
def create_call(body: Fields) -> dict[str, Any]:
    """Make a call, now or at `callAt`.

    With `callbackUrl`, its ending is sent there once; your webhooks hear of it too.
    """
    who, callback = caller(), _callback(body)
    with db.atomic() if callback else nullcontext():
        call = accepting.accept(who.account_id, who.key_id, who.mode, _wanted(body), settings())
        if callback:
            callbacks.attach(who.account_id, who.mode, callback, context().vault, call_id=call.id)
    return call_object(call, [])


@calls.post("/calls/batch")
@operation(
    body="batch.create",
    apart="calls",
    max_body=MAX_BATCH_BODY,
    answer="batch",
    status=201,
    batch_id="id",
    refuses=BATCH_REFUSALS,
)
def create_batch(body: Fields) -> dict[str, Any]:
    """Make up to 100 calls.

    Each is accepted or refused by itself, with the error that it alone would have got.
    """
    who, asked = caller(), [_asked(one) for one in body["calls"]]
    batch = batching.accept(
        who.account_id, who.key_id, who.mode, asked, settings(), context().vault, callback=_callback(body)
    )
    return batches.shown(batch)


def _asked(one: Fields | InvalidRequest) -> CallRequest | InvalidRequest:
    """A call of a batch, or why it is none."""
    try:
        return one if isinstance(one, InvalidRequest) else _wanted(one)
    except InvalidRequest as refusal:
        return refusal


def _wanted(fields: Fields) -> CallRequest:
    """Raises InvalidRequest for a time that is none."""
    return CallRequest(
        phone_number=fields["phoneNumber"],
        instructions=fields["instructions"],
        first_message=_text(fields, "firstMessage"),
        call_at=moment(fields, "callAt"),
        name=_text(fields, "name"),
    )


def _text(body: Fields, name: str) -> str | None:
    """An optional text; one of spaces alone counts as left out."""
    text: str = body.get(name, "")
    return text if text.strip() else None


def _callback(body: Fields) -> Callback | None:
    """The callback, if one is wanted. Raises InvalidRequest."""
    seconds = body.get("callbackDeadlineSeconds")
    if "callbackUrl" in body:
        deadline = now() + timedelta(seconds=seconds) if seconds else None
        return Callback(reach(settings()).check_url(body["callbackUrl"], field="callbackUrl"), deadline)
    if seconds is not None:
        raise InvalidRequest("callbackDeadlineSeconds needs a callbackUrl.", field="callbackDeadlineSeconds")
    return None


@calls.get("/calls")
@operation(query="call.list.query", answer="call.list")
def list_calls(query: Fields) -> dict[str, Any]:
    """List your calls, newest first."""
    found, cursor = reading.page(
        caller().account_id,
        caller().mode,
        limit=query.get("limit", 20),
        cursor=query.get("cursor"),
        statuses=query.get("status", ()),
        answered_by=query.get("answeredBy", ()),
        direction=query.get("direction"),
        to_number=query.get("toNumber"),
        created_after=moment(query, "createdAfter"),
        created_before=moment(query, "createdBefore"),
    )
    turns = reading.turns_of([call.id for call in found])
    return {"data": [call_object(call, turns[call.id]) for call in found], "nextCursor": cursor}


@calls.get("/calls/<uuid:call_id>")
@operation(query="call.query", answer="call")
def read_call(call_id: UUID, query: Fields) -> dict[str, Any]:
    """Read a call, or wait for its end.

    With `wait`, the answer comes once the call has ended or when so many seconds have gone by.
    """
    return _with_turns(_awaited(call_id, query.get("wait", 0), _found, lambda call: call.status in ENDED))


@calls.get("/calls/batch/<uuid:batch_id>")
@operation(query="batch.query", answer="batch")
def read_batch(batch_id: UUID, query: Fields) -> dict[str, Any]:
    """Read a batch, or wait for its end.

    With `wait`, the answer comes once all its calls have ended or when so many seconds have gone by.
    """
    return batches.shown(
        _awaited(batch_id, query.get("wait", 0), _found_batch, lambda batch: batch.ended_at is not None)
    )


@calls.post("/calls/<uuid:call_id>/cancel")
@operation(answer="call", call_id="id", refuses=("call_over",))
def cancel_call(call_id: UUID) -> dict[str, Any]:
    """Cancel a call that is scheduled, or hang one up that is under way."""
    return _with_turns(canceling.cancel(caller().account_id, caller().mode, call_id, settings()))


def _with_turns(call: Call) -> dict[str, Any]:
    return call_object(call, reading.turns_of([call.id])[call.id])


def _awaited(id: UUID, seconds: int, find: Callable[[UUID], Found], has_ended: Callable[[Found], bool]) -> Found:
    """What is found once it has ended, when `seconds` have gone by, or now when too many wait already."""
    found = find(id)
    if not seconds or has_ended(found):
        return found

    def look() -> Found | None:
        latest = find(id)
        return latest if has_ended(latest) else None

    with context().ended.place() as placed:
        ended = context().ended.wait_for(id, seconds, look) if placed else None
    return ended or find(id)


def _found(call_id: UUID) -> Call:
    return reading.get(caller().account_id, caller().mode, call_id)


def _found_batch(batch_id: UUID) -> Batch:
    return batches.get(caller().account_id, caller().mode, batch_id)

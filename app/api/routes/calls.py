"""/calls: make, read, list and cancel calls."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from flask import Blueprint

from app.api.context import caller, context, settings
from app.api.operation import operation
from app.api.validation import Fields, moment
from app.calls import accepting, canceling, reading
from app.calls.lifecycle import ENDED
from app.calls.presenting import call_object
from app.calls.requests import CallRequest
from app.db import db
from app.errors import InvalidRequest
from app.models.call import Call
from app.times import now
from app.webhooks import callbacks
from app.webhooks.guard import reach

REFUSALS: Final = (
    "emergency_number", "premium_number", "sandbox_number", "destination_not_allowed", "insufficient_balance",
    "account_paused", "terms_not_accepted", "caller_name_missing", "do_not_call", "call_active", "queue_full",
    "daily_calls", "daily_spend", "callee_daily_calls", "carrier_not_configured",
)  # fmt: skip

calls = Blueprint("calls", __name__)


@calls.post("/calls")
@operation(body="call.create", answer="call", status=201, call_id="id", refuses=REFUSALS)
def create_call(body: Fields) -> dict[str, Any]:
    """Make a call, now or at `callAt`.

    With `callbackUrl`, its ending is sent there once; your webhooks hear of it too.
    """
    wanted = CallRequest(
        phone_number=body["phoneNumber"],
        instructions=body["instructions"],
        first_message=_text(body, "firstMessage"),
        call_at=moment(body, "callAt"),
        name=_text(body, "name"),
    )
    who, callback = caller(), _callback(body)
    with db.atomic() if callback else nullcontext():
        call = accepting.accept(who.account_id, who.key_id, who.mode, wanted, settings())
        if callback:
            callbacks.attach(who.account_id, who.mode, call.id, *callback, context().vault)
    return call_object(call, [])


def _text(body: Fields, name: str) -> str | None:
    """An optional text; one of spaces alone counts as left out."""
    text: str = body.get(name, "")
    return text if text.strip() else None


def _callback(body: Fields) -> tuple[str, datetime | None] | None:
    """The callback's URL and deadline, if one is wanted. Raises InvalidRequest."""
    seconds = body.get("callbackDeadlineSeconds")
    if "callbackUrl" in body:
        deadline = now() + timedelta(seconds=seconds) if seconds else None
        return reach(settings()).check_url(body["callbackUrl"], field="callbackUrl"), deadline
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
        status=query.get("status"),
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
    return _with_turns(_ended(call_id, query.get("wait", 0)))


@calls.post("/calls/<uuid:call_id>/cancel")
@operation(answer="call", call_id="id", refuses=("call_over",))
def cancel_call(call_id: UUID) -> dict[str, Any]:
    """Cancel a call that is scheduled, or hang one up that is under way."""
    return _with_turns(canceling.cancel(caller().account_id, caller().mode, call_id, settings()))


def _with_turns(call: Call) -> dict[str, Any]:
    return call_object(call, reading.turns_of([call.id])[call.id])


def _ended(call_id: UUID, seconds: int) -> Call:
    """The call as it is when it has ended, when `seconds` have gone by, or now when too many wait already."""
    call = _found(call_id)
    if not seconds or call.status in ENDED:
        return call
    ended = context().ended
    with ended.place() as placed:
        found = ended.wait_for(call_id, seconds, lambda: _if_ended(call_id)) if placed else None
    return found or _found(call_id)


def _if_ended(call_id: UUID) -> Call | None:
    call = _found(call_id)
    return call if call.status in ENDED else None


def _found(call_id: UUID) -> Call:
    return reading.get(caller().account_id, caller().mode, call_id)

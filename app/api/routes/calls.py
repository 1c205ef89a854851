"""/calls: make, read, list and cancel calls."""

import time
from typing import Any
from uuid import UUID

from flask import Blueprint

from app.api.connection import borrow, give_back
from app.api.context import caller, context, settings
from app.api.operation import operation
from app.api.validation import Fields, moment
from app.calls import accepting, canceling, reading
from app.calls.lifecycle import ENDED
from app.calls.presenting import call_object
from app.calls.requests import CallRequest
from app.models.call import Call

calls = Blueprint("calls", __name__)


@calls.post("/calls")
@operation(body="call.create", answer="call", status=201, call_id="id")
def create_call(body: Fields) -> dict[str, Any]:
    """Make a call, now or at `callAt`."""
    wanted = CallRequest(
        phone_number=body["phoneNumber"],
        instructions=body["instructions"],
        first_message=body.get("firstMessage") or None,
        call_at=moment(body, "callAt"),
        name=body.get("name") or None,
    )
    who = caller()
    return call_object(accepting.accept(who.account_id, who.key_id, who.mode, wanted, settings()), [])


@calls.get("/calls")
@operation(query="call.list.query", answer="call.list")
def list_calls(query: Fields) -> dict[str, Any]:
    """Your calls, newest first."""
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
    """A call; with `wait`, once it has ended or when so many seconds have gone by."""
    return _with_turns(_ended(call_id, query.get("wait", 0)))


@calls.post("/calls/<uuid:call_id>/cancel")
@operation(answer="call", call_id="id")
def cancel_call(call_id: UUID) -> dict[str, Any]:
    """Cancel a call that is scheduled, or hang up one that is under way."""
    return _with_turns(canceling.cancel(caller().account_id, caller().mode, call_id, settings()))


def _with_turns(call: Call) -> dict[str, Any]:
    return call_object(call, reading.turns_of([call.id])[call.id])


def _ended(call_id: UUID, seconds: int) -> Call:
    """The call as it is when it has ended, when `seconds` have gone by, or now when too many wait already."""
    until, ended = time.monotonic() + seconds, context().ended
    call = _found(call_id)
    if not seconds or call.status in ENDED:
        return call
    with ended.place() as placed, ended.heard(call_id) as heard:
        while placed:
            call = _found(call_id)
            left = until - time.monotonic()
            if call.status in ENDED or left <= 0:
                break
            give_back()  # others may use the connection while this request waits
            heard.wait(left)
            heard.clear()
            borrow()
    return call


def _found(call_id: UUID) -> Call:
    return reading.get(caller().account_id, caller().mode, call_id)

"""/do-not-call and /erasures: whom not to call, and what to forget."""

from typing import Any

from flask import Blueprint

from app.api.context import caller, context
from app.api.operation import operation
from app.calls import do_not_call, erasing
from app.calls.numbers import E164
from app.errors import NotFound
from app.models.call import DoNotCall
from app.times import iso
from app.web.validation import Fields

privacy = Blueprint("privacy", __name__)


@privacy.get("/do-not-call")
@operation(query="page.query", answer="do-not-call.list")
def list_do_not_call(query: Fields) -> dict[str, Any]:
    """List the numbers that are not called.

    In the order of their digits.
    """
    found, cursor = do_not_call.page(
        caller().account_id, caller().mode, limit=query.get("limit", 20), cursor=query.get("cursor")
    )
    return {"data": [_entry(listed) for listed in found], "nextCursor": cursor}


@privacy.post("/do-not-call")
@operation(body="do-not-call.create", answer="do-not-call", status=201, number="phoneNumber")
def add_do_not_call(body: Fields) -> dict[str, Any]:
    """Put a number on the do-not-call list.

    It is not called any more. A number that is listed already stays as it is.
    """
    return _entry(do_not_call.add(caller().account_id, caller().mode, body["phoneNumber"], "api"))


@privacy.delete("/do-not-call/<phone_number>")
@operation(answer="do-not-call.deleted")
def remove_do_not_call(phone_number: str) -> dict[str, Any]:
    """Take a number off the do-not-call list.

    In the address, the plus may be written as %2B.
    """
    if not E164.fullmatch(phone_number):
        raise NotFound("This number is not on your do-not-call list. Write it in E.164 format, like +15551234567.")
    do_not_call.remove(caller().account_id, caller().mode, phone_number)
    return {"phoneNumber": phone_number, "deleted": True}


@privacy.post("/erasures")
@operation(body="erasure.create", answer="erasure", refuses=("call_active",))
def erase_number(body: Fields) -> dict[str, Any]:
    """Erase every call to a number.

    Those of the API key's mode, with transcripts, events and stored answers.
    """
    who = caller()
    return {"erasedCalls": erasing.erase(who.account_id, body["phoneNumber"], context().vault, who.mode)}


def _entry(listed: DoNotCall) -> dict[str, Any]:
    return {"phoneNumber": listed.phone_number, "source": listed.source, "createdAt": iso(listed.created_at)}

"""Calls: the list, one call while it happens and afterwards, and placing one."""

from typing import Final
from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from app.accounts import profile
from app.billing.tariff import minutes_cents
from app.calls import accepting, canceling, reading, searching
from app.calls.lifecycle import STATUSES
from app.config import mode_of
from app.dashboard import call_form, call_page
from app.dashboard.call_filters import filters
from app.dashboard.context import account_id, mode, settings
from app.dashboard.outcomes import ANSWERED, outcome
from app.dashboard.views import Shown, shows, submits, to
from app.errors import NotFound
from app.models.call import Call
from app.times import now

PAGE: Final = 50

_CHOICES: Final = {
    "statuses": [(status, status.replace("-", " "), "") for status in STATUSES],
    "answers": [("human", "a person", ""), ("voicemail", "voicemail", ""), ("unknown", "nobody, or not known", "")],
}

calls = Blueprint("calls", __name__)


@calls.get("/calls")
@shows("calls/index.html")
def index() -> Shown:
    """The calls, newest first, and what they are looked through by."""
    return _list()


@calls.get("/calls/rows")
@shows("calls/_rows.html")
def rows() -> Shown:
    """The table of the list alone, for the list to renew itself."""
    return _list()


@calls.get("/calls/<uuid:call_id>")
@shows("calls/show.html")
def show(call_id: UUID) -> Shown:
    """One call, of either mode."""
    return call_page.shown(reading.find(account_id(), call_id))


@calls.get("/calls/<uuid:call_id>/live")
@shows("calls/_call.html")
def live(call_id: UUID) -> Shown:
    """What of it may change, for the page to renew itself; `?since=` is the first part of the conversation it lacks."""
    return call_page.shown(reading.find(account_id(), call_id), since=request.args.get("since", 0, int))


@calls.post("/calls/<uuid:call_id>/cancel")
@submits("calls/show.html", given=lambda call_id: call_page.shown(reading.find(account_id(), call_id)))
def cancel(call_id: UUID) -> Answer:
    """Cancel it, or hang up."""
    call = reading.find(account_id(), call_id)
    canceled = canceling.cancel(account_id(), mode_of(call.mode), call_id, settings())
    return to("calls.show", call_id=call_id, done="canceled" if canceled.outcome else "hanging_up")


@calls.get("/calls/new")
@shows("calls/new.html")
def new() -> Shown:
    """The form for a call; `?from=` names one that is to be made again."""
    return _form(call_form.filled_in(_earlier(request.args.get("from", ""))))


@calls.post("/calls/new")
@submits("calls/new.html", given=lambda: _form({}))
def create() -> Answer:
    """Place a call."""
    wanted, asked = call_form.read(request.form)
    call = accepting.accept(account_id(), None, wanted, asked, settings())
    return to("calls.show", call_id=call.id, done="called")


def _list() -> Shown:
    asked = filters(request.args, mode())
    found = searching.search(account_id(), mode(), asked.wanted, limit=PAGE, cursor=asked.cursor)
    shown = {"asked": asked, "errors": asked.asked.errors, "found": found}
    return {**shown, "outcome": outcome, "answered": ANSWERED, **_CHOICES}


def _form(first: dict[str, str]) -> Shown:
    account, cents = profile.get(account_id()), settings().tariff_cents_per_minute
    return {
        "first": {"mode": mode()} | first,
        "needs": call_form.needs(account, settings().live_ready, minutes_cents(1, cents)),
        "cents": cents,
        "account": account,
        "now": now(),
    }


def _earlier(text: str) -> Call | None:
    try:
        return reading.find(account_id(), UUID(text))
    except (ValueError, NotFound):
        return None

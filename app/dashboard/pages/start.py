"""The first steps: a key, a request to copy, a test call by a press, and what is left to do."""

from typing import Final

from flask import Blueprint
from werkzeug.wrappers import Response as Answer

from app.accounts import own_keys, profile
from app.accounts.progress import progress
from app.billing.tariff import minutes_cents
from app.calls import accepting
from app.calls.requests import CallRequest
from app.dashboard import call_form
from app.dashboard.context import account_id, context, settings
from app.dashboard.views import Shown, shows, submits, to
from app.dashboard.whereabouts import hub_url
from app.errors import Conflict

TEST_CALL: Final = CallRequest(
    phone_number="+15550100001",
    name="Joe's Pizza",
    instructions="Ask when they are open today, book a table for two at 7 pm in the name of Jane, and say goodbye.",
    first_message="Hi, I am calling to book a table for tonight.",
)

start = Blueprint("start", __name__)


def _shown() -> Shown:
    account = profile.get(account_id())
    hold = minutes_cents(1, settings().tariff_cents_per_minute)
    return {
        "key": own_keys.newest_test_key(account_id(), context().vault),
        "api": hub_url(),
        "test_call": TEST_CALL,
        "done_already": progress(account_id()),
        "live": call_form.needs(account, settings().live_ready, hold),
    }


@start.get("/start")
@shows("start/index.html")
def index() -> Shown:
    """The first steps, with what is done of them."""
    return _shown()


@start.post("/start/call")
@submits("start/index.html", given=_shown)
def call() -> Answer:
    """Place a test call that is ready made, and look at it; one that is under way still is looked at instead."""
    try:
        placed = accepting.accept(account_id(), None, "test", TEST_CALL, settings())
    except Conflict as active:
        return to("calls.show", call_id=active.details["callId"])
    return to("calls.show", call_id=placed.id, done="called")

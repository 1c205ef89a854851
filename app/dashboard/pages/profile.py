"""The profile: what the account says of itself, its limits, the secret of its callbacks, whom not to call, erasure."""

import re
from typing import Final

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from app.accounts import profile as accounts
from app.calls import do_not_call, erasing
from app.calls.numbers import E164, bare
from app.config import mode_of
from app.dashboard.context import account_id, context, mode, settings
from app.dashboard.limits import limits_of
from app.dashboard.views import Shown, page, shows, submits, to
from app.errors import InvalidRequest
from app.webhooks import rotating

profile = Blueprint("profile", __name__, url_prefix="/settings/profile")

MOST_LISTED: Final = 50
_INDEX: Final = "settings/profile.html"
_LIST: Final = "settings/do_not_call.html"
_ERASURE: Final = "settings/erasure.html"


def _account() -> Shown:
    account = accounts.get(account_id())
    return {"account": account, "limits": limits_of(account, settings())}


def _numbers() -> Shown:
    digits = re.sub(r"[^0-9]", "", request.args.get("q", ""))[:15]
    if digits:
        found = do_not_call.search(account_id(), mode(), digits, most=MOST_LISTED + 1)
        return {"listed": found[:MOST_LISTED], "more": len(found) > MOST_LISTED, "digits": digits}
    cursor = request.args.get("cursor") or None
    found, older = do_not_call.page(account_id(), mode(), limit=MOST_LISTED, cursor=cursor)
    return {"listed": found, "older": older, "newest": cursor is not None}


@profile.get("")
@shows(_INDEX)
def index() -> Shown:
    """The account."""
    return _account()


@profile.post("")
@submits(_INDEX, given=_account)
def save() -> Answer:
    """Change the name, the caller name, and whether the agent says what it is."""
    account, caller_name = accounts.get(account_id()), request.form.get("callerName", "")
    accounts.update(
        account.id,
        name=request.form.get("name", ""),
        caller_name=caller_name if caller_name or account.caller_name else None,
        discloses_ai="disclosesAi" in request.form,
    )
    return to("profile.index", done="saved")


@profile.post("/terms")
@submits(_INDEX, given=_account)
def accept_terms() -> Answer:
    """Accept the calling terms."""
    if "acceptTerms" not in request.form:
        raise InvalidRequest("Tick the box to accept the calling terms.", field="acceptTerms")
    accounts.update(account_id(), accept_terms=True)
    return to("profile.index", done="terms_accepted")


@profile.post("/callback-secret")
@submits(_INDEX, given=_account)
def rotate_callback_secret() -> Answer:
    """A new secret for the callbacks of the mode that is looked at, shown on this page."""
    secret = rotating.rotate_callback_secret(account_id(), mode(), context().vault)
    return page("settings/callback_secret.html", secret=secret)


@profile.get("/do-not-call")
@shows(_LIST)
def list_numbers() -> Shown:
    """The numbers that are not called, newest first, or those that begin with some digits."""
    return _numbers()


@profile.post("/do-not-call")
@submits(_LIST, given=_numbers)
def add_number() -> Answer:
    """Put a number on the list."""
    do_not_call.add(account_id(), mode(), _typed_number(), "api")
    return to("profile.list_numbers", done="listed", mode=mode())


@profile.post("/do-not-call/remove")
@submits(_LIST, given=_numbers)
def remove_number() -> Answer:
    """Take a number off the list."""
    do_not_call.remove(account_id(), mode(), _typed_number())
    return to("profile.list_numbers", done="unlisted", mode=mode())


@profile.get("/erasure")
@shows(_ERASURE)
def ask_erasure() -> Shown:
    """The form for erasing what is kept about a number."""
    return {}


@profile.post("/erasure")
@submits(_ERASURE)
def erase() -> Answer:
    """Erase every call to a number, of one mode or of both."""
    number, scope = _typed_number(), request.form.get("scope", "")
    if scope not in ("test", "live", "both"):
        raise InvalidRequest("Choose whose calls are erased.", field="scope")
    if "sure" not in request.form:
        raise InvalidRequest("Tick the box: what is erased cannot be brought back.", field="sure")
    erasing.erase(account_id(), number, context().vault, None if scope == "both" else mode_of(scope))
    return to("profile.ask_erasure", done="erased")


def _typed_number() -> str:
    """The number of the form, as people write it. Raises InvalidRequest."""
    number = bare(request.form.get("phoneNumber", ""))
    if not E164.fullmatch(number):
        raise InvalidRequest(
            "Write the number with its country code: a plus and 7 to 15 digits, like +15551234567.",
            field="phoneNumber",
        )
    return number

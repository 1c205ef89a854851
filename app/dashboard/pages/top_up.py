"""Adding funds through Stripe: to its page, back from it, and what it tells by itself."""

import logging
import re
from typing import Final

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.accounts import tallies
from app.accounts.tallies import Limit
from app.billing import payments
from app.billing.checkout import Reversal
from app.dashboard.context import account_id, checkout
from app.dashboard.pages.usage import overview
from app.dashboard.views import Shown, nonce, shows, submits, to
from app.dashboard.whereabouts import hub_url
from app.errors import InvalidRequest, NotFound, Unavailable
from app.web.connection import lent

log = logging.getLogger(__name__)

top_up = Blueprint("top_up", __name__)
stripe = Blueprint("stripe", __name__)

MAX_EVENT: Final = 256 * 1024
BEGUN: Final = Limit("top up", most=20, within=3600)
LOOKED: Final = Limit("payment look", most=60, within=3600)
_SESSION_ID: Final = re.compile(r"cs_[A-Za-z0-9_]{1,200}")


@top_up.post("/usage/top-up")
@submits("usage/index.html", given=overview, once=False)
def begin() -> Answer:
    """Lead to Stripe's page for this amount. Sent twice, the form makes one payment and leads to the same page."""
    cents, sent, till = payments.cents_of(request.form.get("amount", "")), nonce(), checkout()
    if not till.ready:
        raise Unavailable("Payments are not set up on this hub. Who runs it can credit your account.")
    tallies.require(BEGUN, str(account_id()), "You have begun many payments. Try again in {wait}.")
    paid_url, back_url = _address("top_up.paid"), _address("usage.index")
    with lent():
        session = till.open(str(account_id()), cents, once=str(sent), paid_url=paid_url, back_url=back_url)
    payments.begin(account_id(), session)
    return redirect(session.url, 303)


@top_up.get("/usage/paid")
@shows("usage/paid.html")
def paid() -> Shown | Answer:
    """How a payment stands. Stripe is asked while we do not know of its end: an event may be late, or lost."""
    session_id = request.args.get("session", "")
    if not _SESSION_ID.fullmatch(session_id):
        raise NotFound("No such payment.")
    payment = payments.get(account_id(), session_id)
    state, url = _asked(session_id) if payment["status"] == "open" else (payment["status"], "")
    return to("usage.index", done="paid") if state == "paid" else {"payment": payment, "state": state, "url": url}


@stripe.post("/stripe/events")
def hear() -> Answer:
    """An event of Stripe's. Whatever is signed is answered with 200: sent again, it would tell nothing new."""
    request.max_content_length = MAX_EVENT
    try:
        told = checkout().hear(request.get_data(cache=False), request.headers.get("Stripe-Signature", ""))
    except InvalidRequest as error:
        log.warning("an event was not believed: %s", error.__cause__ or error)
        return Answer(f"{error.message}\n", 400, content_type="text/plain")
    if isinstance(told, Reversal):
        log.warning(
            "%s: %s cents of %s; `account take-back` takes the credit back", told.what, told.cents, told.payment
        )
    elif told is not None:
        payments.note(told, live=checkout().live)
    return Answer("ok\n", 200, content_type="text/plain")


def _asked(session_id: str) -> tuple[str, str]:
    """How a payment stands that is open as far as we know, and where it can be gone on with."""
    if tallies.take(LOOKED, str(account_id())).wait:
        return "unknown", ""
    try:
        with lent():
            session = checkout().look(session_id)
    except Unavailable:
        return "unknown", ""
    outcome = payments.note(session, live=checkout().live)
    if outcome == "credited":
        return "paid", ""
    if outcome == "known":
        return payments.get(account_id(), session_id)["status"], ""
    return ("open", session.url) if outcome == "waiting" and session.url else (outcome, "")


def _address(endpoint: str) -> str:
    return hub_url() + url_for(endpoint)

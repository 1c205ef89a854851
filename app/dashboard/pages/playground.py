"""The playground: give the agent instructions, choose who answers, or answer yourself, and watch what it does."""

from functools import partial
from typing import Final
from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from app.calls import accepting, being_called, reading
from app.calls.ports import HandsetAct
from app.dashboard import call_form, play_page
from app.dashboard.context import account_id, context, settings
from app.dashboard.views import Shown, claim, shows, submits, to
from app.errors import NotFound
from app.models.call import Call
from app.web.connection import lent

playground = Blueprint("playground", __name__, url_prefix="/playground")

_ACTS: Final[tuple[HandsetAct, ...]] = ("answer", "decline", "speech", "keys", "hang-up")


def _form() -> Shown:
    asked = request.args
    words = play_page.first(asked.get("example", ""), asked.get("to", ""), _earlier(asked.get("again", "")))
    return {
        "first": words,
        "choices": play_page.choices(),
        "examples": play_page.EXAMPLES,
        "cases": play_page.CASES,
        "ringing": being_called.under_way(account_id()),
    }


def _watched(call_id: UUID) -> Shown:
    return play_page.shown(_call(call_id))


@playground.get("")
@shows("playground/index.html")
def index() -> Shown:
    """The form; `?example=`, `?to=` and `?again=` (a call) fill it in."""
    return _form()


@playground.post("")
@submits("playground/index.html", given=_form)
def start() -> Answer:
    """Place a test call."""
    _, asked = call_form.read({**request.form.to_dict(), "mode": "test"})
    call = accepting.accept(account_id(), None, "test", asked, settings())
    return to("playground.show", call_id=call.id)


@playground.get("/<uuid:call_id>")
@shows("playground/show.html")
def show(call_id: UUID) -> Shown:
    """Watch a test call, and be its callee where that is you."""
    return _watched(call_id)


@playground.get("/<uuid:call_id>/live")
@shows("playground/_call.html")
def live(call_id: UUID) -> Shown:
    """What of it changes, for the page to renew itself."""
    return play_page.shown(_call(call_id), since=request.args.get("since", 0, int))


def _do(act: HandsetAct, call_id: UUID) -> Answer:
    """Do what a person does at a phone, once for each form."""
    phone = being_called.own_phone(account_id(), call_id, context().handset)
    if claim():
        words = request.form.get("text", "")
        with lent():
            phone.do(act, words)
    return to("playground.show", call_id=call_id)


for _act in _ACTS:
    playground.add_url_rule(
        f"/<uuid:call_id>/{_act}",
        _act,
        submits("playground/show.html", given=_watched, once=False)(partial(_do, _act)),
        methods=["POST"],
    )


@playground.post("/<uuid:call_id>/typing")
def typing(call_id: UUID) -> Answer:
    """You are about to say something: the page tells it while you type."""
    phone = being_called.own_phone(account_id(), call_id, context().handset)
    with lent():
        phone.do("typing")
    return Answer(status=204)


def _call(call_id: UUID) -> Call:
    return reading.get(account_id(), "test", call_id)


def _earlier(text: str) -> Call | None:
    try:
        return _call(UUID(text))
    except (ValueError, NotFound):
        return None

"""Where an owner arrives, and which world is looked at: test or live."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as Answer

from app.accounts.sessions import look_at
from app.config import MODES, mode_of
from app.dashboard.context import who
from app.dashboard.guard import local_path
from app.dashboard.views import to
from app.errors import InvalidRequest

home = Blueprint("home", __name__)


@home.get("/")
def arrive() -> Answer:
    """Lead on to the calls."""
    return to("calls.index")


@home.post("/mode")
def switch() -> Answer:
    """Look at the other world, on the page that this was asked from."""
    wanted = request.form.get("mode", "")
    if wanted not in MODES:
        raise InvalidRequest("mode is test or live.", field="mode")
    look_at(who().session_id, mode_of(wanted))
    return redirect(local_path(request.form.get("next"), "/calls"), 303)

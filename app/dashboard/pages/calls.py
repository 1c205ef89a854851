"""Calls."""

from flask import Blueprint

from app.dashboard.views import Shown, shows

calls = Blueprint("calls", __name__)


@calls.get("/calls")
@shows("calls/index.html")
def index() -> Shown:
    """The calls, newest first."""
    return {}

"""Signing up, in and out."""

from flask import Blueprint

from app.dashboard.views import Shown, shows

doors = Blueprint("doors", __name__)


@doors.get("/sign-in")
@shows("doors/sign_in.html")
def sign_in() -> Shown:
    """The sign-in."""
    return {}

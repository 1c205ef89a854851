"""The API process."""

from flask import Flask

from app.api.application import build
from app.config import Settings
from app.processes import foundation


def create_app(settings: Settings) -> Flask:
    """The API as a WSGI application."""
    foundation.lay(settings)
    return build(settings)

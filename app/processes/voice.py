"""The voice process: carrier callbacks and the conversations of live calls."""

from flask import Flask

from app.config import Settings
from app.processes import foundation
from app.voice.application import build


def create_voice(settings: Settings) -> Flask:
    """The voice process as a WSGI application; each live call holds one of its server's threads."""
    foundation.lay(settings)
    return build(settings)

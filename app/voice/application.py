"""The voice process as a Flask application."""

from typing import Final

from flask import Flask

from app.config import MODES, Mode, Settings
from app.llm.stream import ModelStream
from app.voice.answers import register_errors, watching
from app.voice.callbacks import callbacks
from app.voice.greetings import Greetings
from app.voice.relay_socket import Relays
from app.voice.turns import TurnWriter

MAX_MESSAGE: Final = 64 * 1024


def build(settings: Settings) -> Flask:
    """Carrier callbacks, relays, and what supervisors ask. Each live call holds one thread of the server."""
    application = Flask(__name__, static_folder=None)
    application.config["MAX_CONTENT_LENGTH"] = MAX_MESSAGE
    application.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": MAX_MESSAGE}
    models = _models(settings)
    application.register_blueprint(callbacks(settings, Greetings(models)))
    application.register_blueprint(Relays(settings, models, TurnWriter()).blueprint())
    application.register_blueprint(watching(settings.public_url))
    register_errors(application)
    return application


def _models(settings: Settings) -> dict[Mode, ModelStream]:
    found = {mode: settings.model(mode) for mode in MODES}
    return {
        mode: ModelStream(model, stall_seconds=settings.model_stall_seconds)
        for mode, model in found.items()
        if model is not None
    }

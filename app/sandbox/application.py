"""The sandbox as a Flask application."""

from flask import Flask

from app.sandbox.carrier import Carrier
from app.sandbox.keyboard import keyboard
from app.sandbox.model.routes import model
from app.sandbox.options import SandboxOptions


def create_sandbox(options: SandboxOptions) -> Flask:
    """The carrier under `/2010-04-01`, a typist's keyboard under `/sandbox`, the model under `/v1`, and `/healthz`."""
    application = Flask(__name__)
    application.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    carrier = Carrier(options)
    application.register_blueprint(carrier.blueprint())
    application.register_blueprint(keyboard(options, carrier.typist))
    application.register_blueprint(model(options))

    @application.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return application

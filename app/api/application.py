"""The API as a Flask application."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Flask

from app import cli
from app.accounts.usage import KeyUsage
from app.api import errors, metrics
from app.api.auth import Gate
from app.api.context import Context
from app.api.health import health
from app.api.longpoll import Endings
from app.api.routes.calls import calls
from app.api.routes.crm import crm
from app.api.routes.crm_inbound import crm_inbound
from app.api.routes.crm_rules import crm_rules
from app.api.routes.me import me
from app.api.routes.privacy import privacy
from app.api.routes.reference import reference
from app.api.routes.webhooks import webhooks
from app.config import Settings
from app.crm.platform import Platform
from app.crm.registry import platforms
from app.vault import Vault
from app.web import requests
from app.web.connection import borrow
from app.web.metrics import count_requests

PREFIX: Final = "/api/v1"
NOUNS: Final = (me, calls, webhooks, crm, crm_rules, privacy)
MAX_BODY: Final = 64 * 1024


def build(settings: Settings, crms: Mapping[str, Platform] | None = None) -> Flask:
    """Compose routes, authentication and errors. `crms` are the CRMs by key; left out, those of the registry."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.merge_slashes = False  # a wrong address is told as one, not redirected
    app.extensions["mio"] = Context(
        settings=settings,
        vault=Vault(settings.encryption_keys),
        ended=Endings(settings.database_url, most=min(settings.api_threads, settings.database_pool) // 2),
        usage=KeyUsage(settings.database_url),
        crms=platforms(settings) if crms is None else crms,
    )
    count_requests(app, "api", settings)
    app.before_request(requests.begin)
    app.register_blueprint(_v1(settings))
    app.register_blueprint(crm_inbound)
    app.register_blueprint(reference)
    app.register_blueprint(health)
    app.register_blueprint(metrics.metrics)
    errors.register(app)
    app.after_request(requests.end)
    app.teardown_request(requests.tidy)
    cli.register(app, settings)
    return app


def _v1(settings: Settings) -> Blueprint:
    v1 = Blueprint("v1", __name__, url_prefix=PREFIX)
    v1.before_request(borrow)
    v1.before_request(Gate(settings).open)
    for noun in NOUNS:
        v1.register_blueprint(noun)
    return v1

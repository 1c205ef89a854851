"""The dashboard as a Flask application."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from flask import Flask, Response, g, request, url_for
from werkzeug.wrappers import Response as Answer

from app.billing.checkout import Checkout
from app.billing.tariff import dollars
from app.calls.ports import Handset
from app.config import Settings
from app.crm.platform import Platform
from app.crm.registry import platforms
from app.dashboard import errors, guard, refusals, wording
from app.dashboard.context import Context
from app.dashboard.pages import MACHINES, OPEN, PAGES
from app.dashboard.whereabouts import here
from app.vault import Vault
from app.web import requests
from app.web.connection import borrow
from app.web.metrics import count_requests, count_viewers
from app.web.streams import Streams

MAX_BODY: Final = 64 * 1024
ASSETS: Final = Path(__file__).parent / "static"
ASSET_SECONDS: Final = 365 * 86400
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'{targets}; base-uri 'none'; frame-ancestors 'none'"
)


def build(settings: Settings, crms: Mapping[str, Platform] | None = None, *, handset: Handset | None = None) -> Flask:
    """Compose pages, the guard and errors. `crms` are the CRMs by key; left out, those of the registry."""
    app = Flask(__name__, static_url_path="/static")
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, SEND_FILE_MAX_AGE_DEFAULT=ASSET_SECONDS)
    streams = Streams(settings.redis_url, most=settings.live_viewers)
    app.extensions["mio"] = Context(
        settings=settings,
        vault=Vault(settings.encryption_keys),
        checkout=Checkout(settings),
        crms=platforms(settings) if crms is None else crms,
        streams=streams,
        handset=handset,
    )
    count_viewers(streams, settings)
    count_requests(app, "dashboard", settings)
    app.before_request(requests.begin)
    app.before_request(_guard)
    for part in PAGES:
        app.register_blueprint(part)
    errors.register(app)
    app.after_request(guard.remember_visitor)
    app.after_request(_protect)
    app.after_request(requests.end)
    app.teardown_request(requests.tidy)
    app.context_processor(_for_templates)
    app.jinja_env.filters.update(
        beside=refusals.beside,
        brief=wording.brief,
        dollars=dollars,
        moment=wording.moment,
        span=wording.span,
        spoken=refusals.spoken,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app


def _guard() -> Answer | None:
    """Every page needs somebody signed in, but for those of the blueprints in OPEN and MACHINES."""
    if request.endpoint in (None, "static"):
        return None
    borrow()
    if request.blueprint in MACHINES:
        return None
    if request.blueprint in OPEN:
        guard.arrive()
        return None
    return guard.enter()


def _protect(response: Response) -> Response:
    targets = "".join(f" {origin}" for origin in g.get("form_targets", ()))
    response.headers.setdefault("Content-Security-Policy", _POLICY.format(targets=targets))
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def _for_templates() -> dict[str, Any]:
    return {
        "asset": _asset,
        "csrf": g.get("csrf", ""),
        "this_page": here,
        "done": wording.DONE.get(request.args.get("done", "")),
        "mode": g.get("mode", "test"),
        "new_nonce": uuid4,
        "typed": {},
        "who": g.get("signed_in"),
    }


def _asset(name: str) -> str:
    """The address of a file that never changes under it."""
    return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return sha256((ASSETS / name).read_bytes()).hexdigest()[:12]

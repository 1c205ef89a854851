"""What a person or a supervisor sees of the voice process: errors in the hub's shape, and whether it can serve."""

import logging
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, jsonify, request
from peewee import DatabaseError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import HTTPException

from app.db import db, execute
from app.voice.metrics import REGISTRY

log = logging.getLogger(__name__)

REFUSALS: Final = {
    400: ("invalid_request", "The request cannot be read."),
    403: ("forbidden", "Only the carrier may ask this, with its signature, and once."),
    404: ("not_found", "There is nothing at this address. The API is served by another process."),
    405: ("method_not_allowed", "This address does not take that method. Allow names those that it takes."),
    413: ("body_too_large", "The body is larger than a carrier's callback."),
    500: ("internal", "Something went wrong on our side."),
}


def register_errors(application: Flask) -> None:
    """Have every error answered as JSON: `error`, a sentence, and `code`."""
    application.register_error_handler(HTTPException, _refused)
    for kind in (DatabaseError, InterfaceError, MaxConnectionsExceeded):
        application.register_error_handler(kind, _without_database)


def watching(public_url: str) -> Blueprint:
    """`/healthz`, `/readyz` and `/metrics`; the last is not there for who comes in by the public URL."""
    routes = Blueprint("watching", __name__)

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    def readyz() -> tuple[dict[str, str], int]:
        able = _database_answers()
        state = {"status": "ready", "database": "ok"} if able else {"status": "not ready", "database": "not reached"}
        return state, 200 if able else 503

    @routes.get("/metrics")
    def metrics() -> Response:
        if public_url and _host(f"//{request.host}") == _host(public_url):
            abort(404)
        return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)

    return routes


def _host(url: str) -> str:
    """The host of a URL, whatever its port and spelling."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _database_answers() -> bool:
    try:
        with db.connection_context():
            execute("SELECT 1")
    except (DatabaseError, InterfaceError, MaxConnectionsExceeded):
        return False
    return True


def _refused(error: HTTPException) -> Response:
    status = error.code or 500
    code, message = REFUSALS.get(status, ("http_error", error.description or "The request was refused."))
    response = _told(status, code, message)
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def _without_database(error: Exception) -> Response:
    log.error("no database: %s", error)
    response = _told(503, "unavailable", "The hub cannot reach its database, or is very busy. Try again in a moment.")
    response.headers["Retry-After"] = "1"
    return response


def _told(status: int, code: str, message: str) -> Response:
    response = jsonify(error=message, code=code)
    response.status_code = status
    return response

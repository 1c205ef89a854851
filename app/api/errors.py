"""Errors to HTTP: the one place that maps them, and the one shape they have."""

import logging
from typing import Final

from flask import Flask, Response, request
from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded
from werkzeug.exceptions import HTTPException

from app import errors
from app.api.answers import answer
from app.logs import request_id
from app.web.statuses import status_of

log = logging.getLogger(__name__)

# What Flask itself refuses: status to stable code and sentence.
REFUSALS: Final = {
    400: ("invalid_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address. Look at the path; ids are UUIDs."),
    405: ("method_not_allowed", "This address does not take that method. Allow names those that it takes."),
    413: ("body_too_large", "The body is larger than {limit:,} KiB. Send less."),
    415: ("unsupported_media_type", "Send JSON, with the header Content-Type: application/json."),
}
RETRY_SECONDS: Final = 1


def register(app: Flask) -> None:
    """Have every error of `app` answered as JSON."""
    app.register_error_handler(errors.AppError, _told)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)
    for kind in (OperationalError, InterfaceError, MaxConnectionsExceeded):
        app.register_error_handler(kind, _without_database)


def _told(error: errors.AppError) -> Response:
    status = status_of(error)
    if status is None:
        return _failed(error)
    response = answer(error.told(), status)
    if isinstance(error, errors.LimitReached):
        response.headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = 'ApiKey realm="Mio Hub"'
    return response


def _refused(error: HTTPException) -> Response:
    status = error.code or 500
    code, message = REFUSALS.get(status, ("http_error", error.description or "The request was refused."))
    told = message.format(limit=(request.max_content_length or 0) // 1024) if status == 413 else message
    response = answer({"error": told, "code": code}, status)
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def _failed(error: Exception) -> Response:
    log.exception("request failed", exc_info=error)
    message = "Something went wrong on our side. Try again; if it stays, send the request id to support."
    return answer({"error": message, "code": "internal", "requestId": request_id.get()}, 500)


def _without_database(error: Exception) -> Response:
    log.error("no database: %s", error)
    message = "The hub cannot reach its database, or is very busy. Try again in a moment."
    response = answer({"error": message, "code": "unavailable"}, 503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response

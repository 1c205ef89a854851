"""Errors as pages: what went wrong, and where to go from here."""

import logging
from typing import Final

from flask import Flask
from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from app.dashboard.refusals import in_an_owners_words
from app.dashboard.views import page
from app.errors import AppError, LimitReached
from app.logs import request_id
from app.web.statuses import status_of

log = logging.getLogger(__name__)

_TITLES: Final = {
    400: "That could not be read",
    402: "There is not enough money",
    403: "That is not allowed",
    404: "There is nothing here",
    405: "That is not how to ask for it",
    409: "Not just now",
    413: "That is too much at once",
    429: "Too often",
    503: "The hub is not available just now",
}
_SAID: Final = {
    404: "The address may be mistyped, or what was here was deleted, or belongs to another account.",
    405: "Follow a link or send a form; this address takes nothing else.",
    413: "Send less: a form may weigh 64 KiB.",
}


def register(app: Flask) -> None:
    """Have every error of `app` answered as a page."""
    app.register_error_handler(AppError, _told)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)
    for kind in (OperationalError, InterfaceError, MaxConnectionsExceeded):
        app.register_error_handler(kind, _without_database)


def _told(error: AppError) -> Answer:
    status = status_of(error)
    if status is None:
        return _failed(error)
    answer = _page(status, _SAID[404] if status == 404 else in_an_owners_words(error).message)
    if isinstance(error, LimitReached):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _refused(error: HTTPException) -> Answer:
    status = error.code or 500
    if status < 400:  # a redirect that the routing asks for
        return Answer(status=status, headers=error.get_headers())
    return _page(status, _SAID.get(status, "Go back and try again."))


def _failed(error: Exception) -> Answer:
    log.exception("a page failed", exc_info=error)
    said = f"Something went wrong on our side. Try again; if it stays, tell support this id: {request_id.get()}"
    return _page(500, said)


def _without_database(error: Exception) -> Answer:
    log.error("no database: %s", error)
    answer = _page(503, "The hub cannot reach its database, or is very busy. Try again in a moment.")
    answer.headers["Retry-After"] = "1"
    return answer


def _page(status: int, said: str) -> Answer:
    return page("layout/error.html", status, title=_TITLES.get(status, "Something went wrong"), said=said)

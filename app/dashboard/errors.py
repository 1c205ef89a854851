"""Errors as pages: what went wrong, and where to go from here."""

import logging
import re
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, g, request
from peewee import InterfaceError, OperationalError
from playhouse.pool import MaxConnectionsExceeded
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from app.dashboard.guard import StaleForm, local_path
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
_NOT_SHOWN: Final = re.compile(r"csrf|nonce|next|.*(password|secret|code|key|token).*", re.IGNORECASE)


def register(app: Flask) -> None:
    """Have every error of `app` answered as a page."""
    app.register_error_handler(AppError, _told)
    app.register_error_handler(StaleForm, _stale)
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


def _stale(error: StaleForm) -> Answer:
    """Give back what was typed: the page to which it belongs is made anew, without it."""
    title = _TITLES[403] if g.signed_in or request.blueprint == "doors" else "You are signed out"
    return page("layout/stale.html", 403, title=title, said=error.message, kept=_kept(), came_from=_came_from())


def _kept() -> list[tuple[str, str]]:
    """What the form held, but for secrets; nothing when the browser does not vouch that the form is ours."""
    if request.headers.get("Sec-Fetch-Site") != "same-origin":
        return []
    held = ((name, ", ".join(filter(None, values))) for name, values in request.form.lists())
    return [(_label(name), text) for name, text in held if text.strip() and not _NOT_SHOWN.fullmatch(name)]


def _label(name: str) -> str:
    """A field's name as people read it: `Phone number` for `phoneNumber`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _came_from() -> str:
    """The page that the form stood on, as its browser tells."""
    page = urlsplit(request.referrer or "")
    path = f"{page.path}?{page.query}" if page.query else page.path
    return local_path(path, "/calls") if page.netloc == request.host else "/calls"


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

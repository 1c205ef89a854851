"""The two kinds of views: what shows a page, and what a form is sent to.

A view is decorated with what it answers: `shows` takes the template of a view that returns what the template shows;
`submits` that of the page to which a form belongs, which is shown again, with the reason, when it is refused.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from peewee import IntegrityError
from werkzeug.wrappers import Response as Answer

from app.dashboard.context import who
from app.dashboard.refusals import in_an_owners_words
from app.db import db, execute, row
from app.errors import (
    AppError,
    Conflict,
    Forbidden,
    InsufficientBalance,
    InvalidRequest,
    LimitReached,
    NotFound,
    Unavailable,
)
from app.web.statuses import status_of

Shown = Mapping[str, Any]
View = Callable[..., Shown | Answer]

# What a person can do something about on the page that they came from.
_REFUSALS: Final = (InvalidRequest, InsufficientBalance, Forbidden, Conflict, LimitReached, Unavailable)
_SENT: Final = (
    "This form was sent already, and done once. What it showed is not shown again: if that was a secret which you have"
    " not seen, make a new one, and end that one."
)


def shows(template: str, status: int = 200) -> Callable[[View], Callable[..., Answer]]:
    """For a view that returns what `template` shows, or an answer of its own.

    A page that has `errors`, by the fields of its address that could not be read, is answered as such: 400.
    """

    def decorate(view: View) -> Callable[..., Answer]:
        @wraps(view)
        def answered(**named: Any) -> Answer:
            shown = view(**named)
            bad = not isinstance(shown, Answer) and shown.get("errors")
            return _answer(template, shown, 400 if bad else status)

        return answered

    return decorate


def submits(
    template: str, *, given: Callable[..., Shown] = dict, once: bool = True, first: Callable[[], None] | None = None
) -> Callable[[View], Callable[..., Answer]]:
    """For a view that a form is sent to; it returns where to go from here (`to`), or a page (`page`).

    With `once` it runs in one transaction with the form's nonce: sent twice, be it at the same time, a form does its
    work once, and leads to the same place. What speaks to others meanwhile is not `once`, and sees to that itself.
    `first` is done before the transaction, unless the form was sent already: checks of which a trace has to stay.
    When it is refused, `template` is shown again with what `given` returns for the view's arguments, and with `typed`
    (the form) and `error`, a Refusal; also where what a field names is not there.
    """

    def decorate(view: View) -> Callable[..., Answer]:
        @wraps(view)
        def answered(**named: Any) -> Answer:
            try:
                return _answer(template, _once(view, named, first) if once else view(**named))
            except AppError as error:
                if not isinstance(error, _REFUSALS) and not error.field:
                    raise
                status = 400 if isinstance(error, NotFound) else status_of(error) or 500
                refusal = in_an_owners_words(error)
                answer = page(template, status, **given(**named), typed=request.form, error=refusal)
                if isinstance(error, LimitReached):
                    answer.headers["Retry-After"] = str(error.retry_after)
                return answer

        return answered

    return decorate


def page(template: str, status: int = 200, /, **shown: Any) -> Answer:
    """A page from `template`."""
    return make_response(render_template(template, **shown), status)


def to(endpoint: str, *, done: str | None = None, **named: Any) -> Answer:
    """Lead on to another page, which tells what was `done` (a key of `wording.DONE`)."""
    return redirect(url_for(endpoint, **named, done=done), 303)


def claim() -> bool:
    """Take the form's nonce at once; False when the form was sent before, or the session was ended a moment ago.

    For views that are not `once`. Raises InvalidRequest without a nonce.
    """
    taken = "INSERT INTO sent_form (nonce, session_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
    try:
        with db.atomic():
            return bool(execute(taken, (nonce(), who().session_id)))
    except IntegrityError:  # there is no such session any more
        return False


def _answer(template: str, returned: Shown | Answer, status: int = 200) -> Answer:
    return returned if isinstance(returned, Answer) else page(template, status, **returned)


def _once(view: View, named: Mapping[str, Any], first: Callable[[], None] | None) -> Shown | Answer:
    sent, session_id = nonce(), who().session_id
    if first:
        if row("SELECT 1 FROM sent_form WHERE nonce = %s", (sent,)):
            return _led(sent, session_id)
        first()
    with db.atomic():
        if not claim():
            return _led(sent, session_id)
        answer = view(**named)
        if isinstance(answer, Answer) and answer.location:
            execute("UPDATE sent_form SET location = %s WHERE nonce = %s", (answer.location, sent))
        return answer


def _led(given: UUID, session_id: UUID) -> Answer:
    sent = row("SELECT location FROM sent_form WHERE nonce = %s AND session_id = %s", (given, session_id))
    if sent is None and not row("SELECT 1 FROM session WHERE id = %s", (session_id,)):
        return redirect(url_for("doors.sign_in"), 303)
    if sent is None or sent["location"] is None:
        raise Conflict(_SENT, code="form_sent")
    return redirect(sent["location"], 303)


def nonce() -> UUID:
    """What tells this form apart from every other, also from a second sending of it. Raises InvalidRequest."""
    try:
        return UUID(request.form.get("nonce", ""))
    except ValueError as error:
        raise InvalidRequest("This form is not complete. Load the page again, and send it anew.") from error

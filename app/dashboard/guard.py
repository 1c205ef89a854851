"""Who may ask for a page, and with what in hand.

A page needs a session, which its cookie names. A request that changes something must come from a page of ours: it
carries the token that our forms hold, made from the cookie, and its Origin, where the browser tells one, is our own.
Before somebody is signed in a visitor's cookie, which means nothing else, takes the session's place in this.
"""

import hmac
import re
import secrets
from typing import Final
from urllib.parse import urlsplit

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.accounts import sessions
from app.config import MODES, Settings, mode_of
from app.dashboard.context import settings
from app.errors import Forbidden

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
VISITOR_SECONDS: Final = 24 * 3600
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")
_FOREIGN: Final = "This form was not sent from a page of this hub. Go back, load the page again, and send it anew."
_STALE: Final = "This page is older than your sign-in, so nothing was done. Load it again, and send the form anew."
_SIGNED_OUT: Final = "Your session has ended, so nothing was done. Sign in, and send the form anew."
_OLD: Final = "This page is too old, so nothing was done. Load it again, and send the form anew."


class StaleForm(Forbidden):
    """A form of ours that was made for another session, or for one that has ended."""


def secure(settings: Settings) -> bool:
    """Whether browsers reach this hub over https: its cookies are then for https alone."""
    return urlsplit(settings.api_url).scheme == "https"


def cookie(name: str) -> str:
    """The name of a cookie of ours: over https with the prefix that binds it to this host and path (RFC 6265bis)."""
    return f"__Host-{name}" if secure(settings()) else name


def enter() -> Answer | None:
    """Let an owner in who is signed in; lead everybody else to the sign-in, and back afterwards. Raises Forbidden."""
    arrive(_SIGNED_OUT)
    if g.signed_in is None:
        here = request.full_path.rstrip("?") if request.method in SAFE else None
        return redirect(url_for("doors.sign_in", next=here), 303)
    wanted = request.args.get("mode", "")
    g.mode = mode_of(wanted) if wanted in MODES else g.signed_in.mode
    return None


def arrive(stale: str = _OLD) -> None:
    """See who comes, and that what changes something was sent from a page of ours. Raises Forbidden.

    `stale` tells a visitor that their form is that of another.
    """
    token = request.cookies.get(cookie("mio"), "")
    g.signed_in = sessions.find(token) if token else None
    g.csrf = csrf_token(token if g.signed_in else visitor())
    if request.method not in SAFE:
        _check_origin()
        _check_token(_STALE if g.signed_in else stale)


def csrf_token(token: str) -> str:
    """What a form of the holder of this cookie carries; the cookie cannot be told from it."""
    return hmac.digest(token.encode(), b"form", "sha256").hex()


def let_in(response: Answer, token: str) -> Answer:
    """Give the browser a session's cookie; what it had as a visitor ends."""
    give(response, "mio", token, settings().session_days * 86400)
    g.pop("new_visitor", None)
    return take_back(response, "mio_visitor")


def let_out(response: Answer) -> Answer:
    """Take the session's cookie back."""
    return take_back(response, "mio")


def visitor() -> str:
    """The secret of a browser that no session stands for: its cookie, or the one that it is about to get.

    It is nobody else's: not even two browsers without a cookie have the same.
    """
    secret: str = g.get("new_visitor") or request.cookies.get(cookie("mio_visitor"), "")
    if not _TOKEN.fullmatch(secret):
        secret = g.new_visitor = secrets.token_urlsafe(32)
    return secret


def remember_visitor(response: Response) -> Response:
    """Give a visitor the cookie that the forms of this page were made with."""
    if visitor := g.pop("new_visitor", None):
        give(response, "mio_visitor", visitor, VISITOR_SECONDS)
    return response


def local_path(text: str | None, otherwise: str) -> str:
    """`text` if it is a path on this hub and nothing else, to lead somebody there; else `otherwise`."""
    if not text or not text.startswith("/") or text[1:2] in ("/", "\\") or not text.isprintable() or "\\" in text:
        return otherwise
    parts = urlsplit(text)
    return otherwise if parts.scheme or parts.netloc else text


def give(response: Answer, name: str, value: str, seconds: int) -> Answer:
    """Give the browser a cookie that scripts and other sites cannot use."""
    response.set_cookie(
        cookie(name), value, max_age=seconds, secure=secure(settings()), httponly=True, samesite="Lax", path="/"
    )
    return response


def take_back(response: Answer, name: str) -> Answer:
    """Take a cookie back."""
    response.delete_cookie(cookie(name), secure=secure(settings()), httponly=True, samesite="Lax")
    return response


def _check_origin() -> None:
    """Browsers tell where a form was sent from (Fetch Metadata, RFC 6454); other clients tell nothing."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden(_FOREIGN, code="foreign_form")
    if site is None and origin is not None and origin.partition("://")[2] != request.host:
        raise Forbidden(_FOREIGN, code="foreign_form")


def _check_token(stale: str) -> None:
    given = request.form.get("csrf") or request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), g.csrf.encode()):
        raise StaleForm(stale, code="stale_form")

"""The test key that /docs puts into its examples: for that page alone, in the browser of who is signed in."""

from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from app.accounts import own_keys, sessions
from app.dashboard.context import context
from app.dashboard.guard import cookie

docs_key = Blueprint("docs_key", __name__)

_KEYS: Final = "/settings/integrations"


@docs_key.get("/account/test-key")
def read() -> Response:
    """The newest test key that is kept, or null; 401 when nobody is signed in, 403 to whoever is not a page of ours."""
    if request.headers.get("Sec-Fetch-Site") not in (None, "same-origin"):  # old browsers tell nothing
        return _answer({"error": "Only a page of this hub may ask for this.", "code": "foreign_page"}, 403)
    token = request.cookies.get(cookie("mio"), "")
    signed_in = sessions.find(token) if token else None
    if signed_in is None:
        return _answer({"error": "Nobody is signed in.", "code": "unauthenticated"}, 401)
    kept = own_keys.newest_test_key(signed_in.account_id, context().vault)
    named = {"name": kept.name or kept.prefix, "key": kept.text} if kept else {"name": None, "key": None}
    return _answer(named | {"keys": _KEYS}, 200)


def _answer(content: dict[str, Any], status: int) -> Response:
    answer = jsonify(content)
    answer.status_code = status
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Vary"] = "Cookie, Sec-Fetch-Site"
    return answer

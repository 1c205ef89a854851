"""Strict reading of JSON bodies (RFC 8259, and no repeated names)."""

import json
import re
from codecs import BOM_UTF8
from typing import Any, Final

from flask import g, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from app.errors import InvalidRequest
from app.web.texts import check_texts, shown

# A body may be large for the texts in it. Tiny values beyond number would take a hundred times their size in memory.
MOST_BESIDE_TEXTS: Final = 64 * 1024
_TEXT: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def json_body(*, optional: bool = False, apart: str | None = None) -> dict[str, Any]:
    """The request's JSON object; an empty one when the body is left out and `optional`. Read once a request.

    What is in the list `apart` may still hold what no text can: see `check_texts`.
    Raises InvalidRequest, UnsupportedMediaType (415) and RequestEntityTooLarge (413).
    """
    if "body" not in g:
        data = raw_body()
        if not data and optional:
            g.body = {}
        elif not request.is_json:
            raise UnsupportedMediaType
        else:
            g.body = parse(data, apart)
    found: dict[str, Any] = g.body
    return found


def raw_body() -> bytes:
    """The request's body as it came. Raises InvalidRequest, and RequestEntityTooLarge (413)."""
    try:
        data = request.get_data(cache=False)
    except (ParseException, OSError):  # the server's words for a chunk that is none
        raise InvalidRequest("The body cannot be read: its chunks are not as HTTP has them.") from None
    if request.content_length is not None and len(data) < request.content_length:
        raise InvalidRequest("The body ended before its Content-Length.")
    # Of a body that does not say how long it is (chunked), werkzeug silently gives what the limit lets through.
    if request.content_length is None and len(data) >= (request.max_content_length or 0):
        raise RequestEntityTooLarge
    return data


def parse(data: bytes, apart: str | None = None) -> dict[str, Any]:
    """A JSON object from UTF-8; the texts in the list `apart` are not looked at.

    Raises InvalidRequest saying what is wrong with it.
    """
    if not data.strip():
        raise InvalidRequest("The body is empty. Send a JSON object.")
    if data.startswith(BOM_UTF8):
        raise InvalidRequest("The body is not valid JSON: it begins with a byte order mark.")
    if len(data) > MOST_BESIDE_TEXTS and len(_TEXT.sub(b"", data)) > MOST_BESIDE_TEXTS:
        raise InvalidRequest("The body has too many values. Send less in one request.")
    try:
        content = json.loads(
            data.decode().removeprefix("\ufeff"), object_pairs_hook=_without_repeats, parse_constant=_no_constant
        )
        if b"\\u" in data:
            check_texts(_but(content, apart))
    except UnicodeDecodeError:
        raise InvalidRequest("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise InvalidRequest(
            f"The body is not valid JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        ) from None
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is not valid JSON: a number in it is too long, or it nests too deep.") from None
    if not isinstance(content, dict):
        raise InvalidRequest("The body must be a JSON object, like {...}.")
    return content


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for name, value in pairs:
        if name in content:
            raise InvalidRequest(f"The field {shown(name)} is given more than once.", field=name[:100])
        content[name] = value
    return content


def _no_constant(name: str) -> None:
    raise InvalidRequest(f"The body is not valid JSON: {name} is no JSON value.")


def _but(content: object, apart: str | None) -> object:
    if isinstance(content, dict) and isinstance(content.get(apart), list):
        return {name: value for name, value in content.items() if name != apart}
    return content

"""Errors as the document describes them: one answer a status, that lists the codes it may carry."""

from collections.abc import Sequence
from typing import Any, Final

from app.api.codes import CODES, by_status, common
from app.api.openapi.components import reference

Part = dict[str, Any]

_NAMES: Final = {
    400: "InvalidRequest",
    401: "Unauthenticated",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    413: "BodyTooLarge",
    414: "AddressTooLong",
    415: "UnsupportedMediaType",
    429: "LimitReached",
    500: "Internal",
    503: "Unavailable",
}
# 405 belongs to an address, not to an operation: no operation refers to it.
_SHARED: Final = by_status((*common("POST", names_something=True, asks_something=True), "method_not_allowed"))
_EXTRA: Final[dict[int, tuple[str, bool]]] = {
    401: ("WWW-Authenticate", True),
    405: ("Allow", True),
    429: ("Retry-After", True),
    503: ("Retry-After", False),
}


def refusal(status: int, codes: Sequence[str]) -> Part:
    """An answer of an operation: one of the shared ones, if it has the codes of that."""
    if list(codes) == _SHARED.get(status):
        return {"$ref": f"#/components/responses/{_NAMES[status]}"}
    return _described(status, codes)


def shared() -> dict[str, Part]:
    """The answers that operations share."""
    return {_NAMES[status]: _described(status, codes) for status, codes in _SHARED.items()}


def _described(status: int, codes: Sequence[str]) -> Part:
    examples = {code: {"value": _example(code)} for code in codes}
    return {
        "description": "\n".join(f"- `{code}`: {CODES[code].meaning}" for code in codes),
        "headers": _headers(status),
        "content": {"application/json": {"schema": reference("error"), "examples": examples}},
    }


def _headers(status: int) -> Part:
    if status == 414:  # refused before it is a request of ours
        return {}
    found: Part = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if status in _EXTRA:
        name, always = _EXTRA[status]
        found[name] = {"$ref": f"#/components/headers/{name}"} if always else HEADERS[name] | {"required": False}
    return found


def _example(code: str) -> Part:
    return {"error": CODES[code].meaning.replace("`", ""), "code": code}


HEADERS: Final[dict[str, Part]] = {
    "X-Request-Id": {
        "description": "Identifies the request in our logs; yours, if you sent one of 8 to 64 letters, digits, . _ -.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
    },
    "Idempotent-Replayed": {
        "description": "true on the first answer, given again.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "Which authentication is wanted.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Allow": {"description": "The methods that the address takes.", "required": True, "schema": {"type": "string"}},
}

"""One HTTP request as Make sends it, and what its log keeps of it."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from tests.connectors.make.errors import MakeError
from tests.connectors.make.functions import create_json, text

REQUEST_SECONDS: Final = 300
_HIDDEN: Final = "*****"


@dataclass(frozen=True, slots=True)
class Sent:
    method: str
    url: str
    headers: Mapping[str, str]
    qs: Mapping[str, Any]
    body: Any
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """`headers` by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: Any


def send(request: Sent) -> Answered:
    """Raises MakeError: ConnectionError where nobody listens, ModuleTimeoutError where no answer comes."""
    parts = urlsplit(request.url)
    there = HTTPConnection(parts.netloc, timeout=REQUEST_SECONDS)
    path = quote(parts.path, safe="/%") + (f"?{_query(request.qs)}" if request.qs else "")
    try:
        there.request(request.method, path, _body(request), _headers(request))
        response = there.getresponse()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answered(response.status, headers, _parsed(response.read()))
    except ConnectionRefusedError:
        raise MakeError("ConnectionError", "The service cannot be reached.") from None
    except TimeoutError:
        raise MakeError("ModuleTimeoutError", "The operation timed out.") from None
    finally:
        there.close()


def logged(request: Sent, answer: Answered, sanitized: list[str]) -> dict[str, Any]:
    """What Make's log shows, with what `log.sanitize` names hidden."""
    entry: dict[str, Any] = {
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "qs": dict(request.qs),
            "body": deepcopy(request.body),
        },
        "response": {"status": answer.status, "headers": dict(answer.headers), "body": deepcopy(answer.body)},
    }
    for path in sanitized:
        _hide(entry, path.lower().split("."))
    return entry


def _hide(entry: Any, path: list[str]) -> None:
    """Names are compared in small letters."""
    if not isinstance(entry, dict):
        return
    for name in [found for found in entry if found.lower() == path[0]]:
        if len(path) == 1:
            entry[name] = _HIDDEN
        else:
            _hide(entry[name], path[1:])


def _query(qs: Mapping[str, Any]) -> str:
    return urlencode({name: text(value) for name, value in qs.items()})


def _headers(request: Sent) -> dict[str, str]:
    kind = {} if request.is_text or request.method == "GET" else {"Content-Type": "application/json"}
    return kind | dict(request.headers)


def _body(request: Sent) -> bytes | None:
    if request.method == "GET" or request.body is None:
        return None
    return (text(request.body) if request.is_text else create_json(request.body)).encode()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")

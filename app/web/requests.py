"""What holds for every request: an id, a line in the log, and that its database connection is given back."""

import logging
import random
import re
from typing import Final

from flask import Response, request

from app.logs import request_id
from app.web.connection import give_back

log = logging.getLogger(__name__)

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def begin() -> None:
    """Take the id that the client gave, or make one."""
    given = request.headers.get("X-Request-Id", "")
    made = f"{random.getrandbits(128):032x}"
    request_id.set(given if _REQUEST_ID.fullmatch(given) else made)


def end(response: Response) -> Response:
    """Tell the id, and log the route's pattern, never what the client wrote."""
    response.headers["X-Request-Id"] = request_id.get() or ""
    level = logging.INFO if response.status_code >= 400 else logging.DEBUG
    log.log(level, "%s %s %s", request.method, request.url_rule or "(no route)", response.status_code)
    return response


def tidy(error: BaseException | None) -> None:
    give_back(error)
    request_id.set(None)

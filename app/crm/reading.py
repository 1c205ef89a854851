"""What an answer of a CRM means. Pure."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from app.crm.failures import Barred, CrmFailed, Gone, Later, Refused
from app.crm.platform import Answer
from app.crm.transport import Heard


class Expired(Later):
    """The access token is refused: to be renewed at once. A renewed one that is refused may be unknown there yet."""


ReadingOf = Callable[[int, Mapping[str, str], Any], CrmFailed | None]

BARRED_SECONDS: Final = 10.0  # where a CRM says "too many" and not for how long
LONGEST_BARRED: Final = 86400.0
MOST_SAID: Final = 300
# 408 and 425 ask for it, 409 and 423 pass when what is in the way has passed.
_PASSING: Final = frozenset({408, 409, 423, 425})
_ABSENT: Final = frozenset({404, 410})


def answer_of(heard: Heard) -> Answer:
    """`json` is None where the body is no JSON."""
    return Answer(heard.status, heard.headers, _json(heard.body))


def failure_of(answer: Answer, reading_of: ReadingOf, moment: datetime) -> CrmFailed | None:
    """What follows from an answer; None from a 2xx. `reading_of` is the CRM's own reading, asked first."""
    if 200 <= answer.status < 300:
        return None
    return reading_of(answer.status, answer.headers, answer.json) or _usual(answer, moment)


def at_the_door(status: int, _headers: Mapping[str, str], content: Any) -> CrmFailed | None:
    """How an authorisation server is read: what it says no to, it says no to for good, an unknown client too."""
    if 400 <= status < 500 and status not in _PASSING | _ABSENT | {429}:
        return Refused(_told(status, content), status, answer=content)
    return None


def retry_after(headers: Mapping[str, str], moment: datetime) -> float | None:
    """Seconds from `Retry-After`, a number or a date (RFC 9110, 10.2.3), up to a day; None where it says nothing."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - moment.timestamp()
    return min(max(seconds, 0.0), LONGEST_BARRED)


def said(content: Any) -> str:
    """The sentence in a CRM's JSON error, as the common shapes have it; "" where there is none."""
    if isinstance(content, list) and content:
        return said(content[0])
    if isinstance(content, Mapping):
        found = (content.get(name) for name in ("message", "error_description", "errorMessage", "error"))
        return next((text[:MOST_SAID] for text in found if isinstance(text, str) and text), "")
    return content[:MOST_SAID] if isinstance(content, str) else ""


def _usual(answer: Answer, moment: datetime) -> CrmFailed:
    status, detail = answer.status, _told(answer.status, answer.json)
    wait = retry_after(answer.headers, moment)
    if status == 429:
        return Barred(detail, status, seconds=BARRED_SECONDS if wait is None else wait)
    if status == 401:
        return Expired(detail, status, seconds=wait, perhaps_done=False)
    if status >= 500:
        return Later(detail, status, seconds=wait)
    if status in _PASSING:
        return Later(detail, status, seconds=wait, perhaps_done=False)
    if status in _ABSENT:
        return Gone(detail, status)
    if 300 <= status < 400:
        return Refused(f"{detail} Redirects are not followed.", status, answer=answer.json)
    return Refused(detail, status, answer=answer.json)


def _told(status: int, content: Any) -> str:
    words = said(content)
    return f"Answered {status}: {words}" if words else f"Answered {status}."


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None

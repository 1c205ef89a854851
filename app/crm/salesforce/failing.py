"""What follows from an error of Salesforce's API. Pure.

It answers with a list of {"errorCode", "message", "fields"}, and with 400 or 403 for much that passes.
"""

from typing import Final

from app.crm.failures import Barred, CrmFailed, Gone, Later, Refused

# The daily limit counts the last 24 hours, so requests become free bit by bit.
DAY_IS_FULL_SECONDS: Final = 900.0
TOO_MANY_AT_ONCE_SECONDS: Final = 20.0
EVENTS_ARE_FULL_SECONDS: Final = 600.0

INVALID_FIELD: Final = "INVALID_FIELD"
INVALID_TYPE: Final = "INVALID_TYPE"
_REQUESTS: Final = "REQUEST_LIMIT_EXCEEDED"
_EVENTS: Final = "LIMIT_EXCEEDED"
_GONE: Final = frozenset(
    {"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "CANNOT_UPDATE_CONVERTED_LEAD", "NOT_FOUND"}
)
# A trigger of the organisation's that could not lock a row says so in its message alone.
_LOCKED: Final = "UNABLE_TO_LOCK_ROW"
_PASSING: Final = frozenset(
    {
        _LOCKED,
        "QUERY_TIMEOUT",
        "REQUEST_RUNNING_TOO_LONG",
        "API_CURRENTLY_DISABLED",
        "SERVER_UNAVAILABLE",
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        "PLATFORM_EVENT_PUBLISHING_UNAVAILABLE",
        "PLATFORM_EVENT_PUBLISH_FAILED",
    }
)
# Salesforce's edge does not know for the moment where the organisation is: an organisation that is moved.
_MISDIRECTED: Final = frozenset({420, 421})
_MOST_DETAIL: Final = 500


def told(answer: object) -> tuple[str, str]:
    """The code and the message of an answer's first error; empty where it has none."""
    first = answer[0] if isinstance(answer, list) and answer else answer
    if not isinstance(first, dict):
        return "", ""
    code = first.get("errorCode") or first.get("statusCode") or first.get("error") or ""
    message = first.get("message") or first.get("error_description") or ""
    return str(code), str(message)


def reading_of(status: int, answer: object) -> CrmFailed | None:
    """What a 4xx comes to, by its code; None where its status says it all, as that of a 401, a 429 and a 5xx does."""
    code, message = told(answer)
    if status in _MISDIRECTED:
        return Later(message or f"Answered {status}: the organisation could not be found.", status, perhaps_done=False)
    if not code or not 400 <= status < 500 or status in (401, 429):
        return None
    detail = f"{code}: {message}"[:_MOST_DETAIL]
    if code == _REQUESTS:
        seconds = TOO_MANY_AT_ONCE_SECONDS if message.startswith("Concurrent") else DAY_IS_FULL_SECONDS
        return Barred(detail, status, seconds=seconds)
    if code == _EVENTS:
        return Later(detail, status, seconds=EVENTS_ARE_FULL_SECONDS, perhaps_done=False)
    if code in _PASSING or _LOCKED in message:
        return Later(detail, status, perhaps_done=False)
    return Gone(detail, status) if code in _GONE else Refused(detail, status, answer=answer)

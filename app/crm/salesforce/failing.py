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
_REQUESTS: Final = "REQUEST_LIMIT_EXCEEDED"
_EVENTS: Final = "LIMIT_EXCEEDED"
_GONE: Final = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"})
_PASSING: Final = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT", "API_CURRENTLY_DISABLED"})
_MOST_DETAIL: Final = 500


def told(answer: object) -> tuple[str, str]:
    """The code and the message of an answer's first error; empty where it has none."""
    first = answer[0] if isinstance(answer, list) and answer else answer
    if not isinstance(first, dict):
        return "", ""
    code = first.get("errorCode") or first.get("statusCode") or first.get("error") or ""
    message = first.get("message") or first.get("error_description") or ""
    return str(code), str(message)


def barred_for(answer: object) -> float | None:
    """How long the organisation takes no requests, where an answer says so."""
    code, message = told(answer)
    if code != _REQUESTS:
        return None
    return TOO_MANY_AT_ONCE_SECONDS if message.startswith("Concurrent") else DAY_IS_FULL_SECONDS


def failure_of(refused: Refused) -> CrmFailed:
    """What a refusal comes to."""
    code, message = told(refused.answer)
    detail = f"{code}: {message}"[:_MOST_DETAIL] if code else refused.detail
    seconds = barred_for(refused.answer)
    if seconds is not None:
        return Barred(detail, refused.status_code, seconds=seconds)
    if code == _EVENTS:
        return Later(detail, refused.status_code, seconds=EVENTS_ARE_FULL_SECONDS)
    if code in _PASSING:
        return Later(detail, refused.status_code)
    if code in _GONE:
        return Gone(detail, refused.status_code)
    return Refused(detail, refused.status_code, answer=refused.answer)

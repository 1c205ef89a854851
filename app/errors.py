"""The errors that a caller of the hub can cause or must know about. Knows no HTTP: `app.api.errors` maps them.

AppError
├── InvalidRequest       what was sent cannot be used
├── Unauthenticated      no key, or not one of ours
├── InsufficientBalance  what is available does not cover the first minute
├── Forbidden            allowed to nobody in this situation (paused, do-not-call, terms)
├── NotFound             no such thing in this account
├── Conflict             true, but not now: something else is under way
├── LimitReached         too much in too short a time; carries `retry_after` seconds
└── Unavailable          a part that the request needs is missing or down
"""

from typing import Any


class AppError(Exception):
    """A sentence for a person, a stable `code` for programs, and the `field` to blame where there is one.

    `details` is shown beside them in the answer (camelCase keys, JSON values).
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.details = details

    def told(self) -> dict[str, Any]:
        """What an answer says: `error` and `code`, `field` where one is to blame, and whatever else the error tells."""
        field = {"field": self.field} if self.field else {}
        return {"error": self.message, "code": self.code} | field | self.details


class InvalidRequest(AppError):
    code = "invalid_request"


class Unauthenticated(AppError):
    code = "unauthenticated"


class InsufficientBalance(AppError):
    code = "insufficient_balance"


class Forbidden(AppError):
    code = "forbidden"


class NotFound(AppError):
    code = "not_found"


class Conflict(AppError):
    code = "conflict"


class LimitReached(AppError):
    code = "limit_reached"

    def __init__(self, message: str, *, retry_after: int, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message, code=code, field=field, retryAfter=retry_after)
        self.retry_after = retry_after


class Unavailable(AppError):
    code = "unavailable"

"""Errors as Make tells them, and what they are on every platform."""

from typing import Final

from tests.connectors.runtime import Kind, Refused

# RateLimitError and ConnectionError are what Make tries again by itself; the others wait for a person, or for the error
# handler that a person has put behind the module.
_KINDS: Final[dict[str, Kind]] = {
    "InvalidAccessTokenError": "auth",
    "DataError": "input",
    "BundleValidationError": "input",
    "DuplicateDataError": "input",
    "RateLimitError": "retry",
    "ConnectionError": "retry",
    "RuntimeError": "unknown",
    "ModuleTimeoutError": "unknown",
}


class MakeError(Refused):
    """An error with the type that Make knows it by."""

    def __init__(self, type_: str, message: str, field: str | None = None) -> None:
        super().__init__(_KINDS[type_], message, field)
        self.type = type_

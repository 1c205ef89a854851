"""The errors of the hub as HTTP statuses: the one table of both the API and the dashboard."""

from typing import Final

from app import errors

STATUSES: Final[dict[type[errors.AppError], int]] = {
    errors.InvalidRequest: 400,
    errors.Unauthenticated: 401,
    errors.InsufficientBalance: 402,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.LimitReached: 429,
    errors.Unavailable: 503,
}


def status_of(error: errors.AppError) -> int | None:
    """The status of an error, or of the nearest of its bases that has one; None for what is no caller's doing."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), None)

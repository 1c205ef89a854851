"""What can keep the hub from starting on this machine."""

from app.errors import AppError


class CannotStart(AppError):
    """Something that `make run` needs did not come up; the message says what, and what to do."""

    code = "cannot_start"

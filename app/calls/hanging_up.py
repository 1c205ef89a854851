"""Ask for the end of a call that the carrier holds. The place lane tells the carrier, until it has heard."""

from functools import partial
from uuid import UUID

from app.db import db, execute
from app.queue import ring


def ask_hangup(call_id: UUID, reason: str, *, after_seconds: float = 0) -> bool:
    """Have the carrier end the call in `after_seconds`, for `reason` (an `endReason`); the first reason stays.

    False when the call has ended. A call that is being dialled is hung up once the carrier has named it.
    """
    asked = execute(
        "UPDATE call SET hangup_reason = coalesce(hangup_reason, %s),"
        " hangup_due_at = least(hangup_due_at, now() + %s * interval '1 second')"
        " WHERE id = %s AND outcome IS NULL",
        (reason, after_seconds, call_id),
    )
    if asked and after_seconds == 0:
        db.after_commit(partial(ring, "place"))
    return bool(asked)

"""Cancel a call, before or while it is under way."""

from uuid import UUID

from app.calls.ending import end
from app.calls.hanging_up import ask_hangup
from app.calls.reading import get
from app.config import Mode, Settings
from app.db import db, row
from app.errors import Conflict
from app.models.call import Call


def cancel(account_id: UUID, mode: Mode, call_id: UUID, settings: Settings) -> Call:
    """End a call: at once when the carrier does not know of it yet, else by having the carrier hang up.

    A call that was canceled before is returned as it is. Raises NotFound, and Conflict `call_over` when it ended
    in another way.
    """
    with db.atomic():
        found = get(account_id, mode, call_id)
        state = row("SELECT status, outcome, dial_state FROM call WHERE id = %s FOR UPDATE", (found.id,))
        if state is None or (state["outcome"] and state["outcome"] != "canceled"):
            raise Conflict("This call has ended already.", code="call_over")
        if state["outcome"] is None:
            if state["dial_state"] in ("waiting", "claimed"):
                end(call_id, "canceled", "canceled", settings)
            else:
                ask_hangup(call_id, "canceled")
        return get(account_id, mode, call_id)

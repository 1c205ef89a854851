"""Tell of a call: its events, recorded in the transaction of what they tell of."""

from collections.abc import Sequence
from functools import partial

from app.calls.lifecycle import ENDED
from app.calls.presenting import call_object
from app.calls.reading import turns_of
from app.db import db
from app.models.call import Call, Turn
from app.models.crm import note_call_ended
from app.queue import ring
from app.webhooks.callbacks import past_deadline
from app.webhooks.events import record


def tell(event_type: str, call: Call, turns: Sequence[Turn] = ()) -> None:
    """Record an event of a call as it stands, once; whoever wants it hears of it after the commit."""
    record(event_type, call.account_id, call.mode, call_object(call, turns), call_id=call.id)


def tell_end(call: Call, turns: Sequence[Turn]) -> None:
    """Everything that a call's end has to tell: `call.completed` for every call, and how it ended where that has a
    name of its own.
    """
    tell("call.completed", call, turns)
    if note_call_ended(call.account_id, call.id, live=call.mode == "live"):
        db.after_commit(partial(ring, "crm"))
    if call.status == "canceled":
        tell("call.canceled", call, turns)
    if call.answered_by == "voicemail":
        tell("call.voicemail", call, turns)


def tell_deadlines() -> int:
    """Tell the callbacks whose deadline has come that their calls have not ended; how many."""
    with db.atomic():
        due = past_deadline()
        for call_id in due:
            call = Call.get_by_id(call_id)
            if call.status not in ENDED:
                tell("call.deadline", call, turns_of([call_id])[call_id])
    return len(due)

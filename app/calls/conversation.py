"""What a live conversation needs of the call's row. Each verb is one short piece of work on a borrowed connection."""

from functools import partial
from uuid import UUID

from app.billing import ledger
from app.billing.tariff import cost_cents
from app.calls import caps
from app.calls.progress import answered
from app.config import Mode, Settings
from app.db import db, execute, row, rows
from app.errors import InsufficientBalance
from app.models.call import Call
from app.queue import ring


def open_relay(call_id: UUID, mode: Mode, sid: str) -> Call | None:
    """Claim the conversation of a call of this mode; None, and nothing changed, when the call is unknown, over,
    another's, of the other mode, or has its relay already.
    """
    with db.atomic():
        opened = rows(
            "UPDATE call SET relay_opened_at = now()"
            " WHERE id = %s AND mode = %s AND outcome IS NULL AND relay_opened_at IS NULL"
            " AND (carrier_sid = %s OR (carrier_sid IS NULL AND dial_state IN ('dialling', 'doubt'))) RETURNING *",
            (call_id, mode, sid),
        )
        if not opened:
            return None
        return answered(call_id) or Call(**opened[0])


def close_relay(call_id: UUID) -> None:
    """The conversation is over and all its turns are stored: the call may be summed up as soon as it has ended.

    One that could wait no longer and was settled before stays as it is.
    """
    execute(
        "UPDATE call SET relay_closed_at = now(),"
        " finish_due_at = CASE WHEN finish_due_at IS NOT NULL THEN least(finish_due_at, now()) END,"
        " check_due_at = CASE WHEN outcome IS NULL THEN now() + interval '3 seconds' END"
        " WHERE id = %s AND relay_closed_at IS NULL",
        (call_id,),
    )
    db.after_commit(partial(ring, "finish"))


def extend_hold(call_id: UUID, seconds: int, settings: Settings) -> bool:
    """Hold the cost of `seconds` of talk in all; False when the balance or the day's spending limit does not cover it.

    Test calls hold nothing.
    """
    with db.atomic():
        call = row("SELECT account_id, mode, held, outcome FROM call WHERE id = %s FOR UPDATE", (call_id,))
        if call is None or call["outcome"] or call["mode"] == "test":
            return True
        missing = cost_cents(seconds, settings.tariff_cents_per_minute) - call["held"]
        if missing <= 0:
            return True
        if not caps.leave_room_for(call["account_id"], missing, settings):
            return False
        try:
            ledger.hold(call["account_id"], call_id, missing)
        except InsufficientBalance:
            return False
        execute("UPDATE call SET held = held + %s WHERE id = %s", (missing, call_id))
        return True


def set_greeting(call_id: UUID, text: str) -> None:
    """Keep the opening line that the model wrote while the phone rang."""
    execute("UPDATE call SET greeting = %s WHERE id = %s AND greeting IS NULL", (text, call_id))

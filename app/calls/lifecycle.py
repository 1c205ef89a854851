"""The states of a call and which may follow which. Every change of `call.status` goes through `move`."""

from typing import Final, Literal, get_args
from uuid import UUID

from app.changes import announce
from app.db import rows
from app.models.call import Call

Status = Literal[
    "scheduled", "initiated", "ringing", "in-progress", "completed", "no-answer", "busy", "failed", "canceled"
]
AnsweredBy = Literal["human", "voicemail", "unknown"]

ENDED: Final = frozenset({"completed", "no-answer", "busy", "failed", "canceled"})
ACTIVE: Final = frozenset({"initiated", "ringing", "in-progress"})
# The carrier's word that nobody picked up: it holds against a report of an answer that came before.
NEVER_ANSWERED: Final = frozenset({"no-answer", "busy", "canceled"})

FOLLOWS: Final[dict[str, frozenset[str]]] = {
    "scheduled": frozenset({"initiated", "failed", "canceled"}),
    "initiated": frozenset({"ringing", "in-progress"}) | ENDED,
    "ringing": frozenset({"in-progress"}) | ENDED,
    "in-progress": ENDED,
} | {status: frozenset() for status in ENDED}

STATUSES: Final[tuple[str, ...]] = get_args(Status)  # in the order in which a call may have them

END_REASONS: Final = (
    "agent_hangup",
    "callee_hangup",
    "voicemail",
    "silence",
    "max_duration",
    "insufficient_balance",
    "model_failed",
    "relay_failed",
    "do_not_call",
    "no_answer",
    "busy",
    "canceled",
    "invalid_number",
    "destination_not_allowed",
    "carrier_account",
    "carrier_rejected",
    "carrier_error",
    "carrier_silent",
    "carrier_not_configured",
    "dial_unknown",
    "call_active",
    "account_paused",
    "limit_reached",
)


def may_follow(before: str, after: str) -> bool:
    return after in FOLLOWS[before]


def predecessors(status: str) -> list[str]:
    """The states that `status` may follow."""
    return [before for before, after in FOLLOWS.items() if status in after]


def move(call_id: UUID, status: Status, cause: str, **columns: object) -> Call | None:
    """Change a call's status and record it, with further columns; None, and nothing changed, if it may not follow.

    Safe when a report comes twice, late or out of order: what may not follow is ignored.
    """
    settings = "".join(f", {name} = %({name})s" for name in columns)
    changed = rows(
        f"""
        WITH moved AS (
            UPDATE call SET status = %(status)s{settings}
            WHERE id = %(id)s AND status = ANY(%(before)s) RETURNING *
        ), noted AS (
            INSERT INTO call_event (call_id, status, cause) SELECT id, status, %(cause)s FROM moved
        )
        SELECT * FROM moved
        """,
        {**columns, "id": call_id, "status": status, "before": predecessors(status), "cause": cause},
    )
    if not changed:
        return None
    call = Call(**changed[0])
    announce(call.account_id, f"call:{call.id}", "calls")
    return call


def outcome_of(status: str, *, answered: bool, hangup_reason: str | None) -> tuple[Status, str]:
    """The final status and `endReason` of a call, from the carrier's last word and what we had asked for.

    `answered` is what we saw; a last word of the carrier's that nobody picked up wins over it.
    """
    if hangup_reason == "canceled":
        return "canceled", "canceled"
    if answered and status not in NEVER_ANSWERED:
        if hangup_reason in _FAILURES or (status == "failed" and hangup_reason is None):
            return "failed", hangup_reason or "carrier_error"
        return "completed", hangup_reason or "callee_hangup"
    if status == "canceled" and hangup_reason is not None:
        return "failed", hangup_reason
    return _UNANSWERED.get(status, ("failed", "carrier_error"))


_FAILURES: Final = frozenset({"relay_failed", "carrier_silent"})
_UNANSWERED: Final[dict[str, tuple[Status, str]]] = {
    "completed": ("no-answer", "no_answer"),
    "no-answer": ("no-answer", "no_answer"),
    "busy": ("busy", "busy"),
    "failed": ("failed", "carrier_rejected"),
    "canceled": ("canceled", "canceled"),
}

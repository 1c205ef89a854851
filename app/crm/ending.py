"""How a call ended, as a CRM is told it. Pure; the source of the names is `schemas/crm.ending.json`."""

from collections.abc import Sequence
from typing import Any, Final

from app.calls.lifecycle import ENDED
from app.calls.ports import Spoken
from app.crm.platform import Ending, Outcome
from app.models.call import Call
from app.models.crm import CrmEnrolment

QUESTIONS: Final = 3
STILL_UNDER_WAY: Final = "The call had not ended when the wait for it was over."

_BY_STATUS: Final[dict[str, Outcome]] = {
    "no-answer": "no_answer",
    "busy": "busy",
    "failed": "failed",
    "canceled": "canceled",
}


def has_ended(call: Call) -> bool:
    """Whether a call's end is final: its summary, cost and duration stand."""
    return call.status in ENDED


def talked(turns: Sequence[Spoken]) -> bool:
    """Whether the callee said anything."""
    return any(turn.role == "human" for turn in turns)


def outcome_of(call: Call, turns: Sequence[Spoken]) -> Outcome:
    """What came of a call, to branch on. Whoever picks up and says nothing has not been reached."""
    if not has_ended(call):
        return "timed_out"
    if call.status != "completed":
        return _BY_STATUS[call.status]
    if call.answered_by == "voicemail":
        return "voicemail"
    return "reached" if talked(turns) else "no_answer"


def ending_of(enrolment: CrmEnrolment | None, call: Call | None, turns: Sequence[Spoken]) -> Ending:
    """What is told of an enrolment or, without one, of a call: as it stands now.

    A call that has not ended is `timed_out`. Without a call the enrolment was refused.
    """
    if call is None:
        return _refused(enrolment)
    answers = tuple(enrolment.answers or ("",) * len(enrolment.questions)) if enrolment else ()
    ended = has_ended(call)
    return Ending(
        call_id=call.id,
        status=call.status if ended else "timed_out",
        outcome=outcome_of(call, turns),
        summary=(call.summary or "") if ended else STILL_UNDER_WAY,
        duration=call.duration if ended else 0,
        cost=call.cost if ended else 0,
        answered_by=call.answered_by,
        end_reason=(call.end_reason or "") if ended else "",
        answers=answers,
        test=call.mode == "test",
    )


def ending_fields(ending: Ending) -> dict[str, Any]:
    """An ending by the names of `schemas/crm.ending.json`, all of them."""
    answers = [*ending.answers, "", "", ""][:QUESTIONS]
    return {
        "callId": str(ending.call_id or ""),
        "status": ending.status,
        "outcome": ending.outcome,
        "summary": ending.summary,
        "duration": ending.duration,
        "cost": ending.cost,
        "answeredBy": ending.answered_by,
        "endReason": ending.end_reason,
        **{f"answer{number}": answer for number, answer in enumerate(answers, 1)},
        "error": ending.refusal or "",
        "errorCode": ending.refusal_code or "",
        "test": ending.test,
    }


def _refused(enrolment: CrmEnrolment | None) -> Ending:
    if enrolment is None or enrolment.refusal is None:
        raise ValueError("There is neither a call nor a refusal: nothing has ended.")
    return Ending(
        call_id=None,
        status="refused",
        outcome="refused",
        summary=f"No call was made: {enrolment.refusal['error']}",
        duration=0,
        cost=0,
        answered_by="unknown",
        end_reason="",
        answers=("",) * len(enrolment.questions),
        test=enrolment.mode == "test",
        refusal=enrolment.refusal["error"],
        refusal_code=enrolment.refusal["code"],
    )

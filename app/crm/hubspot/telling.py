"""The ends of calls as HubSpot's workflows hear of them. Pure, but for `complete`."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from app.crm.failures import Gone, Later, Refused
from app.crm.platform import Ending, Line, Waiting

QUESTIONS: Final = 3


def outputs_of(ending: Ending) -> dict[str, Any]:
    """An ending as the action's output fields, typed as they are declared: `cost` in cents, `duration` in seconds."""
    answers = (*ending.answers, *("",) * QUESTIONS)[:QUESTIONS]
    return {
        "call_id": str(ending.call_id or ""),
        "status": ending.status,
        "outcome": ending.outcome,
        "summary": ending.summary,
        "duration": ending.duration,
        "cost": ending.cost,
        "answered_by": ending.answered_by,
        "end_reason": ending.end_reason,
        **{f"answer_{number}": answer for number, answer in enumerate(answers, start=1)},
        "error": ending.refusal or "",
        "error_code": ending.refusal_code or "",
        "test": ending.test,
    }


def refused(sentence: str, code: str, *, test: bool = False) -> Ending:
    """The end of a call that is not made, told at once."""
    return Ending(
        call_id=None,
        status="refused",
        outcome="refused",
        summary=sentence,
        duration=0,
        cost=0,
        answered_by="unknown",
        end_reason="",
        answers=(),
        test=test,
        refusal=sentence,
        refusal_code=code,
    )


def state_of(ending: Ending) -> str:
    """What the step ends as: a call that was refused counts as failed in the workflow's history, which goes on."""
    return "FAIL_CONTINUE" if ending.status == "refused" else "SUCCESS"


def fields_of(ending: Ending) -> dict[str, str]:
    """The outputs as texts, as HubSpot's `outputFields` takes them, and with what the step ends as."""
    return {"hs_execution_state": state_of(ending)} | {name: _text(value) for name, value in outputs_of(ending).items()}


def complete(line: Line, waiting: Waiting, ending: Ending) -> str:
    """Complete a step that waits. One that does not wait any more (told before, expired, its workflow gone) is none."""
    path = f"/automation/v4/actions/callbacks/{quote(waiting.callback_id or '', safe='')}/complete"
    told: Mapping[str, Any] = {"outputFields": fields_of(ending), "typedOutputs": outputs_of(ending)}
    try:
        line.ask("POST", path, json=told)
    except Gone:
        return "not waiting"
    except (Later, Refused) as failed:
        if failed.status_code != 409:
            raise
        return "told before"
    return "told"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

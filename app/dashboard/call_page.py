"""One call, as `templates/calls/_call.html` shows it."""

import json
from typing import Any, Final

from app.billing.tariff import dollars
from app.calls.lifecycle import ENDED
from app.calls.origins import Origin, origin
from app.calls.presenting import call_object
from app.calls.reading import history, turns_of
from app.cast import YOU
from app.dashboard.conversation import conversation, in_parts, unfinished
from app.dashboard.outcomes import ANSWERED, CAUSES, outcome
from app.dashboard.wording import moment, span
from app.models.call import Call, Turn
from app.webhooks.of_call import Told, told

LONG: Final = 20_000  # characters that were said
HEARD: Final = 10  # deliveries under way that the page is told of

_NOTHING: Final = {
    "scheduled": "Nothing yet: this call is placed at its time.",
    "initiated": "Nothing yet: the call is being placed.",
    "ringing": "Nothing yet: the phone rings.",
    "in-progress": "Nothing yet: somebody has just picked up.",
}


def shown(call: Call, since: int = 0) -> dict[str, Any]:
    """All that the page tells of a call, in four queries; `since` is the first part of what was said that it lacks."""
    turns = turns_of([call.id])[call.id]
    parts = in_parts(conversation(call, turns), since)
    events = told(call.id)
    return {
        "call": call,
        "open": call.status not in ENDED,
        "yours": call.to_number == YOU and call.status not in ENDED,
        "can_cancel": call.outcome is None and call.hangup_reason is None,
        "hanging_up": call.outcome is None and call.hangup_reason is not None,
        "under_way": call.status in ("ringing", "in-progress"),
        "outcome": outcome(call),
        "parts": parts,
        "since": unfinished(parts),
        "nothing": _NOTHING.get(call.status, "Nothing was said."),
        "facts": _facts(call, origin(call.id)),
        "history": [(change.status, CAUSES.get(change.cause, change.cause), change.at) for change in history(call.id)],
        "events": events,
        "topics": _topics(call, events),
        "as_json": _as_json(call, turns),
    }


def _as_json(call: Call, turns: list[Turn]) -> str:
    """As the API shows it; nothing while a long call lasts, as it would be sent with every turn."""
    if call.status not in ENDED and sum(len(turn.text) for turn in turns) > LONG:
        return ""
    return json.dumps(call_object(call, turns), indent=2, ensure_ascii=False)


def _topics(call: Call, events: list[Told]) -> str:
    """What the page listens to: the call until it has ended, deliveries until they have come to an end."""
    heard = [f"call:{call.id}"] if call.status not in ENDED else []
    pending = [one.id for event in events for one in event.deliveries if one.status == "pending"]
    return " ".join(heard + [f"delivery:{id}" for id in pending[:HEARD]])


def _facts(call: Call, asked: Origin) -> list[tuple[str, str]]:
    answered = ANSWERED[call.answered_by]
    facts = [
        ("Kind", "Test call: it rings nobody and costs nothing." if call.mode == "test" else "Live call"),
        ("To", call.to_number),
        ("From", call.from_number),
        ("Asked for", f"{moment(call.created_at)}, {_asker(asked)}"),
        ("To be placed", moment(call.call_at)) if call.call_at else None,
        ("Answered", f"{moment(call.started_at)}" + (f", by {answered}" if answered != "–" else ""))
        if call.started_at
        else None,
        ("Ended", moment(call.ended_at)) if call.ended_at else None,
        ("Duration", span(call.duration)) if call.started_at and call.ended_at else None,
        ("Cost", _cost(call)) if call.summary is not None else None,
        ("Attempt", str(call.attempt)),
    ]
    return [fact for fact in facts if fact]


def _cost(call: Call) -> str:
    return f"{dollars(call.cost)}, not charged" if call.mode == "test" and call.cost else dollars(call.cost)


def _asker(asked: Origin) -> str:
    if asked.enrolment_id:
        return f"by the CRM {asked.crm}"
    return f"in the batch {asked.batch_id}" if asked.batch_id else "by the API or here"

"""What the playground shows: examples to begin with, who can be called, and a call while it happens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.calls.being_called import phone_of
from app.calls.lifecycle import ENDED
from app.calls.ports import HandsetState
from app.calls.reading import turns_of
from app.cast import CAST, YOU
from app.dashboard.context import context
from app.dashboard.conversation import Said, conversation, in_parts, unfinished
from app.dashboard.outcomes import outcome
from app.models.call import Call
from app.web.connection import lent

MOST_TYPED: Final = 1000


@dataclass(frozen=True, slots=True)
class Example:
    """Words to begin with."""

    name: str
    instructions: str
    first_message: str = ""


EXAMPLES: Final = {
    "order": Example(
        "Order a pizza",
        "Call Joe's Pizza and order a large pepperoni pizza for pickup at 7pm under the name Jane. "
        "Ask for the total price and when it will be ready.",
        "Hi, I'd like to place an order for pickup, please.",
    ),
    "table": Example(
        "Book a table",
        "Book a table for two tonight at 8pm under the name Jane. Ask whether there is parking nearby. "
        "If 8pm is taken, any time after 7pm will do.",
    ),
    "reminder": Example(
        "Remind of an appointment",
        "Remind Sam of the appointment at the dentist on Friday at 10am. Ask whether that still suits. "
        "If not, ask which day would be better.",
        "Hello, this is a call from Dr. Lee's practice.",
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """Something worth trying: an example, and who is called with it."""

    name: str
    example: str
    number: str


CASES: Final = (
    Case("Voicemail answers", "reminder", "+15550100004"),
    Case("Somebody interrupts", "order", "+15550100006"),
    Case("A menu wants keys pressed", "table", "+15550100008"),
    Case("Somebody asks for a person", "reminder", "+15550100007"),
    Case("Somebody wants no more calls", "reminder", "+15550100015"),
    Case("Nobody says a word", "order", "+15550100009"),
)
_ROLES: Final = {role.number: role for role in CAST}
HELPFUL: Final = CAST[0]  # as everybody is whose number is not among them


def choices() -> list[tuple[str, str]]:
    """Who can be called: you first, then the people of the sandbox."""
    others = [role for role in CAST if role.number != YOU]
    return [(role.number, f"{role.name}: {role.happens}") for role in (_ROLES[YOU], *others)]


def first(example: str, number: str, earlier: Call | None) -> dict[str, str]:
    """What the fields hold at first: an earlier call's words, or an example's."""
    if earlier is not None:
        number = earlier.to_number if earlier.to_number in _ROLES else HELPFUL.number
        words = {"instructions": earlier.instructions, "firstMessage": earlier.first_message or ""}
    else:
        chosen = EXAMPLES.get(example) or EXAMPLES["order"]
        words = {"instructions": chosen.instructions, "firstMessage": chosen.first_message}
    return words | {"phoneNumber": number if number in _ROLES else YOU}


def shown(call: Call, since: int = 0) -> dict[str, Any]:
    """One call as the playground watches it, which has what was said before part `since`.

    Meanwhile the sandbox is asked, where somebody types in it.
    """
    said = conversation(call, turns_of([call.id])[call.id])
    phone = phone_of(call, context().handset)
    state = None
    if phone is not None:
        with lent():
            state = phone.look()
    own, open = call.to_number == YOU, call.status not in ENDED
    role = _ROLES.get(call.to_number, HELPFUL)
    parts = in_parts([replace(turn, by="You") if own and not turn.agent else turn for turn in said], since)
    return {
        "call": call,
        "own": own,
        "open": open,
        "lost": phone is not None and state is None,
        "stage": state.stage if state else "",
        "speaks": state is not None and state.agent_speaks,
        "parts": parts,
        "since": unfinished(parts),
        "now": _now(call, said, state),
        "outcome": outcome(call),
        "who_answers": role.name,
        "happens": role.happens,
        "most_typed": MOST_TYPED,
    }


def _now(call: Call, said: Sequence[Said], state: HandsetState | None) -> str:
    """What happens at this moment, in a few words."""
    if call.outcome or call.hangup_reason:
        return "" if call.status in ENDED else "The call is ending."
    if state is not None and state.stage == "rings":
        return "Your phone rings."
    if state is not None and state.stage == "talks" and not said:
        return "You have picked up."
    if call.status != "in-progress":
        return {"ringing": "The phone rings.", "scheduled": ""}.get(call.status, "The call is being placed.")
    if state is not None and state.agent_speaks:
        return "The agent speaks. What you say now interrupts it."
    if said and not said[-1].agent:
        return "The agent thinks."
    return "It is your turn." if state is not None else ""

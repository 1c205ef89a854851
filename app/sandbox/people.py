"""The people (and machines) behind the sandbox's numbers, and what each says."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

FAILING_PHRASE: Final = "Please tell me about the purple elephant protocol."


@dataclass(frozen=True, slots=True)
class Says:
    text: str


@dataclass(frozen=True, slots=True)
class HangsUp:
    """Puts the phone down, having said `text` first."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class StaysSilent:
    pass


Reaction = Says | HangsUp | StaysSilent
Respond = Callable[[int, str], Reaction]  # the number of the agent's turn from 0, and what was heard of it


@dataclass(frozen=True, slots=True)
class Callee:
    """How a number answers. `interrupts_at` is the agent's turn that is cut in the middle."""

    respond: Respond
    rings_seconds: float = 1.0
    line: Literal["answers", "busy", "no-answer"] = "answers"
    answered_by: Literal["human", "machine_start"] = "human"
    greets: str = ""
    interrupts_at: int | None = None
    menu_key: str | None = None


def cooperative(turn: int, heard: str) -> Reaction:
    """Answers what is asked, agrees to what is wished, and says goodbye back."""
    if _GOODBYE.search(heard):
        return Says("Thanks, goodbye!")
    for pattern, reply in _REPLIES:
        if pattern.search(heard):
            return Says(reply)
    return Says("Hello, who is calling?" if turn == 0 and len(heard.split()) < 3 else "Okay, got it. Anything else?")


_GOODBYE: Final = re.compile(r"\b(good ?bye|bye)\b", re.I)
_REPLIES: Final = tuple(
    (re.compile(pattern, re.I), reply)
    for pattern, reply in (
        (r"is that (right|correct)|correct\?|right\?", "Yes, that's right."),
        (r"are you still there", "Yes, sorry, I'm here."),
        (r"place an order|like to order(?! an?\b| the\b| two| some| \d)", "Sure, what can I get for you?"),
        (r"(how much|the price|cost|total)", "That comes to eighteen dollars and fifty cents."),
        (r"\b(order|pick ?up|deliver)", "Of course. That comes to $18.50 and will be ready at seven. Anything else?"),
        (r"\b(open|hours|closing|close)\b", "Yes, we're open from ten in the morning until six."),
        (r"\b(table|reserv|book|appointment|schedule)", "Yes, that works. I've put it in the book. Anything else?"),
        (r"\b(name|who am i speaking|speaking with)\b.*\?", "My name is Sam."),
        (r"\b(when|what time)\b", "It will be ready at seven."),
        (r"\b(remind|let you know|tell you|inform)", "Thanks for telling me. I'll note it down. Anything else?"),
        (r"\b(can|could|would|do|does|is|are|will|have|has)\b[^.!]*\?", "Yes, that's fine with us. Anything else?"),
    )
)


def _hangs_up_in_the_middle(turn: int, heard: str) -> Reaction:
    return HangsUp("Sorry, I have to go.") if turn >= 1 else cooperative(turn, heard)


def _asks_for_a_human(turn: int, heard: str) -> Reaction:
    return Says("I'd rather speak to a real person, please.") if turn == 0 else cooperative(turn, heard)


def _stays_silent(_turn: int, _heard: str) -> Reaction:
    return StaysSilent()


def _confuses_the_model(turn: int, heard: str) -> Reaction:
    return Says(FAILING_PHRASE) if turn == 0 else cooperative(turn, heard)


def _never_again(turn: int, heard: str) -> Reaction:
    return Says("Please never call me again. Take me off your list.") if turn == 0 else cooperative(turn, heard)


def _voicemail(turn: int, _heard: str) -> Reaction:
    if turn == 0:
        return Says("You have reached the voicemail of Sam. Please leave a message after the beep.")
    return StaysSilent()


_DEFAULT: Final = Callee(cooperative)
_BY_NUMBER: Final = {
    "+15550100001": Callee(cooperative, rings_seconds=3.0),
    "+15550100002": Callee(cooperative, line="busy"),
    "+15550100003": Callee(cooperative, line="no-answer"),
    "+15550100004": Callee(_voicemail, answered_by="machine_start"),
    "+15550100005": Callee(_hangs_up_in_the_middle),
    "+15550100006": Callee(cooperative, interrupts_at=1),
    "+15550100007": Callee(_asks_for_a_human),
    "+15550100008": Callee(
        cooperative, greets="Welcome. For orders and reservations, press 1. For anything else, press 2.", menu_key="1"
    ),
    "+15550100009": Callee(_stays_silent),
    "+15550100014": Callee(_confuses_the_model),
    "+15550100015": Callee(_never_again),
}

REFUSED: Final = "+15550100010"
FAILS: Final = "+15550100011"
THROTTLED: Final = "+15550100012"
SILENT: Final = "+15550100013"


def callee_at(number: str) -> Callee:
    return _BY_NUMBER.get(number, _DEFAULT)

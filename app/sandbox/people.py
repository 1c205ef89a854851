"""The people (and machines) behind the sandbox's numbers, and what each says."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from app.cast import YOU

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
    """How a number answers; a `typed` one is answered by a person at a keyboard (`app.sandbox.typist`).

    `interrupts_at` is the agent's turn that is cut in the middle.
    """

    respond: Respond
    rings_seconds: float = 1.0
    line: Literal["answers", "busy", "no-answer", "typed"] = "answers"
    answered_by: Literal["human", "machine_start"] = "human"
    greets: str = ""
    interrupts_at: int | None = None
    menu_key: str | None = None


def cooperative(turn: int, heard: str) -> Reaction:
    """Answers what is asked, agrees to what is wished, and says goodbye back."""
    heard = heard[:_LONGEST]
    if _GOODBYE.search(heard):
        return Says("Thanks, goodbye!")
    if len(heard.split()) < 3:
        return Says("Hello, who is calling?")
    for pattern, reply in _REPLIES:
        if pattern.search(heard):
            return Says(reply)
    if "?" in heard:
        return Says(_answer(heard))
    for pattern, reply in _AGREEMENTS:
        if pattern.search(heard):
            at = _TIME.search(heard)
            return Says(f"{reply.format(f' for {at[1]}' if at else '')} Anything else?")
    wishes_nothing_yet = turn == 0 and "calling about" not in heard
    return Says("Hello, how can I help you?" if wishes_nothing_yet else "Okay, got it. Anything else?")


def _answer(question: str) -> str:
    """To everything that is asked for in one question, as one sentence."""
    found = [answer for pattern, answer in _ANSWERS if pattern.search(question)][:2]
    if not found:
        return "I'm not sure, I'd have to ask a colleague." if _OPEN.search(question) else "Yes, I believe so."
    return f"{', and '.join([found[0], *(answer[:1].lower() + answer[1:] for answer in found[1:])])}."


_LONGEST: Final = 2000
_GOODBYE: Final = re.compile(r"\b(good ?bye|bye)\b", re.I)
_OPEN: Final = re.compile(r"\b(what|which|who|why|how|where|when)\b", re.I)
_TIME: Final = re.compile(r"\b(?:at|for) (\d{1,2}(?::\d\d)? ?(?:[ap]m|o'clock)?)(?![\w:])", re.I)


def _table(*rows: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.I), text) for pattern, text in rows)


_REPLIES: Final = _table(
    (r"is that (right|correct)\?", "Yes, that's right."),
    (r"are you still there", "Yes, sorry, I'm here."),
    (r"place an order|like to order(?: for [a-z]+)?(?:,? please)?\.", "Sure, what can I get for you?"),
    (r"could you please", "Of course, I'll do that. Anything else?"),
)
_ANSWERS: Final = _table(
    (r"\b(how much|prices?|costs?|total|fees?|rates?)\b", "That comes to $18.50"),
    (r"\b(open|opening|hours|clos(e|es|ed|ing))\b", "We're open from ten in the morning until six"),
    (
        r"\b(table|rooms?|reserv\w+|appointments?|slots?|free|available|availability)\b",
        "Yes, there is something free then",
    ),
    (r"\b(ready|pick(ed)? ?up)\b", "It will be ready on time"),
    (r"\b(parking|where|address)\b", "We're at 12 Main Street, with parking behind the house"),
    (r"\b(name|who)\b", "My name is Sam"),
    (r"\b(in stock|have any|do you have)\b", "Yes, we have that here"),
    (r"\b(paid|pay)\b", "It will be paid on Friday"),
    (
        r"\b(when|what time|date|deadline)\b(?!.*\b(ready|pick|deliver|open|clos|pay|paid))",
        "That will be on Friday at ten",
    ),
    (r"\bhow (the|your) day\b", "It was a good day, thank you"),
)
_AGREEMENTS: Final = _table(
    (r"\bcancel", "All right, that is canceled."),
    (r"\b(table|rooms?|reserv|book|appointment|schedul)", "Yes, that works. I've put it in the book{}."),
    (r"\b(order|pizzas?|pick ?up|deliver)", "Of course. I've put that down{}."),
    (r"\bwish you", "Thank you, the same to you."),
    (r"\b(remind you|let you know|tell you|thank you)\b", "Thanks for telling me, I'll note it down."),
    (r"\b(I'd like|I would like)\b", "Of course, I've noted that{}."),
)


def _hangs_up_in_the_middle(turn: int, heard: str) -> Reaction:
    return HangsUp("Sorry, I have to go.") if turn >= 1 else cooperative(turn, heard)


def _asks_for_a_human(turn: int, heard: str) -> Reaction:
    return Says("I'd rather speak to a real person, please.") if turn == 0 else cooperative(turn, heard)


def _interrupts(turn: int, heard: str) -> Reaction:
    return Says("Sorry to interrupt, could you say that again?") if turn == 1 else cooperative(turn, heard)


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
    "+15550100006": Callee(_interrupts, interrupts_at=1),
    "+15550100007": Callee(_asks_for_a_human),
    "+15550100008": Callee(
        cooperative, greets="Welcome. For orders and reservations, press 1. For anything else, press 2.", menu_key="1"
    ),
    "+15550100009": Callee(_stays_silent),
    "+15550100014": Callee(_confuses_the_model),
    "+15550100015": Callee(_never_again),
    YOU: Callee(_stays_silent, line="typed"),
}

REFUSED: Final = "+15550100010"
FAILS: Final = "+15550100011"
THROTTLED: Final = "+15550100012"
SILENT: Final = "+15550100013"


def callee_at(number: str) -> Callee:
    return _BY_NUMBER.get(number, _DEFAULT)

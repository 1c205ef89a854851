"""Reads instructions: what to say on the call, sentence by sentence, addressed to the callee. Pure.

Instructions come from anybody. Every pattern runs over a text of bounded length in which single spaces part the
words, and none has two ways to match the same spaces: the time it takes is bounded, too.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from app.sandbox.model.wording import spoken, spoken_detail, spoken_topic

MOST_TASKS: Final = 8
LONGEST: Final = 5000

_VERBS: Final = (
    "apologi[sz]e|arrange|ask|book|buy|cancel|change|check|complain|confirm|congratulate|discuss|enquire|explain|find|"
    "get|inform|inquire|invite|leave|let|make|mention|move|negotiate|notify|offer|order|pick|place|purchase|remind|"
    "rent|report|request|reschedule|reserve|return|say|schedule|see|set|sign|tell|thank|verify|wish"
)
_CALL: Final = re.compile(
    rf"(?:please )?(?:call|phone|ring|contact)(?: [^,.;]{{1,200}}?)?,? (?:and|to) (?=(?:{_VERBS})\b)", re.I
)
_SPLIT: Final = re.compile(rf"(?<=[.!?;]) |,? (?:and|then) (?=(?:then )?(?:{_VERBS})\b)", re.I)
_LEAD: Final = re.compile(r"^(?:(?:please|try to|politely|kindly|also|and|then|first|next|finally),? )+", re.I)
_TASK: Final = re.compile(rf"(?:{_VERBS})\b|(?:i|we)(?:'d| would)? (?:like|want|need|wish)\b|.*\?$", re.I)
_WANTED: Final = re.compile(r"^(?:i|we)(?:'d| would)? (?:like|want|need|wish) to ", re.I)
_GUIDANCE: Final = re.compile(
    r"(?:accept|always|answer|avoid|be|call|contact|do|don['’]t|end|greet|hang|if|introduce|keep|never|note|only|phone|"
    r"remember|ring|speak|start|stay|try|unless|use|wait|when|you|your)\b",
    re.I,
)

Kind = Literal["task", "guidance", "detail"]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that instructions hold: something to do, advice to the agent, or a detail of what is to be done."""

    kind: Kind
    text: str


def section(text: str, tag: str) -> str:
    """What stands between <tag> and </tag>, each on a line of its own; "" without."""
    _, _, rest = text.partition(f"<{tag}>\n")
    return rest.partition(f"\n</{tag}>")[0]


def callee_of(prompt: str) -> str | None:
    """Whom the prompt says is called."""
    found = re.search(r"^(?:You are calling|The agent called) ‹?(.+?)›?\.$", prompt, re.M)
    return found[1] if found else None


def parts(instructions: str) -> list[Part]:
    """Everything that the instructions hold, in their order."""
    text = _plain(instructions)
    if called := _CALL.match(text):
        text = text[called.end() :]
    pieces = (_LEAD.sub("", piece.strip(" .;!,")) for piece in _SPLIT.split(text))
    return [Part(_kind(piece), piece) for piece in pieces if piece]


def tasks(instructions: str) -> list[str]:
    """What has to be said, one or more sentences for each thing to accomplish; at most eight."""
    said: list[str] = []
    details: list[str] = []
    for part in parts(instructions):
        if part.kind == "task":
            said.append(spoken(part.text))
        elif part.kind == "detail":
            details.append(part.text)
        if said and details:
            said[-1] = " ".join([said[-1], *map(spoken_detail, details)])
            details = []
    topics = [spoken_topic(detail) for detail in details[:1]]  # left over, so there is nothing to do
    return said[:MOST_TASKS] or topics or ["I'd like to talk with you for a moment."]


def purpose(instructions: str) -> str | None:
    """The first thing to accomplish as the end of "called … to …": "order a large pepperoni for pickup at 7pm"."""
    first = next((part.text for part in parts(instructions) if part.kind == "task"), None)
    if first is None or first.endswith("?"):
        return first and f"ask: {first.rstrip('?')}"
    wanted = _WANTED.sub("", first)
    return wanted[:1].lower() + wanted[1:]


def name_in(instructions: str) -> str | None:
    """The name that the instructions give for a booking or an order."""
    found = re.search(
        r"\b(?:under (?:the )?name(?: of)?|name is|in the name of|for) ([A-Z][a-z]+(?: [A-Z][a-z]+)?)",
        _plain(instructions),
    )
    return found[1] if found else None


def _plain(text: str) -> str:
    return " ".join(re.sub("[‹›]", "", text[:LONGEST]).split())


def _kind(piece: str) -> Kind:
    if _TASK.match(piece):
        return "task"
    return "guidance" if _GUIDANCE.match(piece) else "detail"

"""Reads instructions: what to say on the call, sentence by sentence, in the first person. Pure."""

import re
from typing import Final

_BETWEEN: Final = re.compile(r"<(?P<tag>instructions|transcript)>\n?(?P<text>.*?)\n?</(?P=tag)>", re.S)
_CALL_AND: Final = re.compile(
    r"^(?:please\s+)?(?:call|phone|ring|contact)\s+(?P<who>[^,.;]+?)(?:\s*,)?\s+(?:and|to)\s+", re.I
)
_SPLIT: Final = re.compile(
    r"(?<=[.!?;])\s+|,?\s+(?:and|then)\s+(?:then\s+)?"
    r"(?=(?:ask|book|order|confirm|tell|remind|find|request|reserve|check|cancel|let|say|make|inform)\b)",
    re.I,
)
_ABOUT_ME: Final = ((r"\bthey are\b", "you are"), (r"\bthey\b", "you"), (r"\btheir\b", "your"), (r"\bthem\b", "you"),
                    (r"\bmy\b", "my"))  # fmt: skip
_WISHES: Final = ("order", "book", "reserve", "schedule", "cancel", "request", "make", "get", "buy", "confirm", "check")


def section(text: str, tag: str) -> str:
    """What stands between <tag> and </tag>; "" without."""
    return next((found["text"] for found in _BETWEEN.finditer(text) if found["tag"] == tag), "")


def callee_of(prompt: str) -> str | None:
    found = re.search(r"(?:You are calling|The agent called) ([^\n]+?)\.\n", prompt)
    return found[1] if found else None


def purpose(instructions: str) -> str:
    """The first of the instructions as the end of "called … to …": "order a large pepperoni for pickup at 7pm"."""
    text = re.split(r"(?<=[.!?])\s", _CALL_AND.sub("", instructions.strip()))[0]
    return (text[:1].lower() + text[1:]).rstrip(". ")


def tasks(instructions: str) -> list[str]:
    """What has to be said, one sentence for each thing to accomplish; at most eight."""
    text = _CALL_AND.sub("", instructions.strip())
    parts = [part.strip(" .;!") for part in _SPLIT.split(text) if part and part.strip(" .;!")]
    return [_spoken(part) for part in parts[:8]] or ["I'd like to talk with you for a moment."]


def _spoken(task: str) -> str:
    """One task in the first person, addressed to the callee."""
    task = task[:400]
    for pattern, word in _ABOUT_ME:
        task = re.sub(pattern, word, task, flags=re.I)
    lowered = task[:1].lower() + task[1:]
    if asked := re.match(
        r"(?:ask|find out|check)\s+(?:(?:you|him|her)\s+)?(whether|if|when|how|what|where|who|why)\b(.*)", task, re.I
    ):
        return f"Could you tell me {asked[1].lower()}{asked[2]}?"
    if asked := re.match(r"ask\s+(?:(?:you|him|her)\s+)?(?:for\s+|(?=(?:about|the|your|a|an)\s))(.*)", task, re.I):
        return f"Could you tell me {asked[1]}?"
    if asked := re.match(r"ask\s+(?:(?:you|him|her)\s+)?to\s+(.*)", task, re.I):
        return f"Could you please {asked[1]}?"
    if told := re.match(
        r"(?:tell|remind|inform|let)\s+(?:you|him|her|\w+)\s+(?:know\s+)?(?:that\s+|of\s+|about\s+)?(.*)", task, re.I
    ):
        return f"I wanted to let you know: {told[1]}."
    if lowered.split(" ", 1)[0] in _WISHES:
        return f"I'd like to {lowered}, please."
    return f"I'm calling about this: {task}."


def name_in(instructions: str) -> str | None:
    """The name that the instructions give for a booking or an order."""
    found = re.search(
        r"\b(?:under (?:the )?name(?: of)?|name is|in the name of|for)\s+([A-Z][a-z]+(?:\s[A-Z][a-z]+)?)", instructions
    )
    return found[1] if found else None

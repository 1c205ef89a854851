"""Words one thing to accomplish as a caller says it. Pure; single spaces part the words of what is given."""

import re
from typing import Final

LONGEST: Final = 400

_ADDRESSED: Final = tuple(
    (re.compile(pattern, re.I), word)
    for pattern, word in (
        (r"\b(?:they|he|she) (?:are|is)\b", "you are"),
        (r"\b(?:they|he|she) (?:have|has)\b", "you have"),
        (r"\b(?:they|he|she)\b", "you"),
        (r"\b(?:their|his)\b", "your"),
        (r"\b(?:them|him)\b", "you"),
    )
)
_FACTS: Final = (
    "address|amount|availability|balance|code|costs?|dates?|deadline|details|earliest|email|fees?|hours|latest|menu|"
    "name|number|prices?|rates?|reason|status|times?|total|way"
)
_SOME: Final = r"(?:an?|some|one|two|three|four|five|six|\d+)"
# The first that fits words the task: what is asked, what is told, and what is wished.
_FORMS: Final = tuple(
    (re.compile(pattern, re.I), form)
    for pattern, form in (
        (
            r"(?:ask|find out|check|confirm|verify|see|inquire|enquire)(?: \w+)?"
            r" (whether|if|when|how|what|which|where|who|why)\b(.*)",
            r"Could you tell me \1\2?",
        ),
        (
            rf"(?:ask|request)(?: \w+)? (?:for|about) ((?:the|your|any) (?=(?:[\w'’]+ ){{0,2}}(?:{_FACTS})\b).*)",
            r"Could you tell me \1?",
        ),
        (rf"ask(?: \w+)? for ({_SOME} .*)", r"I'd like \1, please."),
        (r"ask(?: \w+)? for (.*)", r"I'd like to ask for \1, please."),
        (r"(?:ask|tell)(?: \w+)? to (.*)", r"Could you please \1?"),
        (r"(?:ask|inquire|enquire)(?: \w+)? about (.*)", r"Could you tell me about \1?"),
        (r"(?:ask|find out) (.*)", r"Could you tell me \1?"),
        (r"remind(?: \w+)? ((?:that|of|about|to)\b.*)", r"I wanted to remind you \1."),
        (r"(?:tell|inform|notify|let) \w+ (?:know )?((?:of|about) .*)", r"I wanted to tell you \1."),
        (r"(?:tell|inform|notify|let) \w+ (?:know )?(?:that )?(.*)", r"I wanted to let you know that \1."),
        (r"(?:say|mention|explain|report|leave a message) that (.*)", r"I wanted to let you know that \1."),
        (r"(?:say|mention) (.*)", r"I wanted to say \1."),
        (r"thank (?:you |her )?(.*)", r"I wanted to thank you \1."),
        (r"wish (?:you |her )?(.*)", r"I wish you \1."),
        (r"((?:apologi[sz]e|complain|congratulate|invite|offer)\b.*)", r"I'd like to \1."),
        (r"(?:i|we)(?:'d| would)? (?:like|want|need|wish) (.*)", r"I'd like \1, please."),
    )
)


def spoken(task: str) -> str:
    """One task, addressed to the callee: "Ask whether they are open" is "Could you tell me whether you are open?"."""
    text = task[:LONGEST].rstrip("?")
    for pattern, word in _ADDRESSED:
        text = pattern.sub(word, text)
    for pattern, form in _FORMS:
        if found := pattern.fullmatch(text):
            return found.expand(form)
    if task.endswith("?"):
        return f"{text}?"
    return f"I'd like to {text[:1].lower()}{text[1:]}, please."


def spoken_detail(detail: str) -> str:
    """A detail as a sentence of its own. What is the caller's own is not claimed by the agent."""
    text = re.sub(r"^(?:my|our|his|her|their) ", "the ", detail[:LONGEST], flags=re.I)
    return f"{text[:1].upper()}{text[1:]}."


def spoken_topic(topic: str) -> str:
    """What names no thing to do."""
    return f"I'm calling about this: {topic[:LONGEST]}."

"""What the sandbox's model says next. Pure: the messages and the offered tools in, an answer out."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.sandbox.model.reading import callee_of, name_in, purpose, section, tasks
from app.sandbox.people import FAILING_PHRASE

Message = dict[str, str]


class Fails(Exception):
    """The model breaks down, as real ones do."""


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    tools: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


LONGEST: Final = 2000  # of what is heard, more is not looked at

_NEVER_AGAIN: Final = re.compile(
    r"\b(never|not|don't|stop)\b[^.]{0,60}\b(call|calling|phone)\b|off your list|unsubscribe", re.I
)
_PERSON: Final = re.compile(r"\b(real person|human|speak to (?:a|some)|someone real|manager)\b", re.I)
_ROBOT: Final = re.compile(r"\b(robot|an? ai|machine|computer|bot)\b[^?]{0,60}\?", re.I)
_MENU: Final = re.compile(r"press (\d|\*|#)", re.I)
_GOODBYE: Final = re.compile(r"\b(good ?bye|bye)\b", re.I)
_ASKS_NAME: Final = re.compile(r"\b(what|which|your|whose)\b[^.]{0,60}\bname\b|who('s| is) (this|calling|it)", re.I)
_ASKS_MORE: Final = re.compile(r"\banything else\?", re.I)
_FACT: Final = re.compile(
    r"\d|\b(six|seven|eight|nine|ten|dollars?|open|closed|ready|free|name|sunday|monday|friday)\b", re.I
)
_COURTESY: Final = re.compile(r"^(?:(?:yes|no|sure|of course|all right|okay)[,.!]? )+", re.I)
_RETURNED: Final = tuple(
    (re.compile(pattern, re.I), word)
    for pattern, word in (
        (r"\b(?:we|I)'re\b|\bI'm\b", "you're"),
        (r"\b(?:we|I)'ve\b", "you've"),
        (r"\b(?:we|I)'ll\b", "you'll"),
        (r"\b(?:we|I)\b", "you"),
        (r"\b(?:my|our)\b", "your"),
        (r"\bus\b", "you"),
    )
)


def opening(messages: Sequence[Message]) -> Answer:
    """The first line of a call: a greeting and its purpose."""
    return Answer(f"Hello! {tasks(section(messages[0]['content'], 'instructions'))[0]}")


def reply(messages: Sequence[Message], tools: Collection[str]) -> Answer:
    """The next turn, given all that was said. Raises Fails on the phrase that breaks the model."""
    heard = messages[-1]["content"][:LONGEST] if messages[-1]["role"] == "user" else ""
    if FAILING_PHRASE in heard:
        raise Fails
    return _special(heard, tools) or _next(heard, messages, tools)


def _special(heard: str, tools: Collection[str]) -> Answer | None:
    if _NEVER_AGAIN.search(heard):
        return _with("I'm sorry for the disturbance. You won't be called again. Goodbye.", "do_not_call", tools)
    if _PERSON.search(heard):
        text = "Of course. I'm an AI assistant and can't connect you, but I'll pass on that you want a person. Goodbye."
        return _with(text, "end_call", tools)
    if (menu := _MENU.search(heard)) and "press_keys" in tools:
        return Answer("", [("press_keys", {"keys": menu[1]})])
    if _GOODBYE.search(heard):
        return _with("Thank you. Goodbye!", "end_call", tools)
    return None


def _next(heard: str, messages: Sequence[Message], tools: Collection[str]) -> Answer:
    instructions = section(messages[0]["content"], "instructions")
    talk = _with_a_person(messages)
    said = " ".join(message["content"] for message in talk if message["role"] == "assistant")
    lead = "Yes, I'm an AI assistant. " if _ROBOT.search(heard) else ""
    if _ASKS_NAME.search(heard):
        lead += _name(messages[0]["content"])
    left = [sentence for sentence in tasks(instructions) if sentence not in said]
    more = bool(_ASKS_MORE.search(heard))
    if left:
        return Answer((lead or ("Yes, please. " if more else "Thank you. " if _FACT.search(heard) else "")) + left[0])
    lead += "No, that's all. " if more else ""
    if "Is that right?" not in said and (fact := _fact(talk)):
        return Answer(f"{lead}Just to confirm: {_returned(fact)} Is that right?")
    return _with(f"{lead}Thank you very much for your help. Goodbye!", "end_call", tools)


def _with_a_person(messages: Sequence[Message]) -> Sequence[Message]:
    """What was said since a machine's menu, if there was one."""
    menus = [place for place, message in enumerate(messages) if _is_menu(message)]
    return messages[menus[-1] + 1 :] if menus else messages


def _is_menu(message: Message) -> bool:
    return message["role"] == "user" and _MENU.search(message["content"]) is not None


def _with(text: str, tool: str, tools: Collection[str]) -> Answer:
    offered = tool if tool in tools else "end_call" if "end_call" in tools else None
    return Answer(text, [(offered, {})] if offered else [])


def _name(prompt: str) -> str:
    name = name_in(section(prompt, "instructions"))
    caller = re.search(r"You call on behalf of ([^\n]+)\.\n", prompt)
    if name:
        return f"The name is {name}. "
    return f"I'm calling on behalf of {caller[1]}. " if caller else "I'm calling on behalf of a customer. "


def _fact(talk: Sequence[Message]) -> str | None:
    """The last thing of substance that the callee said, without its question."""
    spoken = (_facts(message["content"]) for message in reversed(talk) if message["role"] == "user")
    return next((" ".join(facts) for facts in spoken if facts), None)


def _facts(text: str) -> list[str]:
    sentences = re.split(r"(?<=[.!?]) ", text[:LONGEST])
    return [s for s in sentences if _FACT.search(s) and not s.endswith("?") and len(s.split()) > 3]


def _returned(fact: str) -> str:
    """A fact as it is said back: "Yes, we're open until six." is "you're open until six."."""
    text = _COURTESY.sub("", fact)
    for pattern, word in _RETURNED:
        text = pattern.sub(word, text)
    return text[:1].lower() + text[1:]


def summary(material: str) -> str:
    """A few sentences about this call, from its instructions and transcript."""
    lines = [line.partition(": ") for line in section(material, "transcript").splitlines()]
    human = [text[:LONGEST] for role, _, text in lines if role == "human" and not _MENU.search(text)]
    wanted = purpose(section(material, "instructions"))
    called = f"Called {callee_of(material) or 'the callee'}{f' to {wanted}' if wanted else ''}."
    if any(_NEVER_AGAIN.search(text) for text in human):
        return f"{called} They asked not to be called again."
    if any(_PERSON.search(text) for text in human):
        return f"{called} They asked to speak with a person."
    answers = list(dict.fromkeys(fact for text in human for fact in _facts(text)))[:3]
    if answers:
        return f"{called} The answer: {' '.join(answers)}"
    return f"{called} {f'They said: {human[-1]}' if human else 'Nothing was answered.'}"

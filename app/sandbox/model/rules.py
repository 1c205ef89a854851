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


_NEVER_AGAIN: Final = re.compile(
    r"(never|not|don't|stop)\b[^.]*\b(call|calling|phone)\b|off your list|unsubscribe", re.I
)
_PERSON: Final = re.compile(r"\b(real person|human|speak to (?:a|some)|someone real|manager)\b", re.I)
_ROBOT: Final = re.compile(r"\b(robot|an? ai|machine|computer|bot)\b.*\?", re.I)
_MENU: Final = re.compile(r"press (\d|\*|#)", re.I)
_GOODBYE: Final = re.compile(r"\b(good ?bye|bye)\b", re.I)
_ASKS_NAME: Final = re.compile(r"\b(what|which|your|whose)\b[^.]*\bname\b|who('s| is) (this|calling|it)", re.I)
_FACT: Final = re.compile(r"\d|\b(seven|eight|nine|ten|six|dollars?|yes|no|open|closed|ready|sunday|monday)\b", re.I)


def opening(messages: Sequence[Message]) -> Answer:
    """The first line of a call: a greeting and its purpose."""
    return Answer(f"Hello! {tasks(section(messages[0]['content'], 'instructions'))[0]}")


def reply(messages: Sequence[Message], tools: Collection[str]) -> Answer:
    """The next turn, given all that was said. Raises Fails on the phrase that breaks the model."""
    heard = messages[-1]["content"] if messages[-1]["role"] == "user" else ""
    said = " ".join(message["content"] for message in messages if message["role"] == "assistant")
    if FAILING_PHRASE in heard:
        raise Fails
    wanted = tasks(section(messages[0]["content"], "instructions"))
    return _special(heard, tools) or _next(heard, said, wanted, messages, tools)


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


def _next(heard: str, said: str, wanted: Sequence[str], messages: Sequence[Message], tools: Collection[str]) -> Answer:
    lead = "Yes, I'm an AI assistant. " if _ROBOT.search(heard) else ""
    if _ASKS_NAME.search(heard):
        lead += _name(messages[0]["content"])
    left = [sentence for sentence in wanted if sentence not in said]
    if left:
        thanks = "Thank you. " if not lead and _FACT.search(heard) and said.count("?") else lead
        return Answer(thanks + left[0])
    if "Is that right?" not in said and (fact := _fact(messages)):
        return Answer(f"{lead}Let me repeat that: {fact} Is that right?")
    return _with(f"{lead}Perfect, thank you very much for your help. Goodbye!", "end_call", tools)


def _with(text: str, tool: str, tools: Collection[str]) -> Answer:
    offered = tool if tool in tools else "end_call" if "end_call" in tools else None
    return Answer(text, [(offered, {})] if offered else [])


def _name(prompt: str) -> str:
    name = name_in(section(prompt, "instructions"))
    caller = re.search(r"You call on behalf of ([^\n]+)\.\n", prompt)
    if name:
        return f"The name is {name}. "
    return f"I'm calling on behalf of {caller[1]}. " if caller else "I'm calling on behalf of a customer. "


def _fact(messages: Sequence[Message]) -> str | None:
    """The last thing of substance that the callee said, without its question."""
    for message in reversed(messages):
        if message["role"] == "user":
            sentences = [s.strip() for s in re.split(r"(?<=[.!?])\s+", message["content"])]
            facts = [s for s in sentences if _FACT.search(s) and not s.endswith("?") and len(s.split()) > 3]
            if facts:
                return " ".join(facts)
    return None


def summary(material: str) -> str:
    """A few sentences about this call, from its instructions and transcript."""
    lines = [line.partition(": ") for line in section(material, "transcript").splitlines()]
    human = [text for role, _, text in lines if role == "human"]
    answers = [
        sentence
        for text in human
        for sentence in re.split(r"(?<=[.!?])\s+", text)
        if _FACT.search(sentence) and len(sentence.split()) > 3 and not sentence.endswith("?")
    ]
    called = f"Called {callee_of(material) or 'the callee'} to {purpose(section(material, 'instructions'))}."
    if any(_NEVER_AGAIN.search(text) for text in human):
        return f"{called} They asked not to be called again."
    if any(_PERSON.search(text) for text in human):
        return f"{called} They asked to speak with a person."
    told = " ".join(dict.fromkeys(answers[:3])) or (f"They said: {human[-1]}" if human else "Nothing was answered.")
    return f"{called} The answer: {told}" if answers else f"{called} {told}"

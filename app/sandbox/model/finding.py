"""What a transcript answers to questions, found by the words that they share with what was said. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from app.sandbox.model.reading import section

MOST_TURNS: Final = 200
LONGEST: Final = 500

_NUMBERED: Final = re.compile(r"^\d{1,2}\. ", re.M)
_WORD: Final = re.compile(r"[a-z0-9]{2,30}")
_COMMON: Final = re.compile(
    "an?|and|any|are|at|be|by|can|could|did|do|does|for|from|get|has|have|her?|his|how|if|in|is|it|like|may|me|my|no|of|"
    "on|or|our|please|she|so|tell|that|the|their|them|then|there|they|this|to|us|want|was|we|what|when|where|whether|"
    "which|who|will|with|would|yes|you|your"
)
_CLOSING: Final = re.compile(r"\banything else\b|\bgood ?bye\b|\bwho is (?:this|calling)\b|\bhow can I help\b", re.I)


def answers(material: str) -> list[str]:
    """The callee's answer to each question of the material, in their order; "" where nothing said fits."""
    lines = [line.partition(": ") for line in section(material, "transcript").splitlines()[:MOST_TURNS]]
    said = [(role, text[:LONGEST]) for role, _, text in lines]
    replies = [(asked, told) for (one, asked), (other, told) in pairwise(said) if (one, other) == ("agent", "human")]
    questions = _NUMBERED.split(section(material, "questions"))[1:]
    return [_answer(" ".join(question.split()), replies) for question in questions]


def _answer(question: str, replies: Sequence[tuple[str, str]]) -> str:
    """What was replied to that which asked the most like it; the last, where several did."""
    wanted = _words(question)
    scored = [(len(wanted & _words(asked)), place) for place, (asked, _) in enumerate(replies)]
    best, place = max(scored, default=(0, 0))
    return _substance(replies[place][1]) if best else ""


def _words(text: str) -> set[str]:
    """The words that carry a meaning, without the endings of plurals and verbs."""
    found = (re.sub(r"(?:ing|es|s|ed)$", "", word) for word in _WORD.findall(text[:LONGEST].lower()))
    return {word for word in found if word and not _COMMON.fullmatch(word)}


def _substance(reply: str) -> str:
    kept = [one for one in re.split(r"(?<=[.!?]) ", reply) if not _CLOSING.search(one)]
    return " ".join(kept)

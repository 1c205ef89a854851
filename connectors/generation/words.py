"""Names and labels in the cases that platforms want."""

import re
from typing import Final

_SMALL: Final = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
)
_WITHIN_A_KEY: Final = re.compile(r"(?<=[a-z])(?=[A-Z0-9])")


def title_case(text: str) -> str:
    """`End reason` becomes `End Reason`; small words stay small in the middle, capitals stay capitals."""
    words = text.split(" ")
    inside = range(1, len(words) - 1)
    return " ".join(
        word if index in inside and word in _SMALL else word[:1].upper() + word[1:] for index, word in enumerate(words)
    )


def spoken(value: str) -> str:
    """`no-answer` becomes `No Answer`."""
    return title_case(re.sub(r"[-_.]", " ", value))


def snake_case(key: str) -> str:
    """`startCall` becomes `start_call`, and `question1` `question_1`."""
    return _WITHIN_A_KEY.sub("_", key).lower()


def kebab_case(key: str) -> str:
    """`startCall` becomes `start-call`, and `question1` `question-1`."""
    return _WITHIN_A_KEY.sub("-", key).lower()

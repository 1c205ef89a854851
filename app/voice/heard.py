"""What of an agent's turn was heard. Pure.

The carrier normalises what it speaks and cuts it where it likes, so letters and digits are compared and nothing else.
"""

import re
from typing import Final

_LETTER: Final = re.compile(r"\w")
_WORD: Final = re.compile(r"\w+")
_LAST_LETTERS: Final = 12


def heard_part(said: str, heard: str) -> str:
    """The beginning of `said` that `heard` (the carrier's own spelling of it) covers; `heard` itself if it differs."""
    count = len(_letters(heard))
    if count == 0:
        return ""
    if _letters(said)[:count] != _letters(heard):
        return heard.strip()
    place = [letter.end() for letter in _LETTER.finditer(said)][count - 1]
    rest = re.match(r"[^\w\s]*", said[place:])
    return said[: place + (rest.end() if rest else 0)].strip()


def heard_out(said: str, played: str) -> bool:
    """Whether `played` ends as `said` does; it may begin with what was said before."""
    last = _letters(said)[-_LAST_LETTERS:]
    return not last or _letters(played)[-len(last) :] == last


def speaking_seconds(text: str) -> float:
    """A careful guess of how long it takes to say `text` aloud."""
    return 1.0 + 0.45 * len(_WORD.findall(text))


def _letters(text: str) -> list[str]:
    return [letter.lower() for letter in _LETTER.findall(text)]

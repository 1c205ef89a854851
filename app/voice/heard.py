"""What of an agent's turn was heard. Pure."""

import re
from typing import Final

_WORD: Final = re.compile(r"\w+")


def heard_part(said: str, heard: str) -> str:
    """The beginning of `said` that `heard` (the carrier's own spelling of it) covers; `heard` itself if it differs.

    The carrier normalises what it speaks, so words are compared, not characters.
    """
    words = [word.lower() for word in _WORD.findall(heard)]
    if not words:
        return ""
    place = 0
    for word in words:
        found = _WORD.search(said, place)
        if found is None or found.group().lower() != word:
            return heard.strip()
        place = found.end()
    rest = re.match(r"[^\w\s]*", said[place:])
    return said[: place + (rest.end() if rest else 0)].strip()


def speaking_seconds(text: str) -> float:
    """A careful guess of how long it takes to say `text` aloud."""
    return 1.0 + 0.45 * len(_WORD.findall(text))

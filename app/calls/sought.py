"""What somebody types into the search of calls. Pure."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.calls.words import words
from app.errors import InvalidRequest

LONGEST: Final = 200
MOST_WORDS: Final = 12

_NUMBER: Final = re.compile(r"\+?[\d\s().\-/]*\d[\d\s().\-/]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sought:
    """A call's id; or the beginning of a number, and words of which the last may be the beginning of one."""

    call_id: UUID | None = None
    number: str | None = None
    words: tuple[str, ...] = ()


def read(text: str) -> Sought | None:
    """None where nothing was typed. Raises InvalidRequest, which blames `q`, for what nothing can be found by."""
    typed = text.strip()
    if not typed:
        return None
    if len(typed) > LONGEST:
        raise InvalidRequest(f"Search for {LONGEST} characters at most.", field="q")
    if call_id := _id(typed):
        return Sought(call_id)
    number = "+" + re.sub(r"\D", "", typed) if _NUMBER.fullmatch(typed) else None
    if number and typed.startswith("+"):
        return Sought(number=number)
    found = tuple(words(typed)[:MOST_WORDS])
    if not found:
        raise InvalidRequest("Search for words, the beginning of a number, or a call's id.", field="q")
    return Sought(number=number, words=found)


def beyond(number: str) -> str | None:
    """The first text after all numbers that begin like `number`, in the order of numbers; None where none is."""
    digits = number[1:]
    return None if set(digits) == {"9"} else "+" + str(int(digits) + 1).zfill(len(digits))


def _id(typed: str) -> UUID | None:
    try:
        return UUID(typed) if len(typed) == 36 else None
    except ValueError:
        return None

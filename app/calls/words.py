"""The words that calls are found by. Pure: the same rule cuts what was said and what is looked for.

It is PostgreSQL's dictionary `simple` for any language: words as they are, in small letters, and without accents, which
people leave out when they look for something.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.config import Mode

LONGEST_WORD: Final = 40
MOST_WORDS: Final = 6_000  # of one call: a tsvector of more than a megabyte is stored, and wrong

_WORD: Final = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text, in order: each cut after LONGEST_WORD letters."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [word[:LONGEST_WORD] for word in _WORD.findall(bare.casefold())]


def lexemes(account_id: UUID, mode: Mode, texts: Sequence[str | None]) -> list[str]:
    """What is kept of a call's texts: each word once, behind the account and the mode that it belongs to.

    So a word that everybody says costs a search within one account no more than it is said there.
    """
    distinct = dict.fromkeys(word for text in texts if text for word in words(text))
    return [_scope(account_id, mode) + word for word in list(distinct)[:MOST_WORDS]]


def query(account_id: UUID, mode: Mode, wanted: Sequence[str], *, whole: bool = False) -> str:
    """The tsquery for calls that hold all of these words; the last may be the beginning of one.

    With `whole` it leaves the last word out, and asks for whole words alone.
    """
    scope = _scope(account_id, mode)
    named = " & ".join(f"'{scope}{word}'" for word in (wanted[:-1] if whole else wanted))
    return named if whole else f"{named}:*"


def holds(text: str, wanted: Sequence[str]) -> bool:
    """Whether a text holds all of these words; the last may be the beginning of one."""
    there = words(text)
    return set(wanted[:-1]) <= set(there) and any(word.startswith(wanted[-1]) for word in there)


def _scope(account_id: UUID, mode: Mode) -> str:
    return f"{account_id.hex[:12]}{mode[0]}"

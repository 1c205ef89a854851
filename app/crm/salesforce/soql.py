"""Salesforce's query language: names and texts as it takes them. Pure."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)*")
_ESCAPED: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def names(candidates: Iterable[str]) -> tuple[str, ...]:
    """Those that can be names of fields, each once, in their order: a query must not carry anything else in."""
    return tuple(dict.fromkeys(name for name in candidates if _NAME.fullmatch(name)))


def quoted(text: str) -> str:
    """A text as a literal."""
    return f"'{''.join(_ESCAPED.get(char, char) for char in text)}'"


def moment(when: datetime) -> str:
    """A moment as a literal, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(texts: Iterable[str]) -> str:
    """Texts as what follows IN."""
    return f"({', '.join(quoted(text) for text in texts)})"

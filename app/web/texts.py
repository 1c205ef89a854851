"""Texts from outside: which ones can be kept, and how a sentence shows one."""

import json
import re
from typing import Final

from app.errors import InvalidRequest

_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")


def check_texts(value: object, field: str | None = None) -> None:
    """Refuse what JSON can spell and no text can hold: NUL, and halves of surrogate pairs. Raises InvalidRequest."""
    if isinstance(value, str):
        if _NO_TEXT.search(value):
            raise InvalidRequest(
                f"{field or 'A name in the body'} contains a NUL or half a character, which no text may hold.",
                field=field,
            )
    elif isinstance(value, dict):
        for name, content in value.items():
            check_texts(name, field)
            check_texts(content, field or name)
    elif isinstance(value, list):
        for content in value:
            check_texts(content, field)


def shown(name: str) -> str:
    """A name from outside, short enough for a sentence and quoted."""
    return json.dumps(name[:60], ensure_ascii=False)

"""Text from outside, on its way to a table or to a model. Pure."""

from typing import Final

OPENED: Final = "‹"
CLOSED: Final = "›"


def storable(text: str) -> str:
    """`text` without what JSON can name but PostgreSQL cannot hold: NUL, and halves of surrogate pairs."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def marked(text: str) -> str:
    """`text` in marks, as a value among instructions that somebody else has written. It can end neither its marks nor
    the part of a prompt that it stands in.
    """
    return f"{OPENED}{text.replace(OPENED, '').replace(CLOSED, '').replace('</', '< /')}{CLOSED}"

"""Text from outside, on its way to a table. Pure."""


def storable(text: str) -> str:
    """`text` without what JSON can name but PostgreSQL cannot hold: NUL, and halves of surrogate pairs."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode()

"""Texts cut to what Salesforce's fields hold. Pure."""

from typing import Final

_ELLIPSIS: Final = "…"


def fitting(text: str, limit: int) -> str:
    """`text` without control characters and in at most `limit` characters, as Salesforce counts them.

    It counts units of UTF-16, and a line break in a long text as the two that it stores.
    """
    clean = "".join(char for char in text.replace("\r\n", "\n") if char in "\n\t" or not _is_control(char))
    if sum(map(_size, clean)) <= limit:
        return clean
    kept, left = 0, limit - 1
    for char in clean:
        left -= _size(char)
        if left < 0:
            break
        kept += 1
    return clean[:kept].rstrip() + _ELLIPSIS


def _is_control(char: str) -> bool:
    return char < " " or "\x7f" <= char <= "\x9f"


def _size(char: str) -> int:
    return 2 if char == "\n" or char > "\uffff" else 1

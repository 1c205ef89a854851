"""Salesforce's record ids. Pure."""

import re
from typing import Final

_ID: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_CASES: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(text: str) -> str | None:
    """An id of 15 or 18 characters as the 18 that do not hang on upper and lower case; None where it is no id.

    The last three say which of the 15 are capitals: five of them each, the first as the lowest bit.
    """
    if not _ID.fullmatch(text):
        return None
    short = text[:15]
    fives = (short[start : start + 5] for start in range(0, 15, 5))
    return short + "".join(_CASES[sum(char.isupper() << place for place, char in enumerate(five))] for five in fives)

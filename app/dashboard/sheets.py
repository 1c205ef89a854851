"""CSV as spreadsheets read it (RFC 4180), with a byte order mark: without it Excel takes UTF-8 for something else."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from app.times import iso

MARK: Final = "\ufeff"
Cell = str | int | Decimal | datetime | None

# A spreadsheet takes what begins so for a formula, and does what it says.
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
# Where lists are written with semicolons, a spreadsheet begins a cell at each of them, and a row at each line break.
_WITHIN: Final = re.compile(r'([;\t\r\n])(?="*[=+\-@＝＋－＠])')
_NUMBER: Final = re.compile(r"\+[0-9]{7,15}")


def lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """These rows as lines of a file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def defused(text: str) -> str:
    """`text` with an apostrophe before what would be a formula; phone numbers stay as they are. Pure."""
    if _NUMBER.fullmatch(text):
        return text
    within = _WITHIN.sub(r"\1'", text)
    return f"'{within}" if _FORMULA.match(text) else within


def _written(cell: Cell) -> str | int | Decimal:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return iso(cell) or ""
    return defused(cell) if isinstance(cell, str) else cell

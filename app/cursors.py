"""Cursors of lists: the place of the last row shown, by its time and what tells rows of one moment apart."""

import base64
import binascii
from datetime import datetime
from typing import Any

from peewee import Tuple

from app.errors import InvalidRequest
from app.models.base import Table


def after(table: type[Table], cursor: str, key: str = "id") -> Any:
    """The condition for rows behind `cursor` in a list that runs from the newest row to the oldest.

    `key` names the column that tells rows of one moment apart. Raises InvalidRequest when the cursor is none of ours.
    """
    columns = table._meta.fields
    return Tuple(columns["created_at"], columns[key]) < Tuple(*place(table, cursor, key))


def later(table: type[Table], cursor: str, key: str = "id") -> Any:
    """Likewise in a list that runs from the oldest row to the newest; it blames the field `after`."""
    columns = table._meta.fields
    return Tuple(columns["created_at"], columns[key]) > Tuple(*place(table, cursor, key, "after"))


def next_cursor(found: list[Any], limit: int, key: str = "id") -> str | None:
    """The cursor behind the `limit`-th of the rows found; None when there are no more."""
    return cursor_of(found[limit - 1], key) if len(found) > limit else None


def cursor_of(row: Any, key: str = "id") -> str:
    """The cursor behind this row."""
    return cursor_at(row.created_at, getattr(row, key))


def cursor_at(created_at: datetime, id: Any) -> str:
    """The cursor behind the row of this time and id."""
    return base64.urlsafe_b64encode(f"{created_at.isoformat()} {id}".encode()).decode()


def place(table: type[Table], cursor: str, key: str = "id", field: str = "cursor") -> tuple[datetime, Any]:
    """The time and the key of the row that `cursor` lies behind. Raises InvalidRequest, which blames `field`."""
    try:
        moment, _, shown = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        if not shown.isprintable():
            raise ValueError(shown)
        return datetime.fromisoformat(moment), table._meta.fields[key].python_value(shown)
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest(f"{field} is not a cursor that a list returned as nextCursor.", field=field) from error

"""Cursors of lists that run from the newest row to the oldest: the place of the last row shown."""

import base64
import binascii
from datetime import datetime
from typing import Any

from peewee import Tuple

from app.errors import InvalidRequest
from app.models.base import Table


def after(table: type[Table], cursor: str, key: str = "id") -> Any:
    """The condition for rows behind `cursor`; `key` names the column that tells rows of one moment apart.

    Raises InvalidRequest when it is none of ours.
    """
    columns = table._meta.fields
    try:
        moment, _, shown = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        if not shown.isprintable():
            raise ValueError(shown)
        place = (datetime.fromisoformat(moment), columns[key].python_value(shown))
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest("cursor is not one that a list returned as nextCursor.", field="cursor") from error
    return Tuple(columns["created_at"], columns[key]) < Tuple(*place)


def next_cursor(found: list[Any], limit: int, key: str = "id") -> str | None:
    """The cursor behind the `limit`-th of the rows found; None when there are no more."""
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()} {getattr(last, key)}".encode()).decode()

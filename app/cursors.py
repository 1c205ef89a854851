"""Cursors of lists that run from the newest row to the oldest: the place of the last row shown."""

import base64
import binascii
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import Tuple

from app.errors import InvalidRequest
from app.models.base import Table


def after(table: type[Table], cursor: str) -> Any:
    """The condition for rows behind `cursor`. Raises InvalidRequest when it is none of ours."""
    try:
        moment, _, key = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        place = (datetime.fromisoformat(moment), UUID(key))
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest("cursor is not one that a list returned as nextCursor.", field="cursor") from error
    columns = table._meta.fields
    return Tuple(columns["created_at"], columns["id"]) < Tuple(*place)


def next_cursor(found: list[Any], limit: int) -> str | None:
    """The cursor behind the `limit`-th of the rows found; None when there are no more."""
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()} {last.id}".encode()).decode()

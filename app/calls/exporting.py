"""All calls of a mode, batch by batch, from the oldest: nothing is held in the database between two batches."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from app.config import Mode
from app.db import Row, rows

BATCH: Final = 1000

_BATCH: Final = """
SELECT id, created_at, status, answered_by, end_reason, to_number, from_number, name, call_at, started_at, ended_at,
    duration, cost, summary
FROM call WHERE account_id = %(account)s AND mode = %(mode)s
  AND created_at >= %(since)s AND created_at < %(until)s AND (created_at, id) > (%(at)s, %(id)s)
ORDER BY created_at, id LIMIT %(most)s
"""


def batches(account_id: UUID, mode: Mode, since: datetime, until: datetime) -> Iterator[list[Row]]:
    """Calls that were asked for from `since` to before `until`. Each step asks once."""
    asked = {
        "account": account_id,
        "mode": mode,
        "since": since,
        "until": until,
        "at": since,
        "id": UUID(int=0),
        "most": BATCH,
    }
    while found := rows(_BATCH, asked):
        asked["at"], asked["id"] = found[-1]["created_at"], found[-1]["id"]
        yield found

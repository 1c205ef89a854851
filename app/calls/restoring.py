"""After the database was restored from a backup: calls that may have been dialled since the backup was made."""

from app.calls.ending import end
from app.config import Settings
from app.db import db, rows

_UNSURE = """
SELECT id FROM call WHERE outcome IS NULL AND dial_state IN ('waiting', 'claimed')
  AND (status = 'initiated' OR (status = 'scheduled' AND due_at <= now())) LIMIT 500
"""


def end_unsure(settings: Settings) -> int:
    """End the calls that wait to be dialled now, `failed` with `dial_unknown`; how many. Nobody may work meanwhile.

    The backup does not tell whether they were dialled after it was made, and a person must not be rung twice. Those
    that are scheduled for a time to come stay; those that were being dialled are looked up at the carrier as ever.
    """
    count = 0
    while found := rows(_UNSURE):
        with db.atomic():
            ended = [end(call["id"], "failed", "dial_unknown", settings) for call in found]
        if not any(ended):
            break
        count += len(ended)
    return count

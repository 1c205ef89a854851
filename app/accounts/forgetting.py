"""What is past its time: links, sessions, tallies, and the forms that were sent."""

from typing import Final

from app.db import execute

BATCH: Final = 1000
FORM_DAYS: Final = 2  # longer than a page stays open that somebody still wants to send

_PAST: Final = (
    "DELETE FROM link WHERE id IN (SELECT id FROM link WHERE expires_at < now() LIMIT %s FOR UPDATE SKIP LOCKED)",
    "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at < now() LIMIT %s FOR UPDATE SKIP LOCKED)",
    "DELETE FROM tally WHERE name IN (SELECT name FROM tally WHERE until < now() LIMIT %s FOR UPDATE SKIP LOCKED)",
)
_FORMS: Final = """
DELETE FROM sent_form WHERE nonce IN (
    SELECT nonce FROM sent_form WHERE created_at < now() - %s * interval '1 day' LIMIT %s
)
"""


def forget_old_entries() -> int:
    """One batch of each; how many rows went."""
    return sum(execute(statement, (BATCH,)) for statement in _PAST) + execute(_FORMS, (FORM_DAYS, BATCH))

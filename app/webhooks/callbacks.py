"""A call's own callback: a one-off delivery of its ending, or of its deadline, whichever comes first."""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from app.config import Mode
from app.db import execute, rows
from app.vault import Vault
from app.webhooks.signing import new_secret

LONGEST_DEADLINE_SECONDS: Final = 30 * 86400

# The column of an account's secret, for calls of each mode.
CALLBACK_SECRETS: Final[dict[Mode, str]] = {"live": "callback_secret", "test": "test_callback_secret"}

_ATTACH: Final = """
WITH owner AS (
    UPDATE account SET {column} = coalesce({column}, %(secret)s) WHERE id = %(account)s
)
INSERT INTO callback (id, account_id, call_id, url, deadline_at)
VALUES (%(id)s, %(account)s, %(call)s, %(url)s, %(deadline)s)
"""
_DUE: Final = """
SELECT call_id FROM callback WHERE told_at IS NULL AND deadline_at <= now()
ORDER BY deadline_at LIMIT 50 FOR UPDATE SKIP LOCKED
"""


def attach(account_id: UUID, mode: Mode, call_id: UUID, url: str, deadline: datetime | None, vault: Vault) -> None:
    """Have a call's ending sent to `url`, which is kept sealed: it may hold a token."""
    execute(
        _ATTACH.format(column=CALLBACK_SECRETS[mode]),
        {
            "id": uuid4(),
            "account": account_id,
            "call": call_id,
            "url": vault.seal(url.encode()),
            "deadline": deadline,
            "secret": vault.seal(new_secret().encode()),
        },
    )


def past_deadline() -> list[UUID]:
    """Calls whose callback must be told now that they have not ended, locked for the caller's transaction."""
    return [found["call_id"] for found in rows(_DUE)]

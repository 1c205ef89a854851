"""The callback of a call or a batch: a one-off delivery of its ending, or of its deadline, whichever comes first."""

from datetime import datetime
from typing import Final, NamedTuple
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
INSERT INTO callback (id, account_id, call_id, batch_id, url, deadline_at)
VALUES (%(id)s, %(account)s, %(call)s, %(batch)s, %(url)s, %(deadline)s)
"""
_DUE: Final = """
SELECT call_id FROM callback WHERE told_at IS NULL AND deadline_at <= now() AND call_id IS NOT NULL
ORDER BY deadline_at LIMIT 50 FOR UPDATE SKIP LOCKED
"""


class Callback(NamedTuple):
    """Where to tell of an ending, and when at the latest how things stand; None for no deadline."""

    url: str
    deadline_at: datetime | None = None


def attach(
    account_id: UUID,
    mode: Mode,
    callback: Callback,
    vault: Vault,
    *,
    call_id: UUID | None = None,
    batch_id: UUID | None = None,
) -> None:
    """Have the ending of a call, or of a batch, sent to a URL, which is kept sealed: it may hold a token."""
    execute(
        _ATTACH.format(column=CALLBACK_SECRETS[mode]),
        {
            "id": uuid4(),
            "account": account_id,
            "call": call_id,
            "batch": batch_id,
            "url": vault.seal(callback.url.encode()),
            "deadline": callback.deadline_at,
            "secret": vault.seal(new_secret().encode()),
        },
    )


def past_deadline() -> list[UUID]:
    """Calls whose callback must be told now that they have not ended, locked for the caller's transaction."""
    return [found["call_id"] for found in rows(_DUE)]

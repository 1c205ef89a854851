"""Accept a batch: many calls at once, each accepted or refused by itself.

It is one transaction: a crash leaves all of it or nothing, and whoever asks again with an Idempotency-Key rings nobody
twice. What is no fault of a single call (a paused account, a revoked key) refuses the batch as it refuses a call.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from app.calls import accepting, batches, caps
from app.calls.requests import CallRequest
from app.config import Mode, Settings
from app.db import db, execute, row, rows
from app.errors import AppError, LimitReached
from app.models.batch import Batch
from app.models.call import Call
from app.vault import Vault
from app.webhooks.callbacks import Callback, attach

MOST: Final = 100
AT_ONCE: Final = 3  # batches of one account and mode that are accepted or wait for it: each holds a thread of the API

# What would refuse every other call just as well.
_OF_ALL: Final = frozenset(
    {"unauthenticated", "carrier_not_configured", "account_paused", "terms_not_accepted", "caller_name_missing"}
)
_MAKE: Final = "INSERT INTO batch (id, account_id, mode) VALUES (%s, %s, %s) RETURNING *"
_KEEP: Final = """
INSERT INTO batch_item (batch_id, position, call_id, refusal)
SELECT %s, r.position, r.call, r.refusal FROM json_to_recordset(%s) AS r (position int, call uuid, refusal json)
"""

Asked = CallRequest | AppError


def accept(
    account_id: UUID,
    key_id: UUID,
    mode: Mode,
    asked: Sequence[Asked],
    settings: Settings,
    vault: Vault,
    *,
    callback: Callback | None = None,
) -> Batch:
    """Store the calls that can be placed and the refusals of the others; an AppError in `asked` is one from the start.

    `callback` hears once that all calls have ended, or of its deadline. If all are refused, the batch ends at once.
    Raises what `accepting.accept` raises of the account or the hub, and nothing of a single call; LimitReached
    `batches_under_way` while the account has too many others made.
    """
    with db.atomic():
        _one_at_a_time(account_id, mode)
        if mode == "live":
            caps.lock(account_id)
        batch = Batch(**rows(_MAKE, (uuid4(), account_id, mode))[0])
        became = [_accepted(account_id, key_id, mode, one, settings) for one in asked]
        execute(_KEEP, (batch.id, json.dumps([_item(position, one) for position, one in enumerate(became)])))
        if callback is not None:  # it locks the account: after the calls, as for a single call
            attach(account_id, mode, callback, vault, batch_id=batch.id)
        return batches.end_if_over(batch.id) or batch


def _one_at_a_time(account_id: UUID, mode: Mode) -> None:
    """Two batches that name the same numbers in another order would wait for each other's calls in a ring."""
    if not any(_is_free(_lock_number(account_id, mode, f"place {place}")) for place in range(AT_ONCE)):
        message = f"{AT_ONCE} batches of this account are being made. Try again in a moment."
        raise LimitReached(message, code="batches_under_way", retry_after=1)
    execute("SELECT pg_advisory_xact_lock(%s)", (_lock_number(account_id, mode, "turn"),))


def _is_free(number: int) -> bool:
    """Whether a lock could be had without waiting; then it is ours until the transaction ends."""
    found = row("SELECT pg_try_advisory_xact_lock(%s) AS taken", (number,))
    return found is not None and bool(found["taken"])


def _lock_number(account_id: UUID, mode: Mode, what: str) -> int:
    name = hashlib.sha256(f"batch {account_id} {mode} {what}".encode()).digest()
    return int.from_bytes(name[:8], signed=True)


def _accepted(account_id: UUID, key_id: UUID, mode: Mode, asked: Asked, settings: Settings) -> Call | AppError:
    if isinstance(asked, AppError):
        return asked
    try:
        with db.atomic():
            return accepting.accept(account_id, key_id, mode, asked, settings, locked=True)
    except AppError as refusal:
        if refusal.code in _OF_ALL:
            raise
        return refusal


def _item(position: int, became: Call | AppError) -> dict[str, Any]:
    if isinstance(became, AppError):
        return {"position": position, "refusal": became.told()}
    return {"position": position, "call": str(became.id)}

"""Erased calls inside of what is kept of a batch: its events, what receivers said to them, and stored answers."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from app.calls.presenting import ERASED
from app.config import ConfigurationError
from app.db import Row, execute, rows
from app.vault import Vault
from app.webhooks.claiming import hold_claims
from app.webhooks.events import compact

_LOCK: Final = """
SELECT id FROM batch WHERE id IN (SELECT batch_id FROM batch_item WHERE call_id = ANY(%s)) ORDER BY id
FOR NO KEY UPDATE
"""
# What a receiver answers may repeat what it was told: an attempt on its way is not written down, but made again. Those
# that are not on their way are locked with them: who would claim one, or show its attempts, comes after us.
_TAKE_BACK: Final = """
UPDATE delivery SET claim_token = NULL, lease_until = NULL
WHERE event_id IN (SELECT id FROM event WHERE batch_id = %s)
"""
_UNSAY: Final = """
UPDATE attempt SET answer = NULL
WHERE delivery_id IN (SELECT d.id FROM delivery d JOIN event e ON e.id = d.event_id WHERE e.batch_id = %s)
"""
_ANSWERS: Final = "SELECT account_id, mode, key, answer FROM idempotency_key WHERE batch_id = %s FOR UPDATE"
_KEEP: Final = "UPDATE idempotency_key SET answer = %s WHERE account_id = %s AND mode = %s AND key = %s"


def lock_batches(call_ids: Sequence[UUID]) -> list[UUID]:
    """The batches that these calls belong to. Nobody tells of them until the transaction ends."""
    return [found["id"] for found in rows(_LOCK, (call_ids,))]


def strike(batch_ids: Sequence[UUID], call_ids: Collection[UUID], vault: Vault) -> None:
    """Take calls out of all that is kept of locked batches. The other calls of a batch go on being told.

    Nothing is sent from then on until the transaction ends: let it end soon.
    """
    gone = {str(call_id) for call_id in call_ids}
    for batch_id in batch_ids:
        for event in rows("SELECT id, data FROM event WHERE batch_id = %s", (batch_id,)):
            data = without(json.loads(event["data"]), gone)
            execute("UPDATE event SET data = %s WHERE id = %s", (compact(data), event["id"]))
        execute(_TAKE_BACK, (batch_id,))
        execute(_UNSAY, (batch_id,))
        for kept in rows(_ANSWERS, (batch_id,)):
            execute(_KEEP, (_struck(kept, gone, vault), kept["account_id"], kept["mode"], kept["key"]))
    if batch_ids:
        hold_claims()


def without(batch: dict[str, Any], gone: Collection[str]) -> dict[str, Any]:
    """A batch object without the calls of these ids. Pure."""
    return batch | {"calls": [_erased(item) if _id(item) in gone else item for item in batch["calls"]]}


def _unsaid(delivery: dict[str, Any]) -> dict[str, Any]:
    return delivery | {"attempts": [attempt | {"answer": None} for attempt in delivery["attempts"]]}


def _id(item: dict[str, Any]) -> str | None:
    return item["call"] and str(item["call"]["id"])


def _erased(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"call": None, "error": ERASED}


def _struck(kept: Row, gone: Collection[str], vault: Vault) -> bytes:
    """A stored answer, a batch object or a delivery object, anew. It stays, or a repeated request would ring all the
    others once more.
    """
    try:
        answer = json.loads(vault.open(kept["answer"]))
    except ConfigurationError:  # its key was dropped too early: nobody can read it, and nobody shall later
        return b""
    struck = without(answer, gone) if "calls" in answer else _unsaid(answer)
    return vault.seal(compact(struck).encode())

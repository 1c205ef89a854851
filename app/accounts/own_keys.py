"""The API keys of one account, as its owner sees and changes them."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.accounts.access import issue
from app.accounts.profile import checked_name
from app.config import Mode
from app.db import db, execute, row
from app.errors import Conflict, NotFound
from app.models.account import ApiKey
from app.vault import Vault

MOST_KEYS: Final = 100
MOST_REVOKED_SHOWN: Final = 50
LONGEST_NAME: Final = 80

_LOCK: Final = "SELECT 1 FROM account WHERE id = %s FOR NO KEY UPDATE"
_COUNT: Final = "SELECT count(*) AS valid FROM api_key WHERE account_id = %s AND revoked_at IS NULL"
_REVOKE: Final = """
UPDATE api_key SET revoked_at = coalesce(revoked_at, now()), sealed = NULL WHERE id = %s AND account_id = %s
"""
_NEWEST_KEPT: Final = """
SELECT name, prefix, sealed FROM api_key
WHERE account_id = %s AND mode = 'test' AND revoked_at IS NULL AND sealed IS NOT NULL
ORDER BY created_at DESC, id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A test key that can be shown again, with its text."""

    name: str | None
    prefix: str
    text: str


def valid(account_id: UUID) -> list[ApiKey]:
    """The keys that can be used, newest first: at most `MOST_KEYS`, and what the operator made beyond them."""
    query = ApiKey.select().where(ApiKey.account_id == account_id, ApiKey.revoked_at.is_null())
    return list(query.order_by(ApiKey.created_at.desc(), ApiKey.id.desc()))


def revoked(account_id: UUID) -> list[ApiKey]:
    """The `MOST_REVOKED_SHOWN` keys that were revoked last."""
    query = ApiKey.select().where(ApiKey.account_id == account_id, ApiKey.revoked_at.is_null(False))
    return list(query.order_by(ApiKey.revoked_at.desc(), ApiKey.id.desc()).limit(MOST_REVOKED_SHOWN))


def get(account_id: UUID, key_id: UUID) -> ApiKey:
    """Raises NotFound, also for another account's."""
    key: ApiKey | None = ApiKey.get_or_none(ApiKey.id == key_id, ApiKey.account_id == account_id)
    if key is None:
        raise NotFound("There is no such key.")
    return key


def make(account_id: UUID, mode: Mode, name: str, vault: Vault) -> tuple[ApiKey, str]:
    """A new key and its text, which only a test key can show again.

    Raises InvalidRequest for an unusable name, and Conflict when there are `MOST_KEYS` valid ones.
    """
    checked = checked_name(name, "name", LONGEST_NAME)
    with db.atomic():
        row(_LOCK, (account_id,))
        counted = row(_COUNT, (account_id,))
        if counted and counted["valid"] >= MOST_KEYS:
            raise Conflict(
                f"There are {MOST_KEYS} valid keys, the most that an account may have. Revoke one that nothing uses"
                " any more, and make this one then."
            )
        return issue(account_id, mode, name=checked, vault=vault)


def rename(account_id: UUID, key_id: UUID, name: str) -> None:
    """Raises NotFound, and InvalidRequest for an unusable name."""
    checked = checked_name(name, "name", LONGEST_NAME)
    _changed(execute("UPDATE api_key SET name = %s WHERE id = %s AND account_id = %s", (checked, key_id, account_id)))


def revoke(account_id: UUID, key_id: UUID) -> None:
    """End a key; one that was revoked stays as it is. Raises NotFound."""
    _changed(execute(_REVOKE, (key_id, account_id)))


def shown_again(account_id: UUID, key_id: UUID, vault: Vault) -> str:
    """The text of a test key. Raises NotFound, and Conflict when it is not kept."""
    key = get(account_id, key_id)
    if key.sealed is None or key.revoked_at is not None:
        raise Conflict("The text of this key is not kept, so it cannot be shown again. Make a new key.")
    return vault.open(key.sealed).decode()


def newest_test_key(account_id: UUID, vault: Vault) -> KeptKey | None:
    """The newest valid test key whose text is kept."""
    found = row(_NEWEST_KEPT, (account_id,))
    return KeptKey(found["name"], found["prefix"], vault.open(found["sealed"]).decode()) if found else None


def _changed(count: int) -> None:
    if not count:
        raise NotFound("There is no such key.")

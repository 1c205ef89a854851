"""API keys in their table: issued, recognised, revoked."""

import hmac
from dataclasses import dataclass
from uuid import UUID, uuid4

from app.accounts.keys import digest, new_key, prefix
from app.config import Mode
from app.db import execute, row
from app.errors import Conflict, NotFound
from app.models.account import Account, ApiKey
from app.times import now
from app.vault import Vault


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request comes from: an account, through one of its keys."""

    account_id: UUID
    key_id: UUID
    mode: Mode


def issue(account_id: UUID, mode: Mode, *, name: str | None = None, vault: Vault | None = None) -> tuple[ApiKey, str]:
    """A new key of an account and its text. With a `vault` a test key can be shown again; a live key never.

    Raises NotFound.
    """
    if not Account.select().where(Account.id == account_id).exists():
        raise NotFound(f"There is no account {account_id}.")
    text = new_key(mode)
    key = ApiKey(
        id=uuid4(),
        account_id=account_id,
        mode=mode,
        name=name,
        prefix=prefix(text),
        hash=digest(text),
        sealed=vault.seal(text.encode()) if vault and mode == "test" else None,
        created_at=now(),
    )
    key.save(force_insert=True)
    return key, text


def identify(text: str) -> Identity | None:
    """Whose key this is; None for a key that is unknown or revoked."""
    wanted = digest(text)
    found = row("SELECT id, account_id, mode, hash FROM api_key WHERE hash = %s AND revoked_at IS NULL", (wanted,))
    if found is None or not hmac.compare_digest(bytes(found["hash"]), wanted):
        return None
    return Identity(found["account_id"], found["id"], found["mode"])


def keys_of(account_id: UUID | None = None) -> list[ApiKey]:
    """The keys of one account, or of all, oldest first; revoked ones too."""
    query = ApiKey.select().order_by(ApiKey.created_at, ApiKey.id)
    return list(query.where(ApiKey.account_id == account_id) if account_id else query)


def revoke(name: str) -> ApiKey:
    """End a key, named by its id or its visible prefix. Raises NotFound, and Conflict when a prefix names several."""
    found = [key for key in keys_of() if name in (str(key.id), key.prefix) and key.revoked_at is None]
    if not found:
        raise NotFound(f"There is no valid key {name}. `key list` shows them.")
    if len(found) > 1:
        raise Conflict(f"Several keys begin with {name}. Name the one you mean by its id; `key list` shows them.")
    key = found[0]
    execute("UPDATE api_key SET revoked_at = now(), sealed = NULL WHERE id = %s", (key.id,))
    return key

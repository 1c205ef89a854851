"""The keys of one account, and nobody else's."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from playhouse.pool import PooledPostgresqlDatabase

from app.accounts import access, own_keys
from app.accounts.signup import sign_up
from app.config import MODES, Settings
from app.db import db, rows
from app.errors import Conflict, NotFound
from app.vault import Vault


@pytest.fixture
def account(database: PooledPostgresqlDatabase, settings: Settings) -> UUID:
    return sign_up(settings, "Jane", "+15551230000")


@pytest.fixture
def stranger(database: PooledPostgresqlDatabase, settings: Settings) -> UUID:
    return sign_up(settings, "Bob", "+15551230001")


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


def test_a_test_key_is_kept_sealed_and_a_live_one_is_not(account: UUID, vault: Vault) -> None:
    texts = {mode: own_keys.make(account, mode, "Orders", vault)[1] for mode in MODES}
    kept = {row["mode"]: row["sealed"] for row in rows("SELECT mode, sealed FROM api_key")}
    assert kept["live"] is None
    assert texts["test"].encode() not in bytes(kept["test"])
    assert vault.open(kept["test"]).decode() == texts["test"]


def test_a_key_is_shown_again_to_its_account_alone(account: UUID, stranger: UUID, vault: Vault) -> None:
    key, text = own_keys.make(account, "test", "Orders", vault)
    assert own_keys.shown_again(account, key.id, vault) == text
    with pytest.raises(NotFound):
        own_keys.shown_again(stranger, key.id, vault)


def test_a_revoked_key_is_not_shown_again_whoever_revoked_it(account: UUID, vault: Vault) -> None:
    key, _ = own_keys.make(account, "test", "Orders", vault)
    access.revoke(str(key.id))
    assert rows("SELECT sealed FROM api_key") == [{"sealed": None}]
    with pytest.raises(Conflict, match="not kept"):
        own_keys.shown_again(account, key.id, vault)


def test_only_a_key_of_the_account_is_changed(account: UUID, stranger: UUID, vault: Vault) -> None:
    key, text = own_keys.make(account, "live", "Orders", vault)
    with pytest.raises(NotFound):
        own_keys.revoke(stranger, key.id)
    with pytest.raises(NotFound):
        own_keys.rename(stranger, key.id, "Mine")
    assert (own_keys.get(account, key.id).name, access.identify(text) is None) == ("Orders", False)


def test_two_do_not_both_take_the_last_place(account: UUID, vault: Vault) -> None:
    for _ in range(own_keys.MOST_KEYS - 1):
        access.issue(account, "test")

    def make(_: int) -> bool:
        with db.connection_context():
            try:
                own_keys.make(account, "test", "Orders", vault)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(make, range(4))) == 1
    assert len(own_keys.valid(account)) == own_keys.MOST_KEYS


def test_revoked_keys_do_not_count(account: UUID, vault: Vault) -> None:
    for _ in range(own_keys.MOST_KEYS):
        access.issue(account, "test")
    own_keys.revoke(account, own_keys.valid(account)[0].id)
    assert own_keys.make(account, "test", "Orders", vault)


def test_so_many_revoked_keys_are_shown_and_no_more(account: UUID) -> None:
    for _ in range(own_keys.MOST_REVOKED_SHOWN + 1):
        own_keys.revoke(account, access.issue(account, "test")[0].id)
    assert len(own_keys.revoked(account)) == own_keys.MOST_REVOKED_SHOWN

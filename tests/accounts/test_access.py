"""Keys in their table."""

from uuid import UUID, uuid4

import pytest
from playhouse.pool import PooledPostgresqlDatabase

from app.accounts import access
from app.accounts.signup import sign_up
from app.config import Settings
from app.db import execute, rows
from app.errors import Conflict, NotFound


@pytest.fixture
def account(database: PooledPostgresqlDatabase, settings: Settings) -> UUID:
    return sign_up(settings, "Jane", "+15551230000")


def test_a_key_is_recognised(account: UUID) -> None:
    key, text = access.issue(account, "live")
    assert access.identify(text) == access.Identity(account, key.id, "live")


def test_the_text_of_a_key_is_not_kept(account: UUID) -> None:
    _, text = access.issue(account, "live")
    [kept] = rows("SELECT prefix, hash FROM api_key")
    assert kept["prefix"] == text[:12]
    assert text.encode() not in bytes(kept["hash"])


@pytest.mark.parametrize("change", ["", "x", " "])
def test_another_text_is_not(account: UUID, change: str) -> None:
    _, text = access.issue(account, "live")
    assert access.identify((text + change) if change else text[:-1]) is None


@pytest.mark.parametrize("by", ["id", "prefix"])
def test_a_revoked_key_is_not_recognised_any_more(account: UUID, by: str) -> None:
    key, text = access.issue(account, "live")
    _, other_text = access.issue(account, "test")
    access.revoke(str(getattr(key, by)))
    assert access.identify(text) is None
    assert access.identify(other_text) is not None
    assert [found.revoked_at is None for found in access.keys_of(account)] == [False, True]


def test_a_key_is_revoked_once(account: UUID) -> None:
    key, _ = access.issue(account, "live")
    access.revoke(str(key.id))
    with pytest.raises(NotFound):
        access.revoke(str(key.id))


def test_a_prefix_that_names_two_keys_revokes_none(account: UUID) -> None:
    texts = [access.issue(account, "live")[1] for _ in range(2)]
    execute("UPDATE api_key SET prefix = 'sk_live_same'")
    with pytest.raises(Conflict, match="by its id"):
        access.revoke("sk_live_same")
    assert all(access.identify(text) for text in texts)


def test_a_key_needs_an_account(account: UUID) -> None:
    with pytest.raises(NotFound):
        access.issue(uuid4(), "live")

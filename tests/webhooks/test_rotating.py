import pytest
from standardwebhooks import Webhook as Verifier

from app.config import Settings
from app.db import execute
from app.errors import Conflict, NotFound
from app.models.account import Account
from app.vault import Vault
from app.webhooks import endpoints
from app.webhooks.rotating import end_overlap, rotate
from tests.hub import wait_until
from tests.making import an_account
from tests.receiving import Received, Receiver
from tests.webhooks.support import an_event, sending, settled, with_secret
from tests.webhooks.test_signing import REFUSALS, verify_stripe

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def account() -> Account:
    return an_account()


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


def received(account: Account, settings: Settings, receiver: Receiver) -> Received:
    an_event(account, settings)
    with sending(settings):
        wait_until(settled("succeeded"))
    return receiver.next()


def headers(got: Received) -> dict[str, str]:
    return {"X-Mio-Timestamp": got.headers["x-mio-timestamp"], "X-Mio-Signature": got.headers["x-mio-signature"]}


def test_during_the_overlap_both_secrets_verify_and_ours_stays_with_the_old(
    account: Account, settings: Settings, vault: Vault, receiver: Receiver
) -> None:
    webhook, old = with_secret(account, settings, receiver.url)
    _, new = rotate(account.id, "test", webhook.id, vault, overlap_seconds=60)
    got = received(account, settings, receiver)
    for secret in (old, new):
        assert Verifier(secret).verify(got.body, dict(got.headers))
    verify_stripe(old, got.body, headers(got))
    with pytest.raises(REFUSALS):
        verify_stripe(new, got.body, headers(got))


@pytest.mark.parametrize("how", ["in time", "early", "at once"])
def test_after_the_overlap_the_new_secret_alone_signs(
    account: Account, settings: Settings, vault: Vault, receiver: Receiver, how: str
) -> None:
    webhook, old = with_secret(account, settings, receiver.url)
    _, new = rotate(account.id, "test", webhook.id, vault, overlap_seconds=0 if how == "at once" else 60)
    if how == "in time":
        execute("UPDATE webhook SET old_secret_until = now()")
    elif how == "early":
        assert end_overlap(account.id, "test", webhook.id).old_secret is None
    got = received(account, settings, receiver)
    verify_stripe(new, got.body, headers(got))
    for verifier in (
        lambda: verify_stripe(old, got.body, headers(got)),
        lambda: Verifier(old).verify(got.body, dict(got.headers)),
    ):
        with pytest.raises(REFUSALS):
            verifier()


def test_a_secret_is_not_rotated_twice_within_an_overlap(account: Account, settings: Settings, vault: Vault) -> None:
    webhook, _ = with_secret(account, settings, "https://example.com")
    rotate(account.id, "test", webhook.id, vault, overlap_seconds=60)
    with pytest.raises(Conflict) as refused:
        rotate(account.id, "test", webhook.id, vault, overlap_seconds=60)
    assert refused.value.code == "rotation_under_way"
    end_overlap(account.id, "test", webhook.id)
    rotate(account.id, "test", webhook.id, vault, overlap_seconds=60)


def test_a_deleted_webhooks_secret_cannot_be_rotated(account: Account, settings: Settings, vault: Vault) -> None:
    webhook, _ = with_secret(account, settings, "https://example.com")
    endpoints.delete(account.id, "test", webhook.id)
    with pytest.raises(NotFound):
        rotate(account.id, "test", webhook.id, vault, overlap_seconds=60)


def test_secrets_are_encrypted_at_rest(account: Account, settings: Settings, vault: Vault) -> None:
    webhook, old = with_secret(account, settings, "https://example.com")
    rotated, new = rotate(account.id, "test", webhook.id, vault, overlap_seconds=60)
    assert vault.open(rotated.secret).decode() == new
    assert vault.open(rotated.old_secret).decode() == old

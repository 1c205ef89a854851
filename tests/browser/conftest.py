"""A browser, and owners of the shared hub who are signed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from app.accounts.sessions import digest
from tests.browser.chromium import chromium
from tests.browser.furnished import Furnished, with_crm
from tests.hub import Holder, Hub, wait_until
from tests.receiving import Receiver


@dataclass(frozen=True)
class Owner:
    """Somebody with an account on the shared hub; `token` is that of a session's cookie."""

    holder: Holder
    token: str


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def owner(hub: Hub) -> Owner:
    """A new owner, signed in."""
    return new_owner(hub)


def new_owner(hub: Hub, *, balance: int = 500) -> Owner:
    holder, owner_id, token = hub.account(balance=balance), uuid4(), uuid4().hex + uuid4().hex
    hub.rows(
        "INSERT INTO owner (id, account_id, email, password_hash) VALUES (%s, %s, %s, '')",
        (owner_id, holder.id, f"{owner_id}@example.com"),
    )
    hub.rows(
        "INSERT INTO session (id, owner_id, hash, address, user_agent, expires_at)"
        " VALUES (%s, %s, %s, '192.0.2.1', 'Chromium', now() + interval '1 day')",
        (uuid4(), owner_id, digest(token)),
    )
    return Owner(holder, token)


@pytest.fixture(scope="session")
def furnished(hub: Hub) -> Furnished:
    """An account in which something has happened. It is shared: look, and leave it as it is."""
    owner = new_owner(hub)
    key = owner.holder.test_key
    with Receiver(lambda _: 500) as broken:
        webhook = hub.webhook(broken.url, key)
        call = hub.call(key, "+15550100006", name="Sam <b>Bold</b>", instructions="Ask for the opening hours.")
        scheduled = hub.call(key, "+15552000009", callAt="2027-01-01T09:00:00Z")
        hub.call(key, "+15550100002")
        hub.wait_call(call["id"], key)
        delivery = wait_until(lambda: _tried(hub, webhook["id"], key), seconds=20)
        typed = hub.call(key, "+15550100016")
    [kept] = hub.rows("SELECT id FROM api_key WHERE account_id = %s AND mode = 'test'", (owner.holder.id,))
    ids = {
        "call": call["id"],
        "scheduled": scheduled["id"],
        "typed": typed["id"],
        "webhook": webhook["id"],
        "delivery": delivery,
        "key": str(kept["id"]),
        **with_crm(hub, owner.holder.id),
    }
    return Furnished(hub.url, owner.token, ids)


def _tried(hub: Hub, webhook_id: str, key: str) -> str | None:
    """A delivery that was tried more than once."""
    found = hub.get(f"/webhooks/{webhook_id}/deliveries", key).json["data"]
    return next((delivery["id"] for delivery in found if len(delivery["attempts"]) > 1), None)

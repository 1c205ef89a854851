"""What an owner's page hears of a call, a webhook and a session while the hub's processes are at work."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from app.accounts.sessions import digest
from tests.hub import Holder, Hub
from tests.receiving import Receiver
from tests.web.listening import Listener


@dataclass(frozen=True)
class Owner:
    """Somebody with an account on the shared hub; `token` is that of a session's cookie."""

    holder: Holder
    token: str


@pytest.fixture
def owner(hub: Hub) -> Owner:
    holder, owner_id, token = hub.account(), uuid4(), uuid4().hex
    hub.rows(
        "INSERT INTO owner (id, account_id, email, password_hash) VALUES (%s, %s, %s, '')",
        (owner_id, holder.id, f"{owner_id}@example.com"),
    )
    hub.rows(
        "INSERT INTO session (id, owner_id, hash, address, user_agent, expires_at)"
        " VALUES (%s, %s, %s, '192.0.2.1', 'Firefox', now() + interval '1 day')",
        (uuid4(), owner_id, digest(token)),
    )
    return Owner(holder, token)


@contextmanager
def listening(hub: Hub, owner: Owner, *topics: str) -> Iterator[Listener]:
    """The owner's page, once it hears."""
    url, query = urlsplit(hub.url), "&".join(f"topic={topic}" for topic in topics)
    with Listener(socket.create_connection((url.hostname, url.port or 80))) as page:
        page.socket.sendall(f"GET /live?{query} HTTP/1.1\r\nHost: x\r\nCookie: mio={owner.token}\r\n\r\n".encode())
        assert page.hear() == "all"
        yield page


def test_a_list_hears_of_a_call_that_is_placed(hub: Hub, owner: Owner) -> None:
    with listening(hub, owner, "calls") as page:
        hub.call(owner.holder.test_key)
        assert page.hear() == "calls"


def test_a_page_hears_what_is_said_until_the_call_is_settled(hub: Hub, owner: Owner) -> None:
    call = hub.call(owner.holder.test_key, "+15550100001")
    with listening(hub, owner, f"call:{call['id']}") as page:
        shown = hub.get(f"/calls/{call['id']}", owner.holder.test_key).json
        while shown["summary"] is None:
            assert page.hear() == f"call:{call['id']}"
            shown = hub.get(f"/calls/{call['id']}", owner.holder.test_key).json
        assert shown["transcript"]


def test_a_page_hears_of_an_attempt(hub: Hub, owner: Owner, receiver: Receiver) -> None:
    webhook = hub.webhook(receiver.url, owner.holder.test_key)
    with listening(hub, owner, f"webhook:{webhook['id']}") as page:
        hub.call(owner.holder.test_key, "+15550100002")
        assert page.hear() == f"webhook:{webhook['id']}"

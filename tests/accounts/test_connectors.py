"""Which connector a request comes from, and what is kept of it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from playhouse.pool import PooledPostgresqlDatabase

from app.accounts import connectors
from app.accounts.access import Identity
from app.accounts.signup import sign_up
from app.accounts.usage import KeyUsage
from app.config import Settings
from app.db import execute, rows
from app.times import now


@pytest.fixture
def account(database: PooledPostgresqlDatabase, settings: Settings) -> UUID:
    return sign_up(settings, "Jane", "+15551230000")


@pytest.fixture
def usage(settings: Settings) -> KeyUsage:
    return KeyUsage(settings.database_url)


@pytest.mark.parametrize(
    ("agent", "client", "name"),
    [
        ("mio-hub-n8n/0.1.0", "", "n8n"),
        ("mio-hub-mcp/0.1.0 python-httpx2/2.5.0", "", "mcp"),
        ("axios/1.7", "make/1", "make"),
        ("mio-hub-n8n/0.1.0", "zapier/1.0.0", "zapier"),  # who is told in both says it in the header for that
        ("curl/8.14.1", "", "rest"),
        ("", "", "rest"),
        ("Mozilla/5.0 mio-hub-n8n/0.1.0", "", "rest"),
        ("mio-hub-n8n", "", "rest"),
    ],
)
def test_a_connector_is_told_from_what_it_calls_itself(agent: str, client: str, name: str) -> None:
    assert connectors.speaking(agent, client) == name


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("mio-hub-nobody/1", ""),
        ("", "nobody/1"),
        ("", "zapier"),
        ("", "zapier/"),
        ("", "Zapier/1"),
        ("", "zapier/1 more"),
        ("", "zapier/" + "1" * 500),
        ("", "zapier/1\n"),
        ("", "ｚapier/1"),
    ],
)
def test_a_claim_that_is_unknown_is_nobodys(agent: str, client: str) -> None:
    assert connectors.speaking(agent, client) is None


def test_uses_are_written_together(account: UUID, usage: KeyUsage) -> None:
    other = Identity(account, uuid4(), "live")
    usage.note(Identity(account, uuid4(), "test"), "n8n")
    usage.note(other, "mcp")
    usage.note(other, None)
    assert rows("SELECT 1 FROM connector_use") == []
    usage.flush()
    assert sorted(connectors.last_uses(account)) == ["mcp", "n8n"]


def test_the_last_use_moves_forward_alone(account: UUID, usage: KeyUsage) -> None:
    later = now() + timedelta(hours=1)
    execute("INSERT INTO connector_use VALUES (%s, 'n8n', %s)", (account, later))
    usage.note(Identity(account, uuid4(), "test"), "n8n")
    usage.flush()
    assert connectors.last_uses(account) == {"n8n": later}


def test_a_use_by_an_account_that_is_gone_keeps_no_other_from_being_written(account: UUID, usage: KeyUsage) -> None:
    usage.note(Identity(uuid4(), uuid4(), "test"), "n8n")
    usage.note(Identity(account, uuid4(), "test"), "n8n")
    usage.flush()
    assert list(connectors.last_uses(account)) == ["n8n"]


def test_what_could_not_be_written_is_written_later(account: UUID, settings: Settings) -> None:
    usage = KeyUsage("postgresql://127.0.0.1:1/nothing?connect_timeout=1")
    usage.note(Identity(account, uuid4(), "test"), "n8n")
    usage.flush()
    usage._url = settings.database_url
    usage.flush()
    assert list(connectors.last_uses(account)) == ["n8n"]

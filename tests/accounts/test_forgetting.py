"""What the clock forgets."""

from uuid import uuid4

import pytest

from app.accounts import links, owners, sessions, tallies
from app.accounts.forgetting import forget_old_entries
from app.accounts.signup import sign_up
from app.accounts.tallies import Limit
from app.config import Settings
from app.db import execute, rows

pytestmark = pytest.mark.usefixtures("database")

TABLES = {"link": "expires_at", "session": "expires_at", "tally": "until", "sent_form": "created_at"}


@pytest.fixture(autouse=True)
def entries(settings: Settings) -> None:
    """One of each, of now."""
    owner = owners.create(sign_up(settings, "Jane", "+15551230000"), "jane@example.com", "")
    sessions.begin(owner.id, address="192.0.2.1", user_agent="x", settings=settings)
    links.issue("reset", {}, owner_id=owner.id)
    tallies.take(Limit("x", most=1, within=60), "jane")
    execute("INSERT INTO sent_form (nonce, session_id) SELECT %s, id FROM session", (uuid4(),))


def test_what_holds_is_kept() -> None:
    assert forget_old_entries() == 0
    for table in TABLES:
        assert rows(f"SELECT 1 FROM {table}")


@pytest.mark.parametrize("table", TABLES)
def test_what_is_past_its_time_goes(table: str) -> None:
    execute(f"UPDATE {table} SET {TABLES[table]} = now() - interval '3 days'")
    assert forget_old_entries() == 1
    assert rows(f"SELECT 1 FROM {table}") == []


def test_a_session_goes_with_the_forms_that_it_sent() -> None:
    execute("UPDATE session SET expires_at = now() - interval '1 second'")
    forget_old_entries()
    assert rows("SELECT 1 FROM sent_form") == []

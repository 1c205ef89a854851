"""What calls from before an upgrade are, once the tables are brought up to date."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from playhouse.db_url import connect
from playhouse.migrations import Runner

from app.calls.words import lexemes
from app.migrations import run
from tests.services import fresh_database

ACCOUNT = UUID("0b5f1c52-5a0e-4b8e-9d8a-3f7f4f1f6d11")
CALL = (
    "INSERT INTO call (id, account_id, mode, status, to_number, from_number, instructions, due_at, dial_state, summary)"
    " VALUES (%s, %s, 'test', 'completed', '+15550000001', '+15550100100', %s, now(), 'dialled', 'They agreed.')"
)


class Old:
    """A database as an earlier version left it, with an account."""

    def __init__(self, url: str) -> None:
        self.hub = connect(url, prefer_psycopg3=True)
        self.sql = psycopg.connect(url, autocommit=True)

    def upgrade(self, last: str) -> None:
        Runner(self.hub, str(Path(run.__file__).parent)).up(last)

    def call(self, instructions: str) -> UUID:
        call_id = uuid4()
        self.sql.execute(CALL, (call_id, ACCOUNT, instructions))
        return call_id

    def words(self) -> dict[UUID, set[str]]:
        found = self.sql.execute("SELECT call_id, tsvector_to_array(words) FROM call_words")
        return {call_id: set(words) for call_id, words in found}


@pytest.fixture
def old() -> Iterator[Old]:
    with fresh_database(os.environ["DATABASE_URL"], f"mio_old_{os.getpid()}") as url:
        made = Old(url)
        made.upgrade("0006_crm")
        made.sql.execute("INSERT INTO account (id, name, phone_number) VALUES (%s, 'Ada', '+15550000002')", (ACCOUNT,))
        yield made
        made.sql.close()
        made.hub.close()


def test_earlier_calls_are_found_by_the_words_that_settling_keeps(old: Old) -> None:
    call_id = old.call("Ask for the Café's opening hours, twice: THE hours!")
    old.sql.execute(
        "INSERT INTO turn (call_id, position, role, text) VALUES (%s, 0, 'human', 'Nine to five')", (call_id,)
    )
    old.upgrade("0008_dashboard")
    texts = ["Ask for the Café's opening hours, twice: THE hours!", "They agreed.", "Nine to five"]
    assert old.words() == {call_id: set(lexemes(ACCOUNT, "test", texts))}


def test_a_call_that_ends_while_words_are_gathered_is_found_and_one_that_is_erased_is_not(old: Old) -> None:
    erased = old.call("Forget me")
    old.upgrade("0007_words")
    old.sql.execute("DELETE FROM call WHERE id = %s", (erased,))
    late = old.call("Late")
    old.upgrade("0008_dashboard")
    assert old.words() == {late: set(lexemes(ACCOUNT, "test", ["Late", "They agreed."]))}


def test_words_go_with_their_call(old: Old) -> None:
    call_id = old.call("Here for a while")
    old.upgrade("0008_dashboard")
    old.sql.execute("DELETE FROM call WHERE id = %s", (call_id,))
    assert old.words() == {}


def test_gathering_words_keeps_nobody_from_writing(old: Old) -> None:
    old.call("Here already")
    with old.hub.atomic() as transaction:
        old.upgrade("0007_words")
        old.sql.execute("SET statement_timeout = '5s'")
        old.call("Written meanwhile")
        transaction.rollback()

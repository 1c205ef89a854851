"""A table that stands still, so that a process can be killed at an exact statement; and a commit that does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from tests.hub import Hub

_HERE: Final = 47_110_815
_STAND_STILL: Final = f"""
CREATE OR REPLACE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock({_HERE}); RETURN NULL; END $$
"""
_END_THE_STANDING: Final = (
    "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND %s = ANY (pg_blocking_pids(pid))"
)


@contextmanager
def locked(hub: Hub, table: str) -> Iterator[None]:
    """Nobody gets at a table while the block lasts: whoever needs it stands still there.

    Who still stands there at its end goes no further: for PostgreSQL, too, those who were killed are gone.
    """
    with psycopg.connect(hub.settings.database_url) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        hub.rows(_END_THE_STANDING, (connection.info.backend_pid,))
        connection.rollback()


@contextmanager
def held_at_commit(hub: Hub, table: str) -> Iterator[None]:
    """Every transaction that changes a row of a table stands still when it has done all and is to commit.

    Who still stands there at the block's end is rolled back, as those are who were killed.
    """
    hub.rows(_STAND_STILL)
    hub.rows(
        f"CREATE CONSTRAINT TRIGGER stand_still AFTER UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION stand_still()"
    )
    try:
        with psycopg.connect(hub.settings.database_url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_HERE,))
            yield
            hub.rows(_END_THE_STANDING, (connection.info.backend_pid,))
    finally:
        hub.rows(f"DROP TRIGGER stand_still ON {table}")


def standing(hub: Hub) -> int:
    """How many stand still at their commit."""
    return len(hub.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted", (_HERE,)))

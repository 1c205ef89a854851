"""A table that stands still, so that a process can be killed at an exact statement."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.hub import Hub


@contextmanager
def locked(hub: Hub, table: str) -> Iterator[None]:
    """Nobody gets at a table while the block lasts: whoever needs it stands still there.

    Who still stands there at its end goes no further: for PostgreSQL, too, those who were killed are gone.
    """
    with psycopg.connect(hub.settings.database_url) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        hub.rows(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND %s = ANY (pg_blocking_pids(pid))",
            (connection.info.backend_pid,),
        )
        connection.rollback()

"""The PostgreSQL and Redis of a test run: started once, shared by all of its workers, gone at its end.

DATABASE_URL and REDIS_URL name servers to use instead. Each worker has a database of its own, copied from one that
the migrations have made, and a Redis database of its own number.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from app.db import db, init
from app.dev import ports
from app.dev.occupancy import occupied
from app.dev.reset import forget
from app.dev.services import services
from app.dev.supervisor import supervised
from app.migrations.run import migrate

TEMPLATE = "MIO_TEST_TEMPLATE"


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """A PostgreSQL and a Redis: the environment's, or private ones for as long as the block lasts; their URLs."""
    named = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    if all(named):
        yield named
        return
    with state() as folder:
        prepared = services(folder, postgres_port=ports.free(), redis_port=ports.free(), durable=False)
        with supervised(*prepared.programs):
            yield named[0] or prepared.database_url, named[1] or prepared.redis_url


@contextmanager
def state() -> Iterator[Path]:
    """A folder for the state of services, forgotten after the block."""
    folder = Path(tempfile.mkdtemp(prefix="mio-tests-"))
    try:
        with occupied(folder):
            yield folder
    finally:
        forget(folder)


@contextmanager
def template(server_url: str) -> Iterator[str]:
    """A database with every migration applied, to copy from; its name."""
    with fresh_database(server_url, f"mio_template_{os.getpid()}") as url:
        init(url, pool=1, wait_seconds=1)
        migrate()
        db.close_all()
        db.close_idle()
        db.init(None)
        yield urlsplit(url).path.removeprefix("/")


@contextmanager
def fresh_database(server_url: str, name: str, template: str = "template0") -> Iterator[str]:
    """A new database, dropped after the block; its URL."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def redis_database(server_url: str, number: int) -> str:
    """The URL of one of the server's sixteen databases."""
    return urlsplit(server_url)._replace(path=f"/{number % 16}").geturl()


class Sweeper:
    """Empties a database between tests, over a connection of its own.

    Few rows are deleted, which is faster by far than to truncate every table that refers to an account; many, or what
    many deletions have left, are truncated. Deleting leaves references alone, which takes a superuser.
    """

    _SMALL = 512 * 1024  # bytes of a table whose rows are deleted

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("SET lock_timeout = '5s'")
        tables = self._connection.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind = 'r' AND nspname = 'public' AND relname NOT LIKE '%migration%' ORDER BY pg_class.oid"
        )
        self._tables = [name for (name,) in tables]
        self._look = SQL("SELECT ") + SQL(", ").join(
            SQL("CASE WHEN EXISTS (SELECT FROM {table}) THEN pg_relation_size({name}) END").format(
                table=Identifier(name), name=Literal(name)
            )
            for name in self._tables
        )
        self._deletes = self._may_delete()

    def sweep(self) -> None:
        """Raises LockNotAvailable when a test has left a transaction open."""
        sizes = self._connection.execute(self._look).fetchone() or ()
        used = {name: size for name, size in zip(self._tables, sizes, strict=True) if size is not None}
        if not used:
            return
        tables = SQL(", ").join(map(Identifier, used))
        if not self._deletes or max(used.values()) > self._SMALL:
            self._connection.execute(SQL("TRUNCATE {} CASCADE").format(tables))
            return
        with self._connection.transaction():
            self._connection.execute(SQL("LOCK TABLE {}").format(tables))
            for name in used:
                self._connection.execute(SQL("DELETE FROM {}").format(Identifier(name)))

    def _may_delete(self) -> bool:
        try:
            self._connection.execute("SET session_replication_role = replica")
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True

    def close(self) -> None:
        self._connection.close()

"""The connection to PostgreSQL, and the few ways to talk to it.

Row-level work goes through the models; set-based work (claims, lists) through `rows`, `row` and `execute`,
which take SQL with %s or %(name)s parameters. Work that must happen only once a transaction has been
committed is handed to `db.after_commit`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from playhouse.pool import PooledPostgresqlDatabase

Parameters = Sequence[Any] | Mapping[str, Any]
Row = dict[str, Any]

db = PooledPostgresqlDatabase(None)


def init(url: str, *, pool: int, wait_seconds: float) -> None:
    """Point `db` at `url`. At most `pool` connections are open; a thread waits `wait_seconds` for a free one."""
    db.init(url, max_connections=pool, timeout=wait_seconds, stale_timeout=300, prefer_psycopg3=True)


def execute(sql: str, parameters: Parameters = ()) -> int:
    """Run one statement; the number of rows it changed."""
    return int(db.execute_sql(sql, parameters).rowcount)


def rows(sql: str, parameters: Parameters = ()) -> list[Row]:
    """Run one statement that returns rows, each as a dict by column name."""
    cursor = db.execute_sql(sql, parameters)
    names = [column.name for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def row(sql: str, parameters: Parameters = ()) -> Row | None:
    """The first row of a statement, or None."""
    found = rows(sql, parameters)
    return found[0] if found else None

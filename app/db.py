"""The connection to PostgreSQL, and the few ways to talk to it.

Row-level work goes through the models; set-based work (claims, lists) through `rows`, `row` and `execute`,
which take SQL with %s or %(name)s parameters. Work that must happen only once a transaction has been
committed is handed to `db.after_commit`.
"""

import select
from collections.abc import Mapping, Sequence
from typing import Any

from playhouse.pool import PooledPostgresqlDatabase
from psycopg import Connection

Parameters = Sequence[Any] | Mapping[str, Any]
Row = dict[str, Any]


class _Pool(PooledPostgresqlDatabase):  # type: ignore[misc]
    """peewee asks each connection `SELECT 1` when it is borrowed, under the lock of the whole pool: a round trip in
    which nobody else gets one. Here the socket is looked at: an idle connection that has something to read was hung
    up (or, rarely, told some news): it is replaced.
    """

    def _is_closed(self, connection: Connection) -> bool:
        if connection.closed:
            return True
        socket = select.poll()
        socket.register(connection.fileno(), select.POLLIN)
        if socket.poll(0):
            connection.close()
        return bool(connection.closed)


db = _Pool(None)


def init(url: str, *, pool: int, wait_seconds: float, by_index: bool = False) -> None:
    """Point `db` at `url`. At most `pool` connections are open; a thread waits `wait_seconds` for a free one.

    With `by_index` statements go by indexes: for processes that repeat few statements over tables that grow, where a
    plan that was kept from when they were small would read all of them.
    """
    options = {"options": "-c enable_seqscan=off"} if by_index else {}
    db.init(url, max_connections=pool, timeout=wait_seconds, stale_timeout=300, prefer_psycopg3=True, **options)


def execute(sql: str, parameters: Parameters = ()) -> int:
    """Run one statement; the number of rows it changed."""
    return int(db.execute_sql(sql, parameters).rowcount)


def rows(sql: str, parameters: Parameters = ()) -> list[Row]:
    """Run one statement that returns rows, each as a dict by column name."""
    cursor = db.execute_sql(sql, parameters)
    result = cursor.pgresult  # its names at a tenth of the cost of `cursor.description`
    names = [result.fname(place).decode() for place in range(result.nfields)]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def row(sql: str, parameters: Parameters = ()) -> Row | None:
    """The first row of a statement, or None."""
    found = rows(sql, parameters)
    return found[0] if found else None

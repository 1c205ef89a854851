"""Apply the migrations, one process at a time."""

from pathlib import Path

from playhouse.migrations import Runner

from app.db import db, execute

_LOCK = 6_469_868_731  # any number of ours: advisory locks share one space


def migrate() -> list[str]:
    """Apply what is pending, under an advisory lock; the names of the migrations that were applied."""
    with db.connection_context():
        execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            runner = Runner(db, str(Path(__file__).parent))
            return list(runner.up())
        finally:
            execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def pending() -> list[str]:
    """The names of the migrations that have not been applied."""
    runner = Runner(db, str(Path(__file__).parent))
    return [migration.name for migration in runner.status() if migration.applied is None]

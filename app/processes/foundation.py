"""What every process starts with."""

from app import db, queue
from app.config import Settings
from app.logs import configure


def lay(settings: Settings, *, pool: int | None = None, by_index: bool = False) -> None:
    """Logs, connections (`pool` or as set; see `db.init`) and the doorbell. Call it in the serving process, after any
    fork.
    """
    configure(settings.log_level)
    db.init(
        settings.database_url,
        pool=pool or settings.database_pool,
        wait_seconds=settings.database_pool_wait_seconds,
        by_index=by_index,
    )
    queue.init(settings.redis_url)

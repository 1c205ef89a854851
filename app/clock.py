"""The clock: keeps a drain waiting for every lane, and forgets what is past its time."""

import logging
import time
from collections.abc import Callable
from typing import Final

from peewee import DatabaseError, InterfaceError
from redis.exceptions import RedisError

from app.accounts.forgetting import forget_old_entries
from app.calls.claiming import mark_full_queues
from app.calls.erasing import forget_old_answers, forget_old_batches, forget_old_calls, forget_old_counts
from app.config import Settings
from app.crm.forgetting import forget_old_work
from app.db import db
from app.queue import LANES, connect, summon
from app.vault import Vault
from app.webhooks.forgetting import (
    forget_deleted_webhooks,
    forget_old_events,
    forget_old_secrets,
    forget_old_statistics,
)
from app.webhooks.pausing import go_on

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
SWEEP_SECONDS: Final = 60.0


def keep_time(settings: Settings, stopped: Callable[[float], bool]) -> None:
    """Tick until `stopped`, which waits some seconds, tells so. Redis or PostgreSQL being away is waited out."""
    redis = connect(settings.redis_url)
    sweep_at = time.monotonic()
    while not stopped(TICK_SECONDS):
        try:
            for lane in LANES:
                summon(redis, lane)
        except RedisError as error:
            log.warning("no drain could be summoned: %s", error)
        try:
            with db.connection_context():
                mark_full_queues(settings)
                go_on()
                if time.monotonic() >= sweep_at:
                    sweep_at = time.monotonic() + (0 if _sweep(settings) else SWEEP_SECONDS)
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database did not hear the clock: %s", error)


def _sweep(settings: Settings) -> int:
    """One batch of forgetting; how many rows went."""
    return (
        forget_old_calls(settings.call_retention_days, Vault(settings.encryption_keys))
        + forget_old_batches(settings.call_retention_days)
        + forget_old_answers()
        + forget_old_counts()
        + forget_old_events(settings.event_retention_days)
        + forget_deleted_webhooks()
        + forget_old_work(settings.event_retention_days)
        + forget_old_statistics()
        + forget_old_secrets()
        + forget_old_entries()
    )

"""What is told through Redis that has changed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from app import queue
from app.changes import told
from app.queue import NEWS, Ears
from tests.hub import wait_until


class News:
    """Hears all that this process and others announce."""

    def __init__(self, redis_url: str) -> None:
        self._told: list[tuple[str, str]] = []
        self._began = threading.Event()
        Ears(redis_url, NEWS, self._hear, began=self._began.set)
        assert self._began.wait(10)

    def _hear(self, message: bytes) -> None:
        self._told += told(message)

    def of(self, account_id: UUID, *topics: str) -> set[str]:
        """What was told of an account, once all of `topics` were."""
        wait_until(lambda: {(str(account_id), topic) for topic in topics} <= set(self._told))
        return {topic for account, topic in self._told if account == str(account_id)}


@contextmanager
def announcing(redis_url: str) -> Iterator[News]:
    """This process announces what it changes from now on."""
    queue.init(redis_url)
    yield News(redis_url)

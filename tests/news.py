"""What is told through Redis that has changed."""

import threading
from uuid import UUID, uuid4

from app import queue
from app.changes import told
from app.queue import NEWS, Ears
from tests.hub import wait_until


class News:
    """Has this process announce what it changes, and hears it."""

    def __init__(self, redis_url: str) -> None:
        self._told: list[tuple[str, str]] = []
        self._began = threading.Event()
        queue.init(redis_url)
        Ears(redis_url, NEWS, self._hear, began=self._began.set)
        assert self._began.wait(10)

    def begin(self) -> None:
        """What was announced so far is none of the news."""
        self._catch_up()
        self._told.clear()

    def of(self, account_id: UUID) -> set[str]:
        """What was announced of an account since."""
        self._catch_up()
        return {topic for account, topic in self._told if account == str(account_id)}

    def _hear(self, message: bytes) -> None:
        self._told += told(message)

    def _catch_up(self) -> None:
        nobody = uuid4()
        queue.spread([f"{nobody} last"])
        wait_until(lambda: (str(nobody), "last") in self._told)

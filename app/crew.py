"""A bounded crew of threads for a lane: as much work at once as there are places, and no failure unseen."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec

Given = ParamSpec("Given")

log = logging.getLogger(__name__)


class Crew:
    """`size` pieces of work at once. What is under way counts until it has ended, however it ended."""

    def __init__(self, name: str, size: int) -> None:
        self._size = size
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._busy: set[Future[None]] = set()

    @property
    def room(self) -> int:
        """How many more pieces of work could start now."""
        self._busy = {task for task in self._busy if not task.done()}
        return self._size - len(self._busy)

    @property
    def busy(self) -> bool:
        return self.room < self._size

    def start(self, work: Callable[Given, None], *given: Given.args, **named: Given.kwargs) -> None:
        """Have `work` done. Should it fail on a bug of ours, that is logged; the row's lease brings the work back."""
        task = self._pool.submit(work, *given, **named)
        task.add_done_callback(_tell)
        self._busy.add(task)

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown()


def _tell(task: Future[None]) -> None:
    if error := task.exception():
        log.error("a piece of work failed; its lease brings it back", exc_info=error)

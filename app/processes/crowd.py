"""How many threads of a server wait for clients."""

import threading
from typing import Self


class Crowd:
    """The threads that wait for a client at present; `full` when those are more than `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._lock = threading.Lock()

    @property
    def full(self) -> bool:
        return self._count > self._most

    def __enter__(self) -> Self:
        with self._lock:
            self._count += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._count -= 1

"""A client's socket that is not waited for without end: who reads an answer too slowly is taken for gone.

What has been read makes up for waiting, so that a long answer may go over a slow line.
"""

import errno
import select
import time
from socket import MSG_DONTWAIT, socket
from typing import Any, Final

from app.processes.crowd import Crowd

WRITE_SECONDS: Final = 20.0  # for the waiting while an answer is sent, less what reading has made up for
CROWDED_SECONDS: Final = 2.0  # likewise, while too many threads wait
LOOK_SECONDS: Final = 0.5
SLOWEST: Final = 16 * 1024  # bytes that make up for a second


class Outgoing(socket):
    """Takes over `sock`. An answer is sent by `sendall`; `begin` says that the next one follows."""

    def __init__(self, sock: socket, crowd: Crowd, seconds: float) -> None:
        super().__init__(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self._crowd = crowd
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """The next answer has its own time."""
        self._waited = 0.0

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of it. Raises BrokenPipeError, as for a client that has gone, when one is too slow."""
        if self.gettimeout() == 0.0:
            super().sendall(data, flags)
            return
        left = memoryview(data)
        while left:
            try:
                sent = self.send(left, flags | MSG_DONTWAIT)
            except BlockingIOError:
                self._wait()
                continue
            self._waited = max(self._waited - sent / SLOWEST, 0.0)
            left = left[sent:]

    def _wait(self) -> None:
        if self._waited >= (min(CROWDED_SECONDS, self._seconds) if self._crowd.full else self._seconds):
            raise BrokenPipeError(errno.EPIPE, "the client reads too slowly")
        room = select.poll()
        room.register(self, select.POLLOUT)
        began = time.monotonic()
        with self._crowd:
            room.poll(1000 * LOOK_SECONDS)
        self._waited += time.monotonic() - began

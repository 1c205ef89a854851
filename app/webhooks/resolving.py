"""Host names to addresses, with a time limit that getaddrinfo itself does not have."""

import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

Resolve = Callable[[str, int], list[str]]

THREADS: Final = 16


class NameNotResolved(Exception):
    """The name has no address, or none was found in time. `ours` tells that the resolver failed, not the name."""

    def __init__(self, detail: str, *, ours: bool) -> None:
        super().__init__(detail)
        self.ours = ours


def lookup(host: str, port: int) -> list[str]:
    """Every address of a name, as the system's resolver gives them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Resolver:
    """A bounded pool of look-ups. One that never answers holds a thread of the pool, not its caller."""

    def __init__(self, resolve: Resolve = lookup) -> None:
        self._resolve = resolve
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="resolve")

    def addresses(self, host: str, port: int, timeout: float) -> list[str]:
        """Raises NameNotResolved after `timeout` seconds or when the name has no address."""
        task: Future[list[str]] = self._pool.submit(self._resolve, host, port)
        try:
            return task.result(timeout)
        except TimeoutError:
            task.cancel()
            raise NameNotResolved("the name was not resolved in time", ours=False) from None
        except socket.gaierror as error:
            raise NameNotResolved(str(error), ours=error.errno in (socket.EAI_AGAIN, socket.EAI_SYSTEM)) from error
        except OSError as error:
            raise NameNotResolved(str(error), ours=True) from error

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

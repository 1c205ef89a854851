"""The seam between an application and its server: an answer that takes its connection along, and so holds no thread."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from socket import socket
from typing import Final, Protocol

HANDS_OVER: Final = "mio.hands_over"  # in a request's environment: whether its answer may take the connection


class Keeper(Protocol):
    """Whoever has what was taken."""

    def close(self) -> None:
        """End all of it, for good: the server stops."""


class Taker(ABC):
    """What an application answers instead of content. A server that does not know of it ends the response at once."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    @abstractmethod
    def take(self, sock: socket, head: bytes) -> None:
        """Have the socket for good, and write `head`, the head of the response, first. Never waits."""

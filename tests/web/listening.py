"""Who listens to a stream over a socket."""

import socket
from collections.abc import Iterable
from types import TracebackType
from typing import Self
from urllib.parse import urlencode
from uuid import UUID


class Listener:
    """Reads the lines of a stream as they come. Raises TimeoutError when nothing comes for ten seconds."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        sock.settimeout(10)
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.socket.close()

    def head(self) -> str:
        """The head of the answer."""
        return self._until(b"\r\n\r\n").decode()

    def hear(self) -> str:
        """The next event; "" at the end of the stream."""
        while block := self._until(b"\n\n").decode():
            if block.startswith("data: "):
                return block.removeprefix("data: ").strip()
        return ""

    def _until(self, end: bytes) -> bytes:
        while end not in self._read:
            try:
                more = self.socket.recv(4096)
            except ConnectionResetError:
                more = b""
            if not more:
                return b""
            self._read += more
        found, _, self._read = self._read.partition(end)
        return found


def listen(port: int, account: UUID, session: UUID, topics: Iterable[str]) -> Listener:
    """A new connection to the application of `watched.py`, with a stream on it."""
    sock = socket.create_connection(("127.0.0.1", port))
    ask_for(sock, account, session, topics)
    return Listener(sock)


def ask_for(sock: socket.socket, account: UUID, session: UUID, topics: Iterable[str]) -> None:
    """Ask for a stream."""
    query, cookie = urlencode({"topic": list(topics)}, doseq=True), f"account={account}; session={session}"
    sock.sendall(f"GET /live?{query} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())

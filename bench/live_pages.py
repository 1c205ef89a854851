"""Pages that are open: each hears its stream, or asks once a second, and fetches its part as `live.js` does."""

import re
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from typing import Final

from bench.live_stage import Watcher

FOLD_SECONDS: Final = 0.1
_SAID: Final = re.compile(rb"turn-(\d+)-said")
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)

Seen = Callable[[int, float], None]


class Page:
    """One page. `seen` is called once for every turn that has come into its hands: its number, and the moment at which
    the page was told to fetch it.
    """

    def __init__(self, address: tuple[str, int], watcher: Watcher, seen: Seen) -> None:
        self.stream: socket.socket | None = None
        self.part = _connected(address)
        self._address = address
        self._watcher = watcher
        self._seen = seen
        self._known: set[int] = set()
        self._heard = b""
        self._answer = b""
        self._fetching = False
        self._wanted_at: float | None = None
        self._told_at = 0.0
        self._fetched_at = 0.0
        self.fetches = 0

    def listen(self) -> socket.socket:
        """Open the stream."""
        self.stream = _connected(self._address)
        self.stream.sendall(self._get(f"/live?topic=call:{self._watcher.call}"))
        return self.stream

    def want(self) -> None:
        """What it shows has changed, or may have."""
        if self._wanted_at is None:
            self._wanted_at = time.perf_counter()

    def fetch(self, moment: float) -> None:
        """Fetch the part anew if that is wanted, not under way, and long enough after the last time."""
        if self._wanted_at and not self._fetching and moment >= self._fetched_at + FOLD_SECONDS:
            self._told_at, self._wanted_at, self._fetching, self._fetched_at = self._wanted_at, None, True, moment
            self.fetches += 1
            self.part.sendall(self._get(f"/calls/{self._watcher.call}/live"))

    def hear(self) -> None:
        """Read the stream."""
        assert self.stream is not None
        data = self.stream.recv(65536)
        if not data or (not self._heard and not data.startswith(b"HTTP/1.1 200")):
            raise ConnectionError(f"no stream: {data[:60]!r}")
        self._heard = (self._heard + data)[-200:]
        if b"data: " in data:
            self.want()

    def read(self) -> None:
        """Read the part as it comes."""
        self._answer += self.part.recv(65536)
        head, found, body = self._answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or length is None or len(body) < int(length[1]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(f"no part of {self._watcher.call}: {head!r} {body[:2000]!r}")
        self._answer, self._fetching = b"", False
        for number in {int(number) for number in _SAID.findall(body)} - self._known:
            self._known.add(number)
            self._seen(number, self._told_at)

    def close(self) -> None:
        self.part.close()
        if self.stream is not None:
            self.stream.close()

    def _get(self, path: str) -> bytes:
        return f"GET {path} HTTP/1.1\r\nHost: hub\r\nCookie: {self._watcher.cookie}\r\n\r\n".encode()


def run(pages: Sequence[Page], seconds: float, *, polling: float | None = None) -> None:
    """Have the pages live for so long: by their streams, or each asking every `polling` seconds, spread evenly."""
    selector, began = selectors.DefaultSelector(), time.perf_counter()
    for page in pages:
        selector.register(page.part, selectors.EVENT_READ, page.read)
        if page.stream is not None:
            selector.register(page.stream, selectors.EVENT_READ, page.hear)
    asks = [began + (polling or 0.0) * number / len(pages) for number in range(len(pages))]
    while (moment := time.perf_counter()) < began + seconds:
        for number, page in enumerate(pages):
            if polling is not None and moment >= asks[number]:
                asks[number] += polling
                page.want()
            page.fetch(moment)
        for key, _ in selector.select(0.004):
            key.data()


def _connected(address: tuple[str, int]) -> socket.socket:
    sock = socket.create_connection(address, timeout=30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock

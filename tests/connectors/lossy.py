"""A network between a connector and the hub that loses answers, or is cut."""

import socket
import threading
from typing import Self
from urllib.parse import urlsplit


class Lossy:
    """Passes requests on to a hub. It loses the answers of the first `lost` POST requests, after the hub has given
    them; while `cut`, it closes every connection, new and old."""

    def __init__(self, url: str, lost: int = 0) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        self._hub = (parts.hostname, parts.port)
        self._lost, self._lock, self.cut = lost, threading.Lock(), False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        self.close_all()

    def close_all(self) -> None:
        """Cut what is open at this moment."""
        for one in list(self._open):
            one.close() if one.fileno() < 0 else one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        """One request and its answer, then the connection is closed."""
        self._open.add(client)
        with client, socket.create_connection(self._hub) as hub:
            if not self.cut and (asked := _message(client)):
                hub.sendall(asked.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                answer = b"".join(iter(lambda: hub.recv(65536), b""))
                if not self._loses(asked):
                    client.sendall(answer)
        self._open.discard(client)

    def _loses(self, asked: bytes) -> bool:
        with self._lock:
            if self.cut or (asked.startswith(b"POST") and self._lost > 0):
                self._lost -= 1
                return True
        return False


def _message(client: socket.socket) -> bytes:
    """A whole HTTP request; empty when the client has gone."""
    got = b""
    while b"\r\n\r\n" not in got:
        if not (more := client.recv(65536)):
            return b""
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body

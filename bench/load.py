"""A load client that costs little itself: keep-alive connections on one selector loop."""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Result:
    """Latencies in seconds, in the order of the answers."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds below which `share` (0 to 1) of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


class _Connection:
    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def answered(self) -> str | None:
        """The status of the answer once all of it is there."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        if len(body) < length:
            return None
        self.received = body[length:]
        return head[9:12].decode()


def offer(
    address: tuple[str, int], make: Callable[[int], bytes], *, rate: float, seconds: float, connections: int = 16
) -> Result:
    """Open loop: `rate` requests a second, each at its moment, from which its latency counts."""
    selector, result = selectors.DefaultSelector(), Result()
    idle = [_opened(address, selector) for _ in range(connections)]
    number, count, started = 0, round(rate * seconds), time.perf_counter()
    while len(result.latencies) < count:
        while idle and number < count and started + number / rate <= time.perf_counter():
            connection = idle.pop()
            connection.send(make(number))
            connection.sent_at = started + number / rate
            number += 1
        for key, _ in selector.select(timeout=max(started + number / rate - time.perf_counter(), 0.0005)):
            if key.data in idle:  # the server has hung up on one that waited for long
                selector.unregister(key.fileobj)
                idle[idle.index(key.data)] = _opened(address, selector)
            elif (status := key.data.answered()) is not None:
                result.latencies.append(time.perf_counter() - key.data.sent_at)
                result.statuses[status] += 1
                idle.append(key.data)
    result.seconds = time.perf_counter() - started
    for connection in idle:
        connection.socket.close()
    return result


def run(address: tuple[str, int], make: Callable[[int], bytes], connections: int, seconds: float) -> Result:
    """Closed loop: each connection sends its next request as soon as it has its answer."""
    selector, result, number = selectors.DefaultSelector(), Result(), 0
    opened = [_Connection(address) for _ in range(connections)]
    started = time.perf_counter()
    for connection in opened:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(make(number))
        number += 1
    while time.perf_counter() - started < seconds:
        for key, _ in selector.select(timeout=1):
            connection = key.data
            status = connection.answered()
            if status is None:
                continue
            result.latencies.append(time.perf_counter() - connection.sent_at)
            result.statuses[status] += 1
            connection.send(make(number))
            number += 1
    result.seconds = time.perf_counter() - started
    for connection in opened:
        connection.socket.close()
    return result


def send(address: tuple[str, int], requests: Iterator[bytes], connections: int) -> Result:
    """Closed loop until there are no more requests."""
    selector, result = selectors.DefaultSelector(), Result()
    started = time.perf_counter()
    for connection in [_opened(address, selector) for _ in range(connections)]:
        _send_next(connection, requests, selector)
    while selector.get_map():
        for key, _ in selector.select(timeout=1):
            if (status := key.data.answered()) is not None:
                result.latencies.append(time.perf_counter() - key.data.sent_at)
                result.statuses[status] += 1
                _send_next(key.data, requests, selector)
    result.seconds = time.perf_counter() - started
    return result


def _opened(address: tuple[str, int], selector: selectors.BaseSelector) -> _Connection:
    connection = _Connection(address)
    selector.register(connection.socket, selectors.EVENT_READ, connection)
    return connection


def _send_next(connection: _Connection, requests: Iterator[bytes], selector: selectors.BaseSelector) -> None:
    if (request := next(requests, None)) is None:
        selector.unregister(connection.socket)
        connection.socket.close()
    else:
        connection.send(request)

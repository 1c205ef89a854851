"""The servers' worker against slow clients: gunicorn with two threads, and sockets."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from gunicorn.http.errors import NoMoreData
from simple_websocket import Client

from app.processes.crowd import Crowd
from app.processes.serving import Reader
from tests.processes.hasty import LONG
from tests.processes.served import served

HALF_HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A"
HALF_BODY = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na"
HALF_CHUNK = b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serving") / "log"


@pytest.fixture(scope="module")
def hasty(log: Path) -> Iterator[int]:
    """The port of the application of `hasty.py`, served with two threads."""
    with served("tests.processes.hasty:app", log, threads=2, worker="tests.processes.hasty.Hasty") as server:
        yield server.port


@contextmanager
def clients(port: int, count: int, sends: bytes) -> Iterator[list[socket.socket]]:
    """So many connections, each of which has sent this and stays open."""
    with ExitStack() as stack:
        made = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(count)]
        for client in made:
            client.sendall(sends)
        yield made


def ask(port: int, path: str, body: bytes | None = None) -> str:
    """What is answered to a request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET" if body is None else "POST", path, body)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("half", [b"", HALF_HEAD, HALF_BODY, HALF_CHUNK])
def test_half_a_request_is_closed_and_a_whole_one_is_answered(hasty: int, half: bytes) -> None:
    with clients(hasty, 4, half) as slow:
        assert ask(hasty, "/healthz") == "ok"
        for client in slow:
            while client.recv(4096):
                pass


def test_who_drips_is_closed_too(hasty: int) -> None:
    with clients(hasty, 2, HALF_HEAD) as slow:
        for client in slow:
            client.settimeout(0.05)
            drip(client)


def drip(client: socket.socket) -> None:
    """Send a byte now and then until the server has closed."""
    with suppress(ConnectionError):
        while True:
            client.sendall(b"a")
            with suppress(TimeoutError):
                if not client.recv(1):
                    return


def test_who_does_not_close_after_the_last_answer_keeps_nobody_waiting(hasty: int) -> None:
    with clients(hasty, 20, LAST) as done:
        assert all(client.recv(4096).startswith(b"HTTP/1.1 200") for client in done)
        assert ask(hasty, "/healthz") == "ok"


def test_in_a_crowd_patience_is_short() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(NoMoreData):
        Reader(ours, Crowd(most=0), seconds=600).read()


def test_a_connection_serves_many_requests_with_time_for_each(hasty: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", hasty, timeout=20)
    for size in (1, 2, 3):
        connection.request("POST", "/body", b"x" * size)
        assert connection.getresponse().read() == str(size).encode()
    connection.close()


def test_a_large_body_is_read_whole(hasty: int) -> None:
    assert ask(hasty, "/body", b"x" * 3_000_000) == "3000000"


def test_an_address_of_eight_kilobytes_is_served(hasty: int) -> None:
    assert ask(hasty, f"/healthz?{'x' * 8000}") == "ok"


@pytest.mark.parametrize(
    ("request_line", "headers", "code"),
    [(f"/healthz?{'x' * 9000}", "", "address_too_long"), ("/healthz", f"X-A: {'x' * 9000}\r\n", "headers_too_large")],
)
def test_what_is_too_long_to_be_read_is_refused_as_json(hasty: int, request_line: str, headers: str, code: str) -> None:
    with clients(hasty, 1, f"GET {request_line} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode()) as (client,):
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Type: application/json" in head
    assert json.loads(body)["code"] == code


LONG_ANSWER = b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_who_does_not_read_an_answer_is_closed_and_others_are_answered(hasty: int) -> None:
    with clients(hasty, 2, LONG_ANSWER) as slow:
        assert ask(hasty, "/healthz") == "ok"
        assert min(len(all_of(client)) for client in slow) < LONG


def test_who_reads_slowly_but_goes_on_reading_gets_all_of_it(hasty: int) -> None:
    with clients(hasty, 1, LONG_ANSWER) as (slow,):
        slow.settimeout(20)
        taken = 0
        while piece := slow.recv(1024 * 1024):
            taken += len(piece)
            time.sleep(0.03)
    assert taken > LONG


def all_of(client: socket.socket) -> bytes:
    """What there is to read until the other side closes."""
    found = bytearray()
    with suppress(ConnectionError):
        while piece := client.recv(1024 * 1024):
            found += piece
    return bytes(found)


def test_a_long_poll_may_last(hasty: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", hasty, timeout=20)
    connection.request("GET", "/poll")
    with clients(hasty, 1, HALF_HEAD) as (slow,):
        assert slow.recv(1) == b""  # longer than a request may take to come
    ask(hasty, "/release", b"")
    assert connection.getresponse().read() == b"released"
    connection.close()


def test_a_websocket_may_stay_silent(hasty: int) -> None:
    ws = Client(f"ws://127.0.0.1:{hasty}/echo")
    with clients(hasty, 1, HALF_HEAD) as (slow,):
        assert slow.recv(1) == b""
    ws.send("still here")
    assert ws.receive(timeout=20) == "still here"
    ws.close()


def test_slow_clients_leave_no_trace_in_the_log(hasty: int, log: Path) -> None:
    assert "Traceback" not in log.read_text()

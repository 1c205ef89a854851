"""One attempt against receivers of every temper, over real sockets."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.webhooks.request import ANSWER_BYTES, KEPT_CHARACTERS, Outcome, Poster
from app.webhooks.resolving import Resolve, Resolver

Behave = Callable[[socket.socket], None]


@contextmanager
def receiver(behave: Behave) -> Iterator[int]:
    """A server that reads one request and then does with the connection what it likes; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    behave(connection)
                except OSError:
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def answering(text: str) -> Behave:
    return lambda connection: connection.sendall(text.encode())


def post(port: int, *, timeout: float = 1.0, resolve: Resolve | None = None, host: str = "127.0.0.1") -> Outcome:
    poster = Poster(timeout_seconds=timeout, allow_loopback=True, resolver=Resolver(resolve) if resolve else Resolver())
    return poster.post(f"http://{host}:{port}/hook", {"X-Test": "1"}, b'{"a":1}')


def test_a_2xx_is_a_success_with_what_was_answered() -> None:
    with receiver(answering("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok")) as port:
        outcome = post(port)
    assert (outcome.delivered, outcome.status_code, outcome.answer, outcome.address) == (True, 202, "ok", "127.0.0.1")


@pytest.mark.parametrize(
    ("status", "error"), [(301, "http_3xx"), (404, "http_4xx"), (410, "http_4xx"), (500, "http_5xx"), (503, "http_5xx")]
)
def test_anything_but_2xx_is_a_failure(status: int, error: str) -> None:
    with receiver(answering(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n")) as port:
        outcome = post(port)
    assert (outcome.delivered, outcome.error, outcome.status_code) == (False, error, status)


def test_a_redirect_to_a_metadata_address_is_not_followed() -> None:
    answer = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"
    with receiver(answering(answer)) as port:
        assert post(port).error == "http_3xx"


def test_retry_after_is_read() -> None:
    with receiver(answering("HTTP/1.1 429 Slow\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n")) as port:
        assert post(port).retry_after == 17


def test_a_receiver_that_never_answers_is_given_up_at_the_deadline() -> None:
    with receiver(lambda connection: time.sleep(1)) as port:
        assert post(port, timeout=0.4).error == "timeout"


def test_a_dripping_receiver_is_given_up_at_the_deadline() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(20):
            connection.sendall(b".")
            time.sleep(0.1)

    with receiver(drip) as port:
        outcome = post(port, timeout=0.5)
    assert outcome.error == "timeout"
    assert outcome.duration_ms < 1500


def test_an_endless_body_is_cut_and_the_success_counts() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with receiver(flood) as port:
        outcome = post(port, timeout=3)
    assert outcome.delivered
    assert outcome.answer == "x" * KEPT_CHARACTERS


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 10_000_000)

    def send(connection: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        connection.sendall(head.encode() + bomb)

    with receiver(send) as port:
        outcome = post(port)
    assert outcome.delivered
    assert len(outcome.answer or "") <= ANSWER_BYTES


def test_a_reset_is_told() -> None:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    with receiver(reset) as port:
        assert post(port).error == "reset"


def test_what_is_not_http_is_a_failure() -> None:
    with receiver(answering("220 smtp.example ready\r\n")) as port:
        assert not post(port).delivered


def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert post(port).error == "refused"


def test_a_nul_in_the_answer_is_left_out() -> None:
    with receiver(answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\x00b")) as port:
        assert post(port).answer == "ab"


def test_bad_tls_is_told() -> None:
    with receiver(answering("HTTP/1.1 200 OK\r\n\r\n")) as port:
        poster = Poster(timeout_seconds=1, allow_loopback=True)
        assert poster.post(f"https://127.0.0.1:{port}/", {}, b"{}").error == "tls"


def test_a_name_without_an_address_is_told() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    outcome = post(1, resolve=unknown, host="nowhere.example")
    assert (outcome.error, outcome.ours) == ("dns", False)


def test_a_resolver_that_is_down_is_our_own_fault() -> None:
    def down(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    assert post(1, resolve=down, host="somewhere.example").ours


def test_a_name_that_never_answers_is_given_up_at_the_deadline() -> None:
    def stall(host: str, port: int) -> list[str]:
        time.sleep(1)
        return []

    assert post(1, timeout=0.2, resolve=stall, host="slow.example").error == "dns"


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["8.8.8.8", "169.254.169.254"], ["::ffff:192.168.0.1"]])
def test_a_name_that_leads_to_a_private_address_is_not_dialled(addresses: list[str]) -> None:
    outcome = post(1, resolve=lambda host, port: addresses, host="rebound.example")
    assert outcome.error == "blocked_address"


def test_loopback_is_not_dialled_where_it_is_not_allowed() -> None:
    with receiver(answering("HTTP/1.1 200 OK\r\n\r\n")) as port:
        poster = Poster(timeout_seconds=1, allow_loopback=False)
        assert poster.post(f"http://127.0.0.1:{port}/", {}, b"{}").error == "blocked_address"
        socket.create_connection(("127.0.0.1", port)).close()


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with receiver(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as port:
        assert post(port).delivered

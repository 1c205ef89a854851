"""One attempt against receivers of every temper, over real sockets and with a real name server."""

import gzip
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network

import dns.rcode
import pytest

from app.webhooks.guard import Reach
from app.webhooks.outcome import Outcome
from app.webhooks.resolving import Resolver
from app.webhooks.transfer import ANSWER_BYTES, KEPT_CHARACTERS
from app.webhooks.wire import Posting, Wire
from tests.hub import wait_until
from tests.webhooks.name_server import NameServer

LOOPBACK = Reach(http_loopback=True)

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


@contextmanager
def wire(*, reach: Reach = LOOPBACK, timeout: float = 1.0, names: NameServer | None = None) -> Iterator[Wire[str]]:
    resolver = Resolver([names.address] if names else None)
    made: Wire[str] = Wire(reach, resolver, slots=200, timeout_seconds=timeout)
    yield made
    made.close()
    resolver.close()


def post(url: str, **options: object) -> Outcome:
    """What comes of one attempt."""
    with wire(**options) as made:  # type: ignore[arg-type]
        made.send([posting(url)])
        [(_, outcome)] = wait_until(made.collect)
    return outcome


def posting(url: str, key: str = "") -> Posting[str]:
    return Posting(key or url, url, ["X-Test: 1"], b'{"a":1}')


def at(port: int) -> str:
    return f"http://127.0.0.1:{port}/hook"


def test_a_2xx_is_a_success_with_what_was_answered() -> None:
    with receiver(answering("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok")) as port:
        outcome = post(at(port))
    assert (outcome.delivered, outcome.status_code, outcome.answer, outcome.address) == (True, 202, "ok", "127.0.0.1")


@pytest.mark.parametrize(
    ("status", "error"), [(301, "http_3xx"), (404, "http_4xx"), (410, "http_4xx"), (500, "http_5xx"), (503, "http_5xx")]
)
def test_anything_but_2xx_is_a_failure(status: int, error: str) -> None:
    with receiver(answering(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n")) as port:
        outcome = post(at(port))
    assert (outcome.delivered, outcome.error, outcome.status_code) == (False, error, status)


def test_a_redirect_to_a_metadata_address_is_not_followed() -> None:
    answer = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"
    with receiver(answering(answer)) as port:
        assert post(at(port)).error == "http_3xx"


def test_retry_after_is_read() -> None:
    with receiver(answering("HTTP/1.1 429 Slow\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n")) as port:
        assert post(at(port)).retry_after == 17


def test_a_receiver_that_never_answers_is_given_up_at_the_deadline() -> None:
    with receiver(lambda connection: time.sleep(1)) as port:
        assert post(at(port), timeout=0.4).error == "timeout"


def test_a_dripping_receiver_is_given_up_at_the_deadline() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(20):
            connection.sendall(b".")
            time.sleep(0.1)

    with receiver(drip) as port:
        outcome = post(at(port), timeout=0.5)
    assert outcome.error == "timeout"
    assert outcome.duration_ms < 1500


def test_an_endless_body_is_cut_and_the_success_counts() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with receiver(flood) as port:
        outcome = post(at(port), timeout=3)
    assert outcome.delivered
    assert outcome.answer == "x" * KEPT_CHARACTERS


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 10_000_000)

    def send(connection: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        connection.sendall(head.encode() + bomb)

    with receiver(send) as port:
        outcome = post(at(port))
    assert outcome.delivered
    assert len(outcome.answer or "") <= ANSWER_BYTES


def test_a_reset_is_told() -> None:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    with receiver(reset) as port:
        assert post(at(port)).error == "reset"


def test_what_is_not_http_is_a_failure() -> None:
    with receiver(answering("220 smtp.example ready\r\n")) as port:
        assert not post(at(port)).delivered


def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert post(at(port)).error == "refused"


def test_a_nul_in_the_answer_is_left_out() -> None:
    with receiver(answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\x00b")) as port:
        assert post(at(port)).answer == "ab"


def test_bad_tls_is_told() -> None:
    with receiver(answering("HTTP/1.1 200 OK\r\n\r\n")) as port:
        assert post(f"https://127.0.0.1:{port}/").error == "tls"


def test_a_name_without_an_address_is_told() -> None:
    with NameServer(lambda _: dns.rcode.NXDOMAIN) as names:
        outcome = post("http://nowhere.example/", names=names)
    assert (outcome.error, outcome.ours) == ("dns", False)


def test_a_resolver_that_knows_nothing_of_any_name_is_our_own_fault() -> None:
    with NameServer(lambda _: dns.rcode.SERVFAIL) as names:
        outcome = post("http://somewhere.example/", names=names)
    assert (outcome.error, outcome.ours) == ("dns", True)


def test_a_name_that_fails_where_others_are_found_is_its_owners_fault() -> None:
    answers = NameServer(lambda name: ["127.0.0.1"] if name == "good.example" else dns.rcode.SERVFAIL)
    with answers as names, wire(names=names) as made:
        made.send([posting("http://good.example:1/")])
        wait_until(made.collect)
        made.send([posting("http://bad.example/")])
        [(_, outcome)] = wait_until(made.collect)
    assert (outcome.error, outcome.ours) == ("dns", False)


def test_fifty_names_that_never_answer_hold_up_nobody() -> None:
    ok = answering("HTTP/1.1 204 No Content\r\n\r\n")
    answers = NameServer(lambda name: ["127.0.0.1"] if name == "good.example" else None)
    with answers as names, receiver(ok) as port, wire(names=names) as made:
        made.send([posting(f"http://silent{number}.example/") for number in range(50)])
        made.send([posting(f"http://good.example:{port}/", "good")])
        [(key, outcome)] = wait_until(made.collect)
    assert (key, outcome.delivered) == ("good", True)


def test_a_name_is_looked_up_once_for_all_who_wait_for_it() -> None:
    with NameServer(lambda _: ["127.0.0.1"]) as names, wire(names=names) as made:
        made.send([posting(f"http://same.example:1/{number}") for number in range(20)])
        found: list[object] = []
        wait_until(lambda: found.extend(made.collect()) or len(found) == 20)
    assert len(set(names.asked)) == 1
    assert len(names.asked) <= 2  # one question for IPv4, one for IPv6


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["8.8.8.8", "169.254.169.254"], ["::ffff:192.168.0.1"]])
def test_a_name_that_leads_to_a_private_address_is_not_dialled(addresses: list[str]) -> None:
    with NameServer(lambda _: addresses) as names:
        assert post("http://rebound.example/", names=names).error == "blocked_address"


def test_a_name_that_flips_to_loopback_between_look_up_and_connect_gains_nothing() -> None:
    """Every answer but the first leads to us; what was vetted is what is dialled."""
    answers: queue.Queue[list[str]] = queue.Queue()
    answers.put(["203.0.113.7"])
    served: list[bytes] = []

    def flip(name: str) -> list[str]:
        return answers.get_nowait() if not answers.empty() else ["127.0.0.1"]

    with NameServer(flip) as names, receiver(lambda connection: served.append(connection.recv(1))) as port:
        reach = Reach(allowed=(ip_network("203.0.113.0/24"),))
        outcome = post(f"https://flip.example:{port}/", names=names, reach=reach, timeout=0.3)
        assert not outcome.delivered
        assert outcome.address in (None, "203.0.113.7")
        assert served == []
        socket.create_connection(("127.0.0.1", port)).close()


def test_loopback_is_not_dialled_where_it_is_not_allowed() -> None:
    with receiver(answering("HTTP/1.1 200 OK\r\n\r\n")) as port:
        assert post(at(port), reach=Reach()).error == "blocked_address"
        socket.create_connection(("127.0.0.1", port)).close()


def test_an_address_that_libcurl_reads_in_its_own_way_is_looked_at_when_it_is_dialled() -> None:
    assert post("http://2130706433:9/", reach=Reach(), names=None).error in ("blocked_address", "dns")


def test_a_network_on_the_allow_list_is_dialled() -> None:
    with receiver(answering("HTTP/1.1 204 No Content\r\n\r\n")) as port:
        assert post(at(port), reach=Reach(allowed=(ip_network("127.0.0.0/8"),))).delivered


def test_an_interim_answer_is_not_the_answer() -> None:
    with receiver(answering("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")) as port:
        assert post(at(port)).error == "http_5xx"


def test_an_answer_of_http_1_0_without_a_length_is_read_to_its_end() -> None:
    with receiver(answering("HTTP/1.0 200 OK\r\n\r\nfine")) as port:
        outcome = post(at(port))
    assert (outcome.delivered, outcome.answer) == (True, "fine")


def test_a_large_posting_takes_several_slots_until_it_is_collected() -> None:
    with receiver(answering("HTTP/1.1 204 No Content\r\n\r\n")) as port, wire() as made:
        made.send([Posting("large", f"http://127.0.0.1:{port}", [], b"{}", slots=40)])
        assert made.room == 160
        wait_until(made.collect)
        assert (made.room, made.busy) == (200, False)


def test_a_header_that_looks_like_a_status_line_is_none() -> None:
    with receiver(answering("HTTP/1.1 500 No\r\nHTTP/x: 200\r\nContent-Length: 0\r\n\r\n")) as port:
        assert post(at(port)).error == "http_5xx"


def test_what_cannot_be_put_on_the_wire_is_a_fault_of_ours() -> None:
    outcome = post("http://127.0.0.1:9/ü")
    assert (outcome.error, outcome.ours) == ("internal", True)


def test_what_is_told_can_be_stored_whatever_the_receiver_says() -> None:
    with receiver(
        answering("HTTP/1.1 200 OK\r\nContent-Encoding: \xff\r\nTransfer-Encoding: \xff\r\n\r\n\x00")
    ) as port:
        outcome = post(at(port))
    for text in (outcome.detail, outcome.answer):
        assert "\x00" not in (text or "")
        (text or "").encode()


def test_where_the_time_went_is_told() -> None:
    def slow(connection: socket.socket) -> None:
        time.sleep(0.1)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with receiver(slow) as port:
        outcome = post(at(port))
    assert outcome.phases.connect is not None
    assert outcome.phases.tls is None
    assert (outcome.phases.first_byte or 0) >= 100


def test_a_request_is_not_sent_again_by_itself_when_a_kept_connection_breaks() -> None:
    """Each send is an attempt of its own, in the log and on the schedule."""
    requests: list[bytes] = []

    def answer_once(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        requests.append(connection.recv(65536))  # and close without an answer

    with receiver(answer_once) as port, wire() as made:
        made.send([posting(at(port))])
        wait_until(made.collect)
        made.send([posting(at(port))])
        [(_, outcome)] = wait_until(made.collect)
    assert (outcome.error, outcome.ours) == ("reset", False)
    assert len(requests) == 1


def test_connections_are_kept_and_used_again() -> None:
    connections: list[socket.socket] = []

    def keep(connection: socket.socket) -> None:
        connections.append(connection)
        for _ in range(3):
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            connection.recv(65536)

    with receiver(keep) as port, wire() as made:
        for _ in range(3):
            made.send([posting(at(port))])
            [(_, outcome)] = wait_until(made.collect)
            assert outcome.delivered
    assert len(connections) == 1


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with receiver(answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as port:
        assert post(at(port)).delivered

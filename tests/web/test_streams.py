"""Live views over real sockets: gunicorn with four threads, and streams within this process."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app import changes, queue
from app.dev import ports
from app.dev.children import Child
from app.dev.redis import redis
from app.web.streams import Streams
from app.web.viewer import STALLED_SECONDS, Viewer
from tests.hub import wait_until
from tests.processes.served import Served, served
from tests.processes.test_serving import ask
from tests.web.listening import Listener, ask_for, listen

MOST = 210


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    log = tmp_path_factory.mktemp("streams") / "log"
    with served("tests.web.watched:app", log, threads=4, MOST=str(MOST)) as running:
        yield running


@pytest.fixture
def announcing(redis_url: str) -> None:
    queue.init(redis_url)


def test_two_hundred_viewers_hold_no_thread_and_each_hears_of_its_own(server: Served, announcing: None) -> None:
    account, calls = uuid4(), [f"call:{uuid4()}" for _ in range(200)]
    with ExitStack() as stack:
        viewers = [stack.enter_context(listen(server.port, account, uuid4(), [call])) for call in calls]
        assert {viewer.hear() for viewer in viewers} == {"all"}
        assert all(ask(server.port, "/healthz") == "ok" for _ in range(50))
        assert int(ask(server.port, "/threads")) <= 8  # the server's four, the main one, streams and ears
        changes.announce(account, *calls)
        assert [viewer.hear() for viewer in viewers] == calls


def test_a_stream_tells_proxies_and_browsers_what_it_is(server: Served) -> None:
    with listen(server.port, uuid4(), uuid4(), ["calls"]) as viewer:
        head = viewer.head().lower()
    assert head.startswith("http/1.1 200")
    assert "content-type: text/event-stream" in head
    assert "connection: close" in head
    assert "transfer-encoding" not in head
    assert "content-length" not in head


def test_what_happens_in_another_account_is_not_heard(server: Served, announcing: None) -> None:
    mine, theirs = uuid4(), uuid4()
    with listen(server.port, mine, uuid4(), ["calls"]) as viewer:
        assert viewer.hear() == "all"
        changes.announce(theirs, "calls", "call:1")
        changes.announce(mine, "call:2")
        changes.announce(mine, "calls")
        assert viewer.hear() == "calls"


def test_the_streams_of_a_session_end_with_it_and_others_stay(server: Served, announcing: None) -> None:
    account, ended, other = uuid4(), uuid4(), uuid4()
    with (
        listen(server.port, account, ended, ["calls"]) as viewer,
        listen(server.port, account, other, ["calls"]) as kept,
    ):
        assert (viewer.hear(), kept.hear()) == ("all", "all")
        changes.announce(account, f"session:{ended}", "calls")
        assert (viewer.hear(), kept.hear()) == ("", "calls")


def test_whoever_is_one_too_many_is_told_and_has_a_place_when_others_go(server: Served) -> None:
    account = uuid4()
    with ExitStack() as stack:
        for _ in range(MOST):
            assert stack.enter_context(listen(server.port, account, uuid4(), ["calls"])).hear() == "all"
        with listen(server.port, account, uuid4(), ["calls"]) as surplus:
            assert surplus.head().startswith("HTTP/1.1 503")
    wait_until(lambda: _admitted(server.port, account))


def _admitted(port: int, account: UUID) -> bool:
    with listen(port, account, uuid4(), ["calls"]) as viewer:
        return viewer.head().startswith("HTTP/1.1 200")


def test_a_connection_that_was_kept_alive_becomes_a_stream(server: Served, announcing: None) -> None:
    account = uuid4()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        for _ in range(3):
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            read = b""
            while not read.endswith(b"\r\n\r\nok"):
                read += sock.recv(4096)
        ask_for(sock, account, account, ["calls"])
        viewer = Listener(sock)
        assert viewer.hear() == "all"
        changes.announce(account, "calls")
        assert viewer.hear() == "calls"


def test_a_server_that_is_told_to_stop_ends_its_streams_at_once(tmp_path: Path) -> None:
    with (
        served("tests.web.watched:app", tmp_path / "log", threads=4, grace=60, MOST="100") as server,
        ExitStack() as stack,
    ):
        viewers = [stack.enter_context(listen(server.port, uuid4(), uuid4(), ["calls"])) for _ in range(50)]
        assert {viewer.hear() for viewer in viewers} == {"all"}
        server.process.terminate()
        assert {viewer.hear() for viewer in viewers} == {""}
        server.process.wait(timeout=30)
        assert "Traceback" not in server.log.read_text()


def test_viewers_leave_no_trace_in_the_log(server: Served) -> None:
    assert "Traceback" not in server.log.read_text()


# Within this process


@pytest.fixture
def streams(redis_url: str) -> Iterator[Streams]:
    made = Streams(redis_url, most=50)
    yield made
    made.close()


def opened(streams: Streams, account: UUID, *topics: str) -> Listener:
    """A viewer of these streams."""
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    streams.open(account, uuid4(), topics).take(ours, b"HTTP/1.1 200 OK\r\n\r\n")
    return Listener(theirs)


def test_an_account_has_so_many_viewers_and_leaves_room_for_others(redis_url: str) -> None:
    streams, account = Streams(redis_url, most=5, most_each=2), uuid4()
    with opened(streams, account) as first, opened(streams, account) as second:
        assert (first.hear(), second.hear()) == ("all", "all")
        assert not streams.room(account)
        assert streams.room(uuid4())
    wait_until(lambda: streams.room(account))
    streams.close()


def test_a_topic_that_changes_often_is_told_at_once_and_then_a_few_times(streams: Streams, announcing: None) -> None:
    account = uuid4()
    with opened(streams, account, "webhook:1", "last") as viewer:
        assert viewer.hear() == "all"
        for _ in range(50):
            changes.announce(account, "webhook:1")
            time.sleep(0.002)
        changes.announce(account, "last")
        heard = []
        while (event := viewer.hear()) != "last":
            heard.append(event)
        assert 1 <= len(heard) <= 10


def test_who_does_not_read_keeps_nobody_waiting(streams: Streams, announcing: None) -> None:
    account, topics = uuid4(), [f"call:{uuid4()}" for _ in range(2000)]
    with opened(streams, account, *topics) as deaf, opened(streams, account, topics[-1]) as viewer:
        assert viewer.hear() == "all"
        for begin in range(0, 2000, 100):
            changes.announce(account, *topics[begin : begin + 100])
        assert viewer.hear() == topics[-1]
        deaf.socket.setblocking(True)


def test_who_does_not_read_for_long_is_dropped() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        viewer = Viewer(ours, "account", frozenset(), b"x" * 1_000_000, until=time.monotonic() + 900)
        assert viewer.write()
        assert not viewer.over(time.monotonic() + STALLED_SECONDS - 1)
        assert viewer.over(time.monotonic() + STALLED_SECONDS)


def test_what_waits_for_a_slow_viewer_does_not_grow() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        viewer = Viewer(ours, "account", frozenset(), b"x" * 1_000_000, until=time.monotonic() + 900)
        assert viewer.write()
        for _ in range(1000):
            viewer.tell("calls")
        read = b""
        while viewer.write():
            read += theirs.recv(65536)
        theirs.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                read += theirs.recv(65536)
        assert read.count(b"data: calls\n\n") == 1


def test_a_silent_stream_has_a_heartbeat_and_an_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        viewer, moment = Viewer(ours, "account", frozenset(), b"", until=time.monotonic() + 900), time.monotonic()
        assert not viewer.write()
        assert not viewer.beat(moment + 14)
        assert viewer.beat(moment + 16)
        assert not viewer.write()
        assert theirs.recv(100).endswith(b"\n\n:\n\n")
        assert viewer.over(moment + 901)


def test_streams_end_after_their_time(redis_url: str) -> None:
    streams = Streams(redis_url, most=1, lasting=0.1)
    with opened(streams, uuid4()) as viewer:
        assert viewer.hear() in ("all", "")
        assert viewer.hear() == ""
    streams.close()


def test_viewers_are_told_when_redis_is_away_and_when_it_is_back(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    prepared = redis(tmp_path, ports.free())
    bell, account = queue.Doorbell(prepared.url), uuid4()
    streams = Streams(prepared.url, most=5)
    child = Child(prepared.program)
    wait_until(child.ready)
    with opened(streams, account, "calls") as viewer:
        assert viewer.hear() == "all"
        child.kill()
        assert viewer.hear() == "none"
        bell.spread([f"{account} calls"])
        child = Child(prepared.program)
        assert viewer.hear() == "all"
        bell.spread([f"{account} calls"])
        assert viewer.hear() == "calls"
    streams.close()
    child.kill()


def test_announcing_while_redis_is_away_takes_no_time() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        nobody.listen(1)  # it takes connections, and never answers
        bell = queue.Doorbell(f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        began = time.monotonic()
        for number in range(10_000):
            bell.spread([f"account call:{number}"])
        assert time.monotonic() - began < 0.5

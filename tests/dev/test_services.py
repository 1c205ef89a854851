"""The private PostgreSQL and Redis."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis as redis_client
from psycopg.errors import UniqueViolation

from app.dev import ports
from app.dev.children import Child
from app.dev.errors import CannotStart
from app.dev.occupancy import occupied
from app.dev.postgres import postgres
from app.dev.redis import redis
from app.dev.reset import forget
from app.dev.supervisor import supervised
from tests.hub import wait_until
from tests.services import state


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One folder of state for all of these tests, since making a database takes a while."""
    with state() as place:
        yield place


def _store(url: str, value: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value integer)")
        connection.execute("INSERT INTO kept VALUES (%s)", (value,))


def _stored(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM kept ORDER BY value")]


def test_what_was_committed_is_there_after_stop_and_start(folder: Path) -> None:
    server = postgres(folder, ports.free())
    with supervised(server.program):
        _store(server.url, 1)
    server = postgres(folder, ports.free())
    with supervised(server.program):
        assert 1 in _stored(server.url)


def test_the_log_of_postgresql_holds_no_values_of_rows(folder: Path) -> None:
    server = postgres(folder, ports.free())
    with supervised(server.program):
        for _ in range(2):
            with suppress(UniqueViolation), psycopg.connect(server.url) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS callee (number text PRIMARY KEY)")
                connection.execute("INSERT INTO callee VALUES (%s)", ("+15551234567",))
    log = server.program.log.read_text()
    assert "duplicate key" in log
    assert "+15551234567" not in log


def test_what_was_committed_is_there_after_a_crash(folder: Path) -> None:
    server = postgres(folder, ports.free())
    child = Child(server.program)
    wait_until(child.ready, seconds=30)
    _store(server.url, 2)
    child.kill()
    server = postgres(folder, ports.free())
    with supervised(server.program):
        assert 2 in _stored(server.url)


def test_a_pid_file_that_outlived_its_server_is_no_obstacle(folder: Path) -> None:
    server = postgres(folder, ports.free())
    data = Path(server.program.command[2])
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n\n\n\nready\n")
    with supervised(postgres(folder, ports.free()).program):
        pass


def test_a_server_that_was_left_behind_is_stopped_first(folder: Path) -> None:
    orphan = Child(postgres(folder, ports.free()).program)
    wait_until(orphan.ready, seconds=30)
    server = postgres(folder, ports.free())
    assert orphan.exit_code == 0
    with supervised(server.program):
        pass


def test_postgres_lets_nobody_in_without_the_password(folder: Path) -> None:
    server = postgres(folder, ports.free())
    with supervised(server.program):
        with psycopg.connect(server.url):
            pass
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url.replace("mio:", "mio:wrong"))


def test_postgres_commits_durably(folder: Path) -> None:
    server = postgres(folder, ports.free())
    with supervised(server.program), psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')").fetchone()
    assert row == ("on", "on")


def test_the_password_is_for_us_alone(folder: Path) -> None:
    postgres(folder, ports.free())
    assert (folder / "postgres-password").stat().st_mode & 0o077 == 0


def test_postgres_that_cannot_start_says_why(folder: Path) -> None:
    port = ports.free()
    with supervised(redis(folder, port).program), pytest.raises(CannotStart, match="Address already in use"):
        supervised(postgres(folder, port).program).__enter__()


def test_redis_serves_with_its_password_only(folder: Path) -> None:
    server = redis(folder, ports.free())
    with supervised(server.program):
        assert redis_client.Redis.from_url(server.url).ping()
        with pytest.raises(redis_client.AuthenticationError):
            redis_client.Redis.from_url(server.url.replace("//:", "//:x")).ping()


def test_the_services_alone_say_how_to_reach_them_and_stop_with_a_signal() -> None:
    place = Path(tempfile.mkdtemp())
    command = [sys.executable, "-m", "app.dev.services", "--dir", str(place), "--not-durable"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        urls = dict(process.stdout.readline().removeprefix("export ").strip().split("=", 1) for _ in range(2))
        with psycopg.connect(urls["DATABASE_URL"].strip("'")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert redis_client.Redis.from_url(urls["REDIS_URL"].strip("'")).ping()
        process.send_signal(signal.SIGINT)
    forget(place)
    assert process.returncode == 0


def test_what_is_forgotten_is_gone_wherever_it_was() -> None:
    with state() as place:
        data = Path(postgres(place, ports.free()).program.command[2])
        assert data.exists()
    assert not data.exists()


def test_root_keeps_data_outside_of_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has to give PostgreSQL another user")
    tmp_path.chmod(0o700)
    with occupied(tmp_path / "var"):
        server = postgres(tmp_path / "var", ports.free())
        with supervised(server.program):
            _store(server.url, 1)
        assert tmp_path not in Path(server.program.command[2]).parents
    forget(tmp_path / "var")
    assert not Path(server.program.command[2]).exists()


def test_what_is_in_use_is_not_forgotten(folder: Path) -> None:
    with pytest.raises(CannotStart, match="Another `make run` is using"):
        forget(folder)


def test_a_folder_is_used_by_one_at_a_time(tmp_path: Path) -> None:
    with occupied(tmp_path), pytest.raises(CannotStart, match="Another `make run` is using"):
        occupied(tmp_path).__enter__()

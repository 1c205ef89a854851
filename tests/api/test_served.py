"""The API as it is served: gunicorn, real HTTP, a process of its own."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import requests

from app.accounts.access import issue
from app.config import Settings
from app.db import rows
from app.dev import ports
from app.dev.processes import healthy
from tests.api.client import PREFIX

ROOT = Path(__file__).parents[2]
CALL = {"phoneNumber": "+15551234567", "instructions": "Say hello."}


@dataclass
class Served:
    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def served(settings: Settings, **changes: str) -> Iterator[Served]:
    port = ports.free()
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "ENCRYPTION_KEYS": settings.encryption_keys,
        "SANDBOX_AUTH_TOKEN": settings.sandbox_auth_token,
        "API_THREADS": "2",
    }
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "-k", "app.processes.serving.Worker", "--threads", "2"]
    command.append("--no-control-socket")
    process = subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}"], cwd=ROOT, env=environment | changes, stderr=subprocess.DEVNULL
    )
    try:
        while not healthy(port):
            assert process.poll() is None
            time.sleep(0.02)
        yield Served(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def hub(settings: Settings) -> Iterator[str]:
    """An API with one connection to the database, and no Redis; its address."""
    with served(
        settings, DATABASE_POOL="1", DATABASE_POOL_WAIT_SECONDS="2", REDIS_URL="redis://127.0.0.1:1/0"
    ) as serving:
        yield serving.url + PREFIX


@pytest.fixture
def key(account: UUID) -> dict[str, str]:
    return {"X-API-Key": issue(account, "test")[1]}


def test_a_long_poll_leaves_the_only_connection_to_others(hub: str, key: dict[str, str]) -> None:
    call = requests.post(f"{hub}/calls", json=CALL, headers=key, timeout=10).json()
    polled: list[str] = []

    def poll() -> None:
        answer = requests.get(f"{hub}/calls/{call['id']}?wait=25", headers=key, timeout=30)
        polled.append(answer.json()["status"])

    waiting = threading.Thread(target=poll)
    waiting.start()
    canceled = requests.post(f"{hub}/calls/{call['id']}/cancel", headers=key, timeout=10)
    waiting.join()
    assert (canceled.status_code, polled) == (200, ["canceled"])


def test_a_body_that_comes_in_chunks_is_read(hub: str, key: dict[str, str]) -> None:
    chunks = (part for part in (b'{"phoneNumber": "+15551234567",', b'"instructions": "Say hello."}'))
    headers = key | {"Content-Type": "application/json"}
    assert requests.post(f"{hub}/calls", data=chunks, headers=headers, timeout=10).status_code == 201


def test_a_body_that_comes_in_chunks_is_bounded(hub: str, key: dict[str, str]) -> None:
    chunks = (b" " * 8192 for _ in range(9))
    headers = key | {"Content-Type": "application/json"}
    answer = requests.post(f"{hub}/calls", data=chunks, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def send(hub: str, key: dict[str, str], headers: str, body: bytes) -> tuple[int, dict[str, str]]:
    """A request as written, after which we say no more; status and JSON of the answer."""
    address = urlsplit(hub)
    head = f"POST {address.path}/calls HTTP/1.1\r\nHost: hub\r\nX-API-Key: {key['X-API-Key']}\r\n{headers}\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(f"{head}Content-Type: application/json\r\nConnection: close\r\n\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, content = answer.decode().partition("\r\n\r\n")
    return int(head.split()[1]), json.loads(content)


@pytest.mark.parametrize("body", [b"ZZ\r\n{}\r\n0\r\n\r\n", b"5\r\n{}\r\n0\r\n\r\n", b"2\r\n{"])
def test_chunks_that_are_none_are_refused(hub: str, key: dict[str, str], body: bytes) -> None:
    status, told = send(hub, key, "Transfer-Encoding: chunked", body)
    assert (status, told["code"]) == (400, "invalid_request")


def test_a_body_that_ends_before_its_length_is_refused(hub: str, key: dict[str, str]) -> None:
    status, told = send(hub, key, "Content-Length: 100", b'{"phoneNumber": ')
    assert (status, told["code"]) == (400, "invalid_request")
    assert "Content-Length" in told["error"]


def test_without_redis_a_call_is_accepted(hub: str, key: dict[str, str]) -> None:
    answer = requests.post(f"{hub}/calls", json=CALL, headers=key, timeout=10)
    assert (answer.status_code, answer.json()["status"]) == (201, "initiated")


def test_a_stop_writes_the_last_uses_of_keys(settings: Settings, key: dict[str, str]) -> None:
    with served(settings) as serving:
        assert requests.get(f"{serving.url}{PREFIX}/me", headers=key, timeout=10).status_code == 200
        serving.process.terminate()
        serving.process.wait(10)
    assert rows("SELECT last_used_at FROM api_key")[0]["last_used_at"] is not None


def test_without_the_database_the_process_is_alive_and_says_so(settings: Settings) -> None:
    with served(settings, DATABASE_URL="postgresql://mio@127.0.0.1:1/mio") as serving:
        assert requests.get(f"{serving.url}/healthz", timeout=10).status_code == 200
        assert requests.get(f"{serving.url}/readyz", timeout=10).json()["database"] == "not reached"
        answer = requests.get(f"{serving.url}{PREFIX}/me", headers={"X-API-Key": "sk_live_x"}, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "mio_database_up 0.0" in requests.get(f"{serving.url}/metrics", timeout=10).text

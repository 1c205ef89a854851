"""A served sandbox, and a hub's side of the wire that notes what it is told."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

import pytest
from werkzeug.serving import make_server

from app.sandbox.application import create_sandbox
from app.sandbox.options import SandboxOptions
from tests.receiving import Receiver

SID, TOKEN = "AC" + "5a" * 16, "sandbox-token"


@dataclass(slots=True)
class Served:
    url: str


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Served]:
    app = create_sandbox(SandboxOptions(SID, TOKEN, speed=50.0))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Served(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()


@dataclass(slots=True)
class Told:
    """What the carrier posted to us."""

    receiver: Receiver

    @property
    def url(self) -> str:
        return self.receiver.url

    def fields(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(got.body.decode())) for got in self.receiver.received]


@pytest.fixture
def told() -> Iterator[Told]:
    with Receiver() as receiver:
        yield Told(receiver)

"""The verifiers that people copy, each run in its own language against what the hub signs, and against forgeries."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playhouse.pool import PooledPostgresqlDatabase

from app.config import Settings
from app.db import execute
from app.dev import ports
from app.vault import Vault
from app.webhooks import verifiers
from app.webhooks.samples import send_sample
from app.webhooks.signing import Signer, new_secret
from tests.making import an_account
from tests.webhooks.support import a_webhook, delivery, sending

REQUIRED: Final = "REQUIRE_LANGUAGES"
START_SECONDS: Final = 60
OLD, SECRET = new_secret(), new_secret()
BODY: Final = '{"event":"call.completed","call":{"name":"Zoë ☎ \\"quoted\\"","summary":"a\\nb"}}'.encode()
FOLDER: Final = Path(verifiers.__file__).parent
RACK: Final = Path(__file__).parent / "languages" / "rack.rb"
RUNTIMES: Final = {"Python": "python3", "JavaScript": "node", "PHP": "php", "Ruby": "ruby", "Go": "go"}

pytestmark = pytest.mark.timeout(300)  # Go's own library may have to be compiled first

Headers = dict[str, str]
Ask = Callable[[Mapping[str, str], bytes], int]


def _command(language: str, program: Path, port: int, folder: Path) -> list[str]:
    """How a program is started; one that is compiled is compiled first. Skips where its language is missing."""
    runtime = sys.executable if language == "Python" else shutil.which(RUNTIMES[language])
    if runtime is None:
        said = f"{language} is not installed. Install {RUNTIMES[language]}, and its verifier of webhooks is tried."
        if os.environ.get(REQUIRED):
            pytest.fail(said)
        pytest.skip(said)
    if language == "Go":
        built, own = folder / "verify", {"GOFLAGS": "", "GOTOOLCHAIN": "local"}
        subprocess.run([runtime, "build", "-o", built, program], check=True, env=os.environ | own)
        return [str(built)]
    more = {"PHP": ["-S", f"127.0.0.1:{port}"], "Ruby": [str(RACK)]}
    return [runtime, *more.get(language, []), str(program)]


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    environment = os.environ | {"MIO_WEBHOOK_SECRET": f"{OLD} {SECRET}", "PORT": str(port)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield
        finally:
            process.terminate()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, f"{process.args!r} has ended"
            assert time.monotonic() < until
            time.sleep(0.02)


@pytest.fixture(scope="module", params=verifiers.PROGRAMS, ids=lambda program: program.language)
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the verifier of a language listens; it knows two secrets, as during a rotation."""
    program, listening = request.param, ports.free()
    folder = tmp_path_factory.mktemp(program.language)
    with _running(_command(program.language, FOLDER / program.file, listening, folder), listening):
        yield listening


@pytest.fixture
def ask(port: int) -> Ask:
    """Send a request to it; the status of its answer."""

    def send(headers: Mapping[str, str], body: bytes) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("POST", "/webhook", body, dict(headers))
        status = connection.getresponse().status
        connection.close()
        return status

    return send


def signed(secret: str = SECRET, body: bytes = BODY, ago: int = 0) -> Headers:
    """The headers that the hub sends with a body."""
    lines = Signer([secret]).headers(
        delivery_id="0b7e5b0e-6f3c-4c43-9b43-0d6f0f6a3f11",
        event="call.completed",
        timestamp=str(int(time.time()) - ago),
        body=body,
    )
    return dict(line.split(": ", 1) for line in lines if not line.endswith(":"))


def test_what_the_hub_delivers_is_taken(database: PooledPostgresqlDatabase, settings: Settings, port: int) -> None:
    account = an_account()
    webhook = a_webhook(account, settings, f"http://127.0.0.1:{port}/webhook")
    sealed = Vault(settings.encryption_keys).seal(SECRET.encode())
    execute("UPDATE webhook SET secret = %s WHERE id = %s", (sealed, webhook.id))
    send_sample(account.id, "test", webhook.id, "call.completed")
    with sending(settings):
        until = time.monotonic() + 10
        while delivery().status == "pending" and time.monotonic() < until:
            time.sleep(0.02)
    assert (delivery().status, delivery().last_status) == ("succeeded", 204)


@pytest.mark.parametrize("secret", [OLD, SECRET], ids=["old", "new"])
def test_during_a_rotation_both_secrets_are_taken(ask: Ask, secret: str) -> None:
    assert ask(signed(secret), BODY) == 204


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff\xfe\r\n", b"{}" * 500_000, "☎".encode()], ids=["empty", "binary", "large", "unicode"]
)
def test_any_body_is_taken_byte_for_byte(ask: Ask, body: bytes) -> None:
    assert ask(signed(body=body), body) == 204


@pytest.mark.parametrize(
    "body",
    [BODY + b" ", BODY[:-1], BODY.replace(b"call.", b"calL."), b"", BODY.decode().encode("utf-16")],
    ids=range(5),
)
def test_a_changed_body_is_refused(ask: Ask, body: bytes) -> None:
    assert ask(signed(), body) == 401


@pytest.mark.parametrize("ago", [310, 86400, -310])
def test_a_time_far_from_now_is_refused_though_signed(ask: Ask, ago: int) -> None:
    assert ask(signed(ago=ago), BODY) == 401


@pytest.mark.parametrize("ago", [280, -280])
def test_a_time_within_five_minutes_is_taken(ask: Ask, ago: int) -> None:
    assert ask(signed(ago=ago), BODY) == 204


def test_another_time_than_was_signed_is_refused(ask: Ask) -> None:
    headers = signed()
    assert ask(headers | {"X-Mio-Timestamp": str(int(headers["X-Mio-Timestamp"]) + 1)}, BODY) == 401


def test_another_secret_is_refused(ask: Ask) -> None:
    assert ask(signed(new_secret()), BODY) == 401


def test_the_empty_secret_is_refused(ask: Ask) -> None:
    empty = signed("whsec_") | {"X-Mio-Signature": signed("")["X-Mio-Signature"]}
    assert ask(empty, BODY) == 401


@pytest.mark.parametrize(
    "signature", ["", "0" * 64, "0", "é" * 32, "a" * 5000, "sha256=" + "0" * 64, "[]"], ids=range(7)
)
def test_what_is_no_signature_is_refused(ask: Ask, signature: str) -> None:
    assert ask(signed() | {"X-Mio-Signature": signature}, BODY) == 401


@pytest.mark.parametrize("timestamp", ["", "now", "NaN", "1e9", "-1", "0", "9" * 30, "9" * 5000, "١٢٣"], ids=range(9))
def test_what_is_no_time_is_refused(ask: Ask, timestamp: str) -> None:
    assert ask(signed() | {"X-Mio-Timestamp": timestamp.encode().decode("latin-1")}, BODY) == 401


@pytest.mark.parametrize("missing", ["X-Mio-Signature", "X-Mio-Timestamp"])
def test_a_missing_header_is_refused(ask: Ask, missing: str) -> None:
    assert ask({name: value for name, value in signed().items() if name != missing}, BODY) == 401


def test_it_goes_on_after_a_request_that_breaks_off(ask: Ask, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as broken:
        broken.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert ask(signed(), BODY) == 204


def test_the_programs_are_short() -> None:
    assert all(len(program.text.splitlines()) < 70 for program in verifiers.PROGRAMS)

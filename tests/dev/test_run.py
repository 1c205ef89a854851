"""`make run` from its start to Ctrl-C."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from app.dev import ports
from app.dev.client import Client
from tests.hub import wait_until
from tests.services import state


@dataclass(frozen=True)
class Run:
    """A run that has come to its last line, and what it printed."""

    process: subprocess.Popen[str]
    shown: str
    demo: dict[str, str]

    @property
    def client(self) -> Client:
        return Client(self.demo["MIO_URL"], self.demo["MIO_TEST_KEY"])


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with state() as folder:
        yield folder / "var"


@pytest.fixture(scope="module")
def chosen() -> dict[str, str]:
    """Free ports, and a sandbox in a hurry."""
    names = ("API_PORT", "VOICE_PORT", "SANDBOX_PORT", "RECEIVER_PORT", "POSTGRES_PORT", "REDIS_PORT")
    return {name: str(ports.free()) for name in names} | {"SANDBOX_SPEED": "40"}


@contextmanager
def running(place: Path, environment: dict[str, str]) -> Iterator[Run]:
    """A run; ended by Ctrl-C, and with all that it started."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    with subprocess.Popen(
        [sys.executable, "-m", "app.dev.run", str(place)],
        env=inherited | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Run(process, _until_up(process), _demo(place))
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest
    assert rest.endswith("Stopped.\n")
    assert not any(ports.taken(int(environment[name])) for name in environment if name.endswith("_PORT"))


def _until_up(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            return "".join(lines)
    raise AssertionError("".join(lines))


def _signs_in(demo: dict[str, str]) -> bool:
    """Whether the shown address and password open the dashboard."""
    with requests.Session() as browser:
        page = browser.get(f"{demo['MIO_URL']}/sign-in", timeout=10).text
        csrf = re.search(r'name="csrf" value="(\w+)"', page)
        assert csrf is not None
        typed = {"csrf": csrf[1], "email": demo["MIO_EMAIL"], "password": demo["MIO_PASSWORD"]}
        browser.post(f"{demo['MIO_URL']}/sign-in", data=typed, timeout=10)
        return demo["MIO_EMAIL"] in browser.get(f"{demo['MIO_URL']}/settings/security", timeout=10).text


def _demo(place: Path) -> dict[str, str]:
    return dict(shlex.split(line)[0].split("=", 1) for line in (place / "demo.env").read_text().splitlines())


@pytest.mark.timeout(120)
def test_a_run_shows_a_call_and_its_signed_webhook_and_the_next_run_uses_the_same_keys(
    place: Path, chosen: dict[str, str]
) -> None:
    with running(place, chosen) as first:
        assert re.search(r"Agent  Hi, I'd like to place an order.*\n  Human  .*(.*\n)*.*\(completed\)", first.shown)
        assert re.search(r"X-Mio-Signature +[0-9a-f]{64}\n", first.shown)
        assert re.search(r"signature +valid", first.shown)
        assert re.search(r"summary +.*pepperoni", first.shown)
        assert first.demo["MIO_URL"] == f"http://127.0.0.1:{chosen['API_PORT']}"
        assert len(first.client.get("/webhooks")["data"]) == 1
    assert all((place / name).stat().st_mode & 0o077 == 0 for name in ("demo.env", "hub.env"))
    with running(place, chosen) as second:
        assert second.demo == first.demo
        assert _signs_in(second.demo)
        assert re.search(r"signature +valid", second.shown)
        assert len(second.client.get("/webhooks")["data"]) == 1


@pytest.mark.timeout(120)
def test_a_run_without_the_demo_places_no_call(place: Path, chosen: dict[str, str]) -> None:
    with running(place.with_name("bare"), chosen | {"RUN_DEMO": "0"}) as run:
        assert run.client.get("/calls")["data"] == []
        assert "once a carrier is set up" in run.shown
        assert run.demo["MIO_TEST_KEY"] in run.shown
        assert run.demo["MIO_PASSWORD"] in run.shown


def test_a_port_that_is_taken_ends_the_run_with_the_way_out(place: Path, chosen: dict[str, str]) -> None:
    port = ports.free()
    refused = subprocess.run(
        [sys.executable, "-m", "app.dev.run", str(place)],
        env=os.environ | chosen | {"API_PORT": str(port), "VOICE_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert f"port {port} (API) is chosen twice; API_PORT chooses another" in refused.stderr


def test_a_database_that_cannot_be_reached_ends_the_run_with_the_reason(place: Path, chosen: dict[str, str]) -> None:
    nowhere = f"postgresql://mio:secret@127.0.0.1:{ports.free()}/mio"
    refused = subprocess.run(
        [sys.executable, "-m", "app.dev.run", str(place)],
        env=os.environ | chosen | {"DATABASE_URL": nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "The database could not be prepared" in refused.stderr
    assert "secret" not in refused.stderr
    wait_until(lambda: not ports.taken(int(chosen["SANDBOX_PORT"])))


def test_a_setting_that_cannot_be_read_ends_the_run_before_anything_starts(place: Path, chosen: dict[str, str]) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "app.dev.run", str(place)],
        env=os.environ | chosen | {"VOICE_MAX_CALLS": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "VOICE_MAX_CALLS='many' is not a whole number" in refused.stderr
    assert "Traceback" not in refused.stderr

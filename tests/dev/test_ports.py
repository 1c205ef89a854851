"""Ports that are taken."""

import errno
import socket
from collections.abc import Iterator

import pytest

from app.dev import ports
from app.dev.errors import CannotStart
from app.dev.ports import Port


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that something listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_taken_port_is_named_with_its_setting_and_a_command_that_works(busy: int) -> None:
    with pytest.raises(CannotStart) as refusal:
        ports.require_free([Port(busy, "API", "API_PORT"), Port(ports.free(), "voice", "VOICE_PORT")])
    message = str(refusal.value)
    assert f"port {busy} (API) is taken; API_PORT chooses another" in message
    assert "VOICE_PORT" not in message
    command = message.splitlines()[-1].split()
    assert command[1:] == ["make", "run"]
    assert not ports.taken(int(command[0].removeprefix("API_PORT=")))


def test_a_port_on_all_addresses_is_taken_too() -> None:
    with socket.socket() as listening:
        listening.bind(("0.0.0.0", 0))
        listening.listen()
        assert ports.taken(listening.getsockname()[1])


def test_one_port_for_two_things_is_refused() -> None:
    number = ports.free()
    with pytest.raises(CannotStart, match="is chosen twice"):
        ports.require_free([Port(number, "API", "API_PORT"), Port(number, "voice", "VOICE_PORT")])


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EADDRINUSE, "taken"),
        (errno.EACCES, "not for ordinary users"),
        (errno.EADDRNOTAVAIL, "not to be had"),
    ],
)
def test_a_port_that_is_kept_from_us_is_not_called_taken(number: int, words: str) -> None:
    assert ports.reason(OSError(number, "as the system says")).startswith(words)


def test_free_ports_are_accepted() -> None:
    ports.require_free([Port(ports.free(), "API", "API_PORT")])


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80.5", "²"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(CannotStart, match=r"API_PORT=.* is not a port"):
        ports.read({"API_PORT": text}, "API_PORT", "API", 8000)


def test_an_empty_setting_means_the_default() -> None:
    assert ports.read({"API_PORT": ""}, "API_PORT", "API", 8000) == Port(8000, "API", "API_PORT")

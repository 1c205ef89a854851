"""What the logs keep to themselves, at every level."""

import logging
from collections.abc import Iterator

import pytest

from app.logs import configure, masked


@pytest.fixture
def verbose(capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """Everything that is logged, on standard error."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure("DEBUG")
    yield capfd
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("library", ["peewee", "urllib3.connectionpool", "twilio.http_client", "openai._base_client"])
def test_no_library_tells_what_it_was_given(library: str, verbose: pytest.CaptureFixture[str]) -> None:
    logging.getLogger(library).debug("a transcript")
    logging.getLogger("app.calls").debug("a step")
    written = verbose.readouterr().err
    assert "a step" in written
    assert "a transcript" not in written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to +15551234567", "to +…67"),
        ("GET /Calls.json?To=%2B15551234567&From=%2b15550100100", "GET /Calls.json?To=%2B…67&From=%2b…00"),
        ("key sk_test_abcDEF123", "key sk_test_…"),
    ],
)
def test_numbers_and_keys_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown

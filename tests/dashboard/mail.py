"""The e-mails that a hub without a mail server writes to its log."""

import re

import pytest

_LINE = re.compile(r"e-mail to (\S+): (.*)")
_LINK = re.compile(r"http://localhost/links/[\w-]+")


def letters(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Whom they went to, and what they say; the oldest first."""
    found = [_LINE.fullmatch(record.getMessage()) for record in caplog.records if record.name == "app.notices"]
    return [(match[1], match[2]) for match in found if match]


def last_link(caplog: pytest.LogCaptureFixture) -> str:
    """The path of the link in the newest e-mail that has one."""
    links = [link for _, text in letters(caplog) for link in _LINK.findall(text)]
    return str(links[-1]).removeprefix("http://localhost")

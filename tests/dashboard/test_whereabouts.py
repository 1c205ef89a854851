"""The address that links in e-mails begin with."""

import pytest
from flask import Flask
from werkzeug.exceptions import SecurityError

from app.dashboard.whereabouts import base
from app.errors import Unavailable


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]"])
def test_this_machine_may_be_called_by_its_names(app: Flask, host: str) -> None:
    with app.test_request_context("/", base_url=f"http://{host}"):
        assert base() == f"http://{host}"


FOREIGN = [
    "evil.example",
    "localhost.evil.example",
    "localhost:1@evil.example",
    "evil@localhost",
    "127.0.0.1:80@evil.example",
]


@pytest.mark.parametrize("host", FOREIGN)
def test_no_other_name_is_believed(app: Flask, host: str) -> None:
    refused = pytest.raises((Unavailable, SecurityError))  # by us, or by what reads the header before us
    with app.test_request_context("/", headers={"Host": host}), refused:
        base()

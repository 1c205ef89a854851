"""The demo's receiver: it must not call genuine what is not."""

import hashlib
import hmac
import http.client

import pytest

from app.dev import ports
from app.dev.receiver import Receiver, genuine

SECRET = "whsec_c2VjcmV0"
BODY = b'{"event":"call.completed"}'
NOW = 1_711_000_000


def signed(body: bytes = BODY, at: int = NOW, secret: str = SECRET) -> dict[str, str]:
    """The headers that the API document describes."""
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Mio-Timestamp": str(at), "X-Mio-Signature": signature}


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        (signed(), True),
        (signed(at=NOW - 299), True),
        (signed(at=NOW - 301), False),
        (signed(at=NOW + 301), False),
        (signed(body=b"{}"), False),
        (signed(secret="whsec_other"), False),
        (signed() | {"X-Mio-Signature": ""}, False),
        (signed() | {"X-Mio-Timestamp": str(NOW + 1)}, False),
        ({}, False),
    ],
)
def test_only_a_fresh_signature_over_these_bytes_is_genuine(headers: dict[str, str], verdict: bool) -> None:
    assert genuine(SECRET, headers, BODY, NOW) is verdict


def test_what_is_not_genuine_is_shown_and_refused() -> None:
    receiver = Receiver(ports.free())
    connection = http.client.HTTPConnection(receiver.url.split("/")[2])
    connection.request("POST", "/webhook", BODY, signed())
    assert connection.getresponse().status == 401
    assert not receiver.receipts.get(timeout=5).genuine
    receiver.close()

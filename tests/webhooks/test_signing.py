import base64
import hashlib
import hmac
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from app.webhooks.signing import headers, new_secret, signature

BODY = '{"event":"call.completed","note":"naïve – “pizza”"}'.encode()
SAMPLE = Path(__file__).parent / "verify.mjs"


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def signed(secret: str, body: bytes = BODY, timestamp: int | None = None) -> dict[str, str]:
    return headers(secret, delivery_id="d1", event="call.completed", timestamp=timestamp or now(), body=body)


def test_a_secret_is_whsec_and_the_base64_of_32_bytes() -> None:
    secret = new_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret != new_secret()


@given(st.binary(max_size=300), st.integers(1, 2**33))
def test_the_signature_is_the_documents_hmac_in_64_hex_digits(body: bytes, timestamp: int) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    expected = hmac.new(secret.encode(), str(timestamp).encode() + b"." + body, hashlib.sha256).hexdigest()
    assert signature(secret, timestamp, body) == expected
    assert len(expected) == 64


def test_every_documented_header_is_there() -> None:
    given_headers = signed(new_secret())
    assert {"X-Mio-Signature", "X-Mio-Timestamp", "X-Mio-Event", "X-Mio-Delivery"} <= set(given_headers)
    assert given_headers["webhook-id"] == given_headers["X-Mio-Delivery"] == "d1"


def test_the_standard_webhooks_library_verifies_it() -> None:
    secret = new_secret()
    assert Webhook(secret).verify(BODY, signed(secret)) is not None


@pytest.mark.parametrize(
    ("body", "age", "other_secret"),
    [(BODY + b" ", 0, False), (BODY, 3600, False), (BODY, 0, True)],
    ids=["tampered body", "old timestamp", "wrong secret"],
)
def test_the_standard_webhooks_library_refuses_what_is_wrong(body: bytes, age: int, other_secret: bool) -> None:
    secret = new_secret()
    moment = int((datetime.now(UTC) - timedelta(seconds=age)).timestamp())
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret() if other_secret else secret).verify(body, signed(secret, timestamp=moment))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node: the API document's sample is JavaScript")
@pytest.mark.parametrize(("change", "verdict"), [(b"", "true"), (b" ", "false")])
def test_the_documents_own_sample_verifies_it(change: bytes, verdict: str) -> None:
    secret = new_secret()
    given_headers = signed(secret)
    arguments = [secret, given_headers["X-Mio-Timestamp"], given_headers["X-Mio-Signature"]]
    ran = subprocess.run(
        ["node", str(SAMPLE), *arguments], input=BODY + change, capture_output=True, timeout=30, check=True
    )
    assert ran.stdout.decode().strip() == verdict

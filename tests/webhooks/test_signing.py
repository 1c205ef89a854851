import base64
import hashlib
import hmac
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError
from stripe import SignatureVerificationError, WebhookSignature
from svix.webhooks import Webhook as SvixWebhook
from svix.webhooks import WebhookVerificationError as SvixRefusal

from app.webhooks.signing import Signer, new_secret

BODY = '{"event":"call.completed","note":"naïve – “pizza”"}'.encode()
Verify = Callable[[str, bytes, dict[str, str]], None]
SAMPLE = Path(__file__).parent / "verify.mjs"


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def signed(*secrets: str, body: bytes = BODY, timestamp: int | None = None) -> dict[str, str]:
    lines = Signer(secrets).headers(
        delivery_id="d1", event="call.completed", timestamp=str(timestamp or now()), body=body
    )
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_a_secret_is_whsec_and_the_base64_of_32_bytes() -> None:
    secret = new_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret != new_secret()


@given(st.binary(max_size=300), st.integers(1, 2**33))
def test_the_signature_is_the_documents_hmac_in_64_hex_digits(body: bytes, timestamp: int) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    expected = hmac.new(secret.encode(), str(timestamp).encode() + b"." + body, hashlib.sha256).hexdigest()
    assert signed(secret, body=body, timestamp=timestamp)["X-Mio-Signature"] == expected
    assert len(expected) == 64


def test_every_documented_header_is_there() -> None:
    given_headers = signed(new_secret())
    assert {"X-Mio-Signature", "X-Mio-Timestamp", "X-Mio-Event", "X-Mio-Delivery"} <= set(given_headers)
    assert given_headers["webhook-id"] == given_headers["X-Mio-Delivery"] == "d1"


def verify_standard(secret: str, body: bytes, headers: dict[str, str]) -> None:
    Webhook(secret).verify(body, headers)


def verify_svix(secret: str, body: bytes, headers: dict[str, str]) -> None:
    SvixWebhook(secret).verify(body, headers)


def verify_stripe(secret: str, body: bytes, headers: dict[str, str]) -> None:
    """Our own signature is what Stripe's scheme calls v1."""
    header = f"t={headers['X-Mio-Timestamp']},v1={headers['X-Mio-Signature']}"
    WebhookSignature.verify_header(body.decode(), header, secret, tolerance=300)


LIBRARIES = pytest.mark.parametrize("verify", [verify_standard, verify_svix, verify_stripe])
REFUSALS = (WebhookVerificationError, SvixRefusal, SignatureVerificationError)


@LIBRARIES
def test_the_libraries_of_others_verify_it(verify: Verify) -> None:
    secret = new_secret()
    verify(secret, BODY, signed(secret))


@LIBRARIES
@pytest.mark.parametrize(
    ("body", "age", "other_secret"),
    [(BODY + b" ", 0, False), (BODY, 3600, False), (BODY, 0, True)],
    ids=["tampered body", "old timestamp", "wrong secret"],
)
def test_the_libraries_of_others_refuse_what_is_wrong(
    verify: Verify, body: bytes, age: int, other_secret: bool
) -> None:
    secret = new_secret()
    moment = int((datetime.now(UTC) - timedelta(seconds=age)).timestamp())
    with pytest.raises(REFUSALS):
        verify(new_secret() if other_secret else secret, body, signed(secret, timestamp=moment))


def test_during_a_rotation_our_own_signature_stays_with_the_old_secret() -> None:
    old, new = new_secret(), new_secret()
    verify_stripe(old, BODY, signed(old, new))
    with pytest.raises(REFUSALS):
        verify_stripe(new, BODY, signed(old, new))


@pytest.mark.parametrize("verify", [verify_standard, verify_svix])
def test_during_a_rotation_the_standard_signature_fits_both_secrets(verify: Verify) -> None:
    old, new = new_secret(), new_secret()
    verify(old, BODY, signed(old, new))
    verify(new, BODY, signed(old, new))


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

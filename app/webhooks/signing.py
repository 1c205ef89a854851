"""Signatures of webhook requests. Pure.

Two schemes stand on each request. Ours is the API document's: hex HMAC-SHA256, keyed with the secret exactly as it
was issued, over `{timestamp}.{body}`. The other is Standard Webhooks 1.0 (webhook-id, webhook-timestamp,
webhook-signature), keyed with the bytes that the secret's base64 stands for, over `{id}.{timestamp}.{body}`.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Final

PREFIX: Final = "whsec_"


def new_secret() -> str:
    """`whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """64 lower-case hex digits, as the API document's sample computes them."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def standard_signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and base64, as Standard Webhooks computes it."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def headers(secret: str, *, delivery_id: str, event: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt; `delivery_id` stays the same over retries, `timestamp` is this attempt's."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Mio-Hub-Webhooks/1",
        "X-Mio-Event": event,
        "X-Mio-Delivery": delivery_id,
        "X-Mio-Timestamp": str(timestamp),
        "X-Mio-Signature": signature(secret, timestamp, body),
        "webhook-id": delivery_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": standard_signature(secret, delivery_id, timestamp, body),
    }

"""Signatures of webhook requests. Pure.

Two schemes stand on each request. Ours is the API document's: hex HMAC-SHA256, keyed with the secret exactly as it
was issued, over `{timestamp}.{body}`, in lower case. The other is Standard Webhooks 1.0 (webhook-id, webhook-timestamp,
webhook-signature), keyed with the bytes that the secret's base64 stands for, over `{id}.{timestamp}.{body}`.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"


def new_secret() -> str:
    """`whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


class Signer:
    """Signs with an endpoint's `secrets`: the first makes `X-Mio-Signature`, all of them `webhook-signature`."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._first = secrets[0].encode()
        self._keys = [_standard_key(secret) for secret in secrets]

    def headers(self, *, delivery_id: str, event: str, timestamp: str, body: bytes) -> list[str]:
        """The header lines of one attempt; `delivery_id` stays over retries, `timestamp` is this attempt's."""
        signed = f"{timestamp}.".encode() + body
        standard = f"{delivery_id}.".encode() + signed
        return header_lines(
            delivery_id=delivery_id,
            event=event,
            timestamp=timestamp,
            signature=hmac.digest(self._first, signed, "sha256").hex(),
            standard=" ".join(_standard(key, standard) for key in self._keys),
        )


def header_lines(*, delivery_id: str, event: str, timestamp: str, signature: str, standard: str) -> list[str]:
    """The headers of one attempt, with the signatures of both schemes. One with no value is not sent."""
    return [
        "Content-Type: application/json",
        "User-Agent: Mio-Hub-Webhooks/1",
        "Expect:",
        f"X-Mio-Event: {event}",
        f"X-Mio-Delivery: {delivery_id}",
        f"X-Mio-Timestamp: {timestamp}",
        f"X-Mio-Signature: {signature}",
        f"webhook-id: {delivery_id}",
        f"webhook-timestamp: {timestamp}",
        f"webhook-signature: {standard}",
    ]


def _standard_key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))


def _standard(key: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()

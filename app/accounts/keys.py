"""API keys as text. Pure: a key is shown once; its SHA-256 and a visible prefix are what is kept."""

import hashlib
import secrets
from typing import Final

from app.config import Mode

PREFIX_LENGTH: Final = 12
LONGEST: Final = 100


def new_key(mode: Mode) -> str:
    """`sk_live_` or `sk_test_` and 32 random bytes in URL-safe base64."""
    return f"sk_{mode}_{secrets.token_urlsafe(32)}"


def digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def prefix(key: str) -> str:
    """What people recognise a key by, like `sk_live_a1b2`: too little to guess the rest."""
    return key[:PREFIX_LENGTH]

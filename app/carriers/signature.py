"""Twilio's request signatures: HMAC-SHA1 over the URL and the sorted form fields, keyed with the auth token.

https://www.twilio.com/docs/usage/security#validating-requests. The URL is always rebuilt from the configured
public URL, never taken from the request; a WebSocket handshake is signed over its wss:// URL without fields.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit, urlunsplit

DIGEST_CHARACTERS: Final = 28  # of base64, for the 20 bytes of SHA-1
_DEFAULT_PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80}


def sign(auth_token: str, url: str, fields: Mapping[str, Sequence[str]]) -> bytes:
    """The raw 20 bytes. Fields are sorted by name; several values of one name once each, sorted."""
    text = url + "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    return hmac.new(auth_token.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha1).digest()


def verify(auth_token: str, url: str, fields: Mapping[str, Sequence[str]], header: str | None) -> bool:
    """Whether `header` (X-Twilio-Signature) is right; in constant time, False for anything malformed."""
    if header is None or len(header) != DIGEST_CHARACTERS or not auth_token:
        return False
    try:
        given = base64.b64decode(header, validate=True)
    except ValueError:
        return False
    return any(hmac.compare_digest(given, sign(auth_token, spelling, fields)) for spelling in _spellings(url))


def _spellings(url: str) -> set[str]:
    """The URL without its port and with it: Twilio signs either, and its own libraries accept both."""
    parts = urlsplit(url)
    host = parts.netloc if parts.port is None else parts.netloc.removesuffix(f":{parts.port}")
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 443)
    return {urlunsplit(parts._replace(netloc=netloc)) for netloc in (host, f"{host}:{port}")}

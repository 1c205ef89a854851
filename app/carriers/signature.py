"""Twilio's request signatures: HMAC-SHA1 over the URL and the sorted form fields, keyed with the auth token.

https://www.twilio.com/docs/usage/security#validating-requests. The URL is always rebuilt from the configured
public URL, never taken from the request; a WebSocket handshake is signed over its wss:// URL without fields.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence


def sign(auth_token: str, url: str, fields: Mapping[str, Sequence[str]]) -> bytes:
    """The raw 20 bytes. Fields are sorted by name; several values of one name once each, sorted."""
    text = url + "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    return hmac.new(auth_token.encode(), text.encode("utf-8", "surrogateescape"), hashlib.sha1).digest()


def verify(auth_token: str, url: str, fields: Mapping[str, Sequence[str]], header: str | None) -> bool:
    """Whether `header` (X-Twilio-Signature) is right; in constant time, False for anything malformed."""
    if not header or not auth_token or len(header) > 200:
        return False
    try:
        given = base64.b64decode(header, validate=True)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(given, sign(auth_token, url, fields))

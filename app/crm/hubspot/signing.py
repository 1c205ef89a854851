"""Whether a request is HubSpot's: its signature of version 3, or of version 2 where there is none. Pure.

Version 3 is base64 of HMAC-SHA256, keyed with the app's secret, over method, URI, body and the timestamp (milliseconds)
that a header tells; what is older than five minutes is refused. Version 2, which HubSpot documents for workflow
actions, is the hexadecimal SHA-256 of secret, method, URI and body. It covers no time, so that a request that was
overheard could be sent again for ever: what keeps that from ringing anybody twice is that every request is acted upon
once (an action for its `callbackId`, a change for its event). Version 1 leaves out method and URI and is never taken.
"""

import base64
import hashlib
import hmac
import re
from typing import Final

from app.crm.platform import Inbound

MAX_AGE_SECONDS: Final = 300
_V3: Final = "x-hubspot-signature-v3"
_TIMESTAMP: Final = "x-hubspot-request-timestamp"
_V2: Final = "x-hubspot-signature"
_VERSION: Final = "x-hubspot-signature-version"
# HubSpot signs the URI with these, and no others, decoded.
_DECODED: Final = {
    "3A": ":", "2F": "/", "3F": "?", "40": "@", "21": "!", "24": "$",
    "27": "'", "28": "(", "29": ")", "2A": "*", "2C": ",", "3B": ";",
}  # fmt: skip
_ENCODED: Final = re.compile("%(" + "|".join(_DECODED) + ")", re.IGNORECASE)


def is_signed(request: Inbound, secret: str, now: float) -> bool:
    """Whether `request` bears a signature made with `secret`. `now` in seconds since 1970.

    A request that bears version 3 stands or falls with it: version 2 does not rescue it.
    """
    if not secret:
        return False
    if _V3 in request.headers:
        return _is_signed_v3(request, secret, now)
    return request.headers.get(_VERSION) == "v2" and _same(request.headers.get(_V2, ""), v2(request, secret))


def v3(request: Inbound, secret: str, timestamp: str) -> str:
    """The signature of version 3 for a request sent at `timestamp`, milliseconds since 1970."""
    uri = _ENCODED.sub(lambda match: _DECODED[match[1].upper()], request.url)
    signed = (request.method + uri).encode() + request.body + timestamp.encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def v2(request: Inbound, secret: str) -> str:
    """The signature of version 2."""
    return hashlib.sha256((secret + request.method + request.url).encode() + request.body).hexdigest()


def _is_signed_v3(request: Inbound, secret: str, now: float) -> bool:
    timestamp = request.headers.get(_TIMESTAMP, "")
    if not re.fullmatch(r"[0-9]{1,15}", timestamp) or abs(now - int(timestamp) / 1000) > MAX_AGE_SECONDS:
        return False
    return _same(request.headers[_V3], v3(request, secret, timestamp))


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())

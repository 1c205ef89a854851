"""Receives webhooks of Mio: takes what is signed with the secret, and refuses everything else."""

import hmac
import os
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# One secret, or during a rotation the old and the new one with a space between them.
SECRETS = os.environ["MIO_WEBHOOK_SECRET"].split()
TOLERANCE_SECONDS = 300


def verified(timestamp: str, signature: str, body: bytes) -> bool:
    """Whether Mio has signed this body, not more than five minutes ago. The body must be the bytes as they came."""
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = timestamp.encode() + b"." + body
    expected = [hmac.digest(secret.encode(), signed, "sha256").hex() for secret in SECRETS]
    return any(hmac.compare_digest(one.encode(), signature.encode("latin-1", "replace")) for one in expected)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        timestamp, signature = self.headers.get("X-Mio-Timestamp", ""), self.headers.get("X-Mio-Signature", "")
        self.send_response(204 if verified(timestamp, signature, body) else 401)
        self.end_headers()
        # Answer first, work afterwards. X-Mio-Delivery stays the same when a delivery is sent again.


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Receiver).serve_forever()

"""The request of an attempt as it is shown afterwards. Pure.

All of it is known but the signatures: they are not kept, and not made again, as the secret may be another one by now,
and a signature of a few minutes ago would still be taken by whoever is sent it.
"""

from typing import Final
from urllib.parse import urlsplit

from app.webhooks.signing import header_lines

NOT_KEPT: Final = "(not kept)"
HIDDEN: Final = "/…"


def head(url: str | None, host: str, *, delivery_id: str, event: str, timestamp: str, length: int) -> list[str]:
    """The lines before the body; `url` None hides the path, which may hold a token, and leaves the `host`."""
    parts = urlsplit(url or "")
    path = HIDDEN if url is None else (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = header_lines(
        delivery_id=delivery_id, event=event, timestamp=timestamp, signature=NOT_KEPT, standard=NOT_KEPT
    )
    sent = [line for line in lines if not line.endswith(":")]
    own = [f"Host: {host}", "Accept: */*", "Accept-Encoding: gzip"]
    return [f"POST {path} HTTP/1.1", *own, *sent, f"Content-Length: {length}"]

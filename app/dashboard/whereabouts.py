"""Where this hub is reached by people, and where they come from."""

from typing import Final
from urllib.parse import urlsplit

from flask import request

from app.dashboard.context import settings
from app.errors import Unavailable

_OWN: Final = ("127.0.0.1", "localhost", "::1")


def hub_url() -> str:
    """The hub's address, without a trailing slash, for this browser: as it is configured, else as it came here.

    What is sent to others begins with `base` instead.
    """
    return settings().api_url or request.host_url.rstrip("/")


def base() -> str:
    """The dashboard's address, without a trailing slash, for links in e-mails. Raises Unavailable.

    A name that the request brings is believed on this machine alone: else whoever asks could have links to a place of
    theirs sent to others.
    """
    if settings().api_url:
        return settings().api_url
    asked = urlsplit(request.host_url)
    if asked.hostname in _OWN and "@" not in asked.netloc:
        return f"{asked.scheme}://{asked.netloc}"
    raise Unavailable("No e-mail can be sent yet: whoever runs this hub has to set API_PUBLIC_URL first.")


def address() -> str:
    """Where the request comes from."""
    return request.remote_addr or ""

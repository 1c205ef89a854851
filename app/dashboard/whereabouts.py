"""Where this hub is reached by people, and where they come from."""

from typing import Final
from urllib.parse import urlencode, urlsplit

from flask import current_app, request

from app.dashboard.context import settings
from app.errors import Unavailable

_OWN: Final = ("127.0.0.1", "localhost", "::1")
# What an address says of one world, or of one moment, alone.
_PASSING: Final = ("mode", "cursor", "done")


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


def here() -> str:
    """The path of this page in either world, with what it is looked through by. After a form, the page it stands on."""
    if request.method == "GET":
        kept = [(name, value) for name, value in request.args.items(multi=True) if name not in _PASSING]
        return f"{request.path}?{urlencode(kept)}" if kept else request.path
    return _page_above(request.path)


def _page_above(path: str) -> str:
    """The nearest path at which there is a page to look at."""
    routes = current_app.create_url_adapter(request)
    while path and routes and not routes.test(path, method="GET"):
        path = path.rpartition("/")[0]
    return path or "/"

"""How this hub is addressed in what pages show to be copied."""

from flask import request

from app.dashboard.context import settings


def hub_url() -> str:
    """The hub's address, without a trailing slash: as it is configured, else as the browser came here."""
    return settings().api_url or request.host_url.rstrip("/")

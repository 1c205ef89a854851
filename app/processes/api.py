"""The API process: it serves the dashboard, too."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.api import application as api
from app.carriers.sandbox_handset import handset
from app.config import Settings
from app.dashboard import application as dashboard
from app.processes import files, foundation

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

CONNECTIONS: Final = 1000  # what gunicorn accepts at once; viewers do not count among them

# Paths that are the API's, or begin with one of these and a slash; all others are pages of the dashboard.
OURS: Final = ("/api", "/crm", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics")


def create_app(settings: Settings) -> Flask:
    """The API as a WSGI application, which hands what is not its own to the dashboard."""
    foundation.lay(settings)
    files.allow(CONNECTIONS + settings.live_viewers)
    made, pages = api.build(settings), dashboard.build(settings, handset=handset(settings))
    parted = _parted(made.wsgi_app, pages.wsgi_app)
    made.wsgi_app = behind(parted, settings.trusted_proxies)  # type: ignore[assignment]
    return made


def behind(served: Application, proxies: int) -> Application:
    """The same, with the addresses of clients as that many proxies tell them; without any, as connections have them."""
    return ProxyFix(served, x_for=proxies, x_proto=proxies) if proxies > 0 else served


def _parted(own: Application, pages: Application) -> Application:
    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        ours = any(path == root or path.startswith(f"{root}/") for root in OURS)
        return (own if ours else pages)(environ, start_response)

    return serve

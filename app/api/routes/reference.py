"""/openapi.json and /docs: the API described, for programs and for people. They need no key and ask nobody else."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

OURS: Final = Path(__file__).parents[1] / "reference"
VIEWER: Final = Path(str(files("flask_swagger_ui"))) / "dist"
CACHED_SECONDS: Final = 300

# What the page loads, and where it lies.
ASSETS: Final = {
    "page.css": OURS,
    "page.js": OURS,
    "icon.svg": OURS,
    "swagger-ui.css": VIEWER,
    "swagger-ui-bundle.js": VIEWER,
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

reference = Blueprint("reference", __name__)


@reference.get("/openapi.json")
def read_document() -> Response:
    """The OpenAPI document."""
    return _sent(OURS, "openapi.json")


@reference.get("/docs")
def show_page() -> Response:
    """The page on which people read it."""
    return _sent(OURS, "page.html")


@reference.get("/docs/<name>")
def load_asset(name: str) -> Response:
    """A file that the page loads."""
    if name not in ASSETS:
        raise NotFound
    return _sent(ASSETS[name], name)


@reference.after_request
def _guard(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _sent(folder: Path, name: str) -> Response:
    """A file with its ETag; 304 to who has it."""
    return send_from_directory(folder, name, max_age=CACHED_SECONDS)

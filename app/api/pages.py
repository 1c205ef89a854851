"""A small page for a person who comes from elsewhere: it loads nothing and runs nothing."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Final

from flask import Response

_STYLE: Final = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;color:#1c2430;"
    "background:#fff}a{color:#14604a}h1{font-size:1.5rem;line-height:1.3}p{overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{color:#e6e9ee;background:#14181f}a{color:#8fd3b6}}"
)
_PAGE: Final = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="robots" content="noindex">\n<title>{title} – Mio Hub</title>\n<style>{style}</style>\n</head>\n'
    "<body>\n<main>\n<h1>{title}</h1>\n{paragraphs}\n</main>\n</body>\n</html>\n"
)
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Onward:
    """A page of the dashboard, and what a link to it says."""

    path: str
    text: str


def page(title: str, paragraphs: Sequence[str], status: int = 200, *, onward: Onward | None = None) -> Response:
    """An HTML page of plain texts, and where to go on. Its address is kept from everybody: it may hold a code."""
    told = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    if onward:
        told += f'\n<p><a href="{escape(onward.path)}">{escape(onward.text)}</a></p>'
    made = Response(_PAGE.format(title=escape(title), style=_STYLE, paragraphs=told), status, mimetype="text/html")
    made.headers["Content-Security-Policy"] = _POLICY
    made.headers["X-Content-Type-Options"] = "nosniff"
    made.headers["Referrer-Policy"] = "no-referrer"
    made.headers["Cache-Control"] = "no-store"
    return made

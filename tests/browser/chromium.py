"""Chromium as a person has it: light, dark or narrow; what it complains of and whom it asks is noted."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOOKS: Final[Mapping[str, Mapping[str, Any]]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


@dataclass
class Noted:
    """What went wrong on a page: console errors, uncaught exceptions, requests to other hosts than `host`."""

    host: str
    complaints: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host != self.host and not request.url.startswith("data:"):
            self.complaints.append(f"asked {host}")


def executable() -> str:
    """Where Chromium is. Skips the test where it is missing; with REQUIRE_BROWSER=1 it fails instead."""
    found = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = "no Chromium on this machine (Debian: apt install chromium; or CHROMIUM=/path/to/it)"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, url: str, *, token: str = "", look: str = "light", **options: Any) -> Iterator[Page]:
    """A page of a fresh browser, in which an owner may be signed in. Fails when the page complained."""
    context = browser.new_context(**LOOKS[look], base_url=url, **options)
    if token:
        context.add_cookies([{"name": "mio", "value": token, "url": url}])
    page, noted = context.new_page(), Noted(urlsplit(url).netloc)
    noted.listen(page)
    try:
        yield page
    finally:
        context.close()
    assert noted.complaints == []

"""A browser without JavaScript before a hub that runs in processes of its own."""

from typing import Any

import requests
from werkzeug.wrappers import Response

from tests.dashboard.browser import Page


class FarBrowser:
    """One browser in which somebody is signed in; `url` is where the hub listens, `token` that of their session."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._cookies = {"mio": token}

    def get(self, path: str) -> Page:
        return self._page(requests.get(self.url + path, cookies=self._cookies, timeout=20))

    def send(self, page: Page, action: str, **values: Any) -> Page:
        """Send the form of `page` that belongs to `action`, with some fields filled in."""
        return self.post(action, page.form(action).values | values)

    def post(self, path: str, values: dict[str, Any]) -> Page:
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        return self._page(
            requests.post(self.url + path, data=values, headers=headers, cookies=self._cookies, timeout=20)
        )

    def _page(self, answer: requests.Response) -> Page:
        """Where it led to, if it led on."""
        kind = answer.headers.get("Content-Type")
        found = Page(Response(answer.content, answer.status_code, content_type=kind))
        found.location = answer.url.removeprefix(self.url)
        return found

"""A browser without JavaScript: keeps cookies, follows where it is led, and fills in the forms of pages."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

HOST = "http://localhost"


@dataclass
class Form:
    """A form of a page: where it is sent, what its fields hold, and which fields of each name there are."""

    action: str
    method: str
    values: dict[str, Any] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.headings: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._heading = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "form":
            self._form = Form(given.get("action") or "", (given.get("method") or "get").lower())
            self.forms.append(self._form)
        elif tag == "h1":
            self._heading = True
            self.headings.append("")
        elif self._form is not None:
            self._take(tag, given, self._form)

    def _take(self, tag: str, given: dict[str, str | None], form: Form) -> None:
        name, kind = given.get("name"), given.get("type")
        if tag == "textarea":
            self._area = name
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in form.values or "selected" in given):
            form.values[self._select] = given.get("value") or ""
        elif tag == "input" and name:
            if kind == "checkbox":
                form.values.setdefault(name, [])
                if "checked" in given:
                    form.values[name].append(given.get("value") or "on")
            elif kind != "radio" or "checked" in given:
                form.values[name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._heading:
            self.headings[-1] += data
        if self._form is not None:
            self._form.texts.append(data)
            if self._area is not None:
                self._form.values[self._area] = self._form.values.get(self._area, "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "h1":
            self._heading = False


class Page:
    """A page as it was answered."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.status = response.status_code
        read = response.get_data(as_text=True)
        response.close()  # as a browser does, which has all of it
        self.text = read if response.mimetype == "text/html" else ""
        reader = _Reader()
        reader.feed(self.text)
        self.forms = reader.forms
        self.heading = reader.headings[0].strip() if reader.headings else ""
        self.location = response.headers.get("Location", "")

    def form(self, action: str) -> Form:
        """The first form that is sent to `action`."""
        for form in self.forms:
            if form.action == action:
                return form
        raise AssertionError(f"no form for {action} among {[form.action for form in self.forms]}")


class Browser:
    """One browser; `agent` is what it calls itself."""

    def __init__(self, app: Flask, agent: str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0") -> None:
        self.http = app.test_client()
        self.agent = agent

    def get(self, path: str, *, follow: bool = True, **headers: str) -> Page:
        return self._page(self.http.get(path, base_url=HOST, headers=self._headers(headers)), follow)

    def send(
        self, page: Page, action: str, *, follow: bool = True, headers: dict[str, str] | None = None, **values: Any
    ) -> Page:
        """Send the form of `page` that belongs to `action`, with some fields filled in."""
        return self.post(action, page.form(action).values | values, follow=follow, headers=headers)

    def post(
        self, path: str, values: dict[str, Any], *, follow: bool = True, headers: dict[str, str] | None = None
    ) -> Page:
        """Send any form; values may be lists."""
        given = self._headers({"Origin": HOST, "Sec-Fetch-Site": "same-origin"} | (headers or {}))
        return self._page(self.http.post(path, base_url=HOST, data=values, headers=given), follow)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"User-Agent": self.agent} | {name.replace("_", "-"): value for name, value in more.items()}

    def _page(self, response: TestResponse, follow: bool) -> Page:
        while follow and response.status_code in (301, 302, 303, 307, 308):
            response = self.http.get(response.headers["Location"], base_url=HOST, headers=self._headers({}))
        return Page(response)

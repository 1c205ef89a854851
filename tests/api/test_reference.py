"""/openapi.json and /docs, as a browser without a key gets them."""

import json
import re
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api.openapi.document import document
from app.api.openapi.listing import operations
from app.api.routes.reference import ASSETS, OURS

HOSTS = re.compile(r"""(?:src|href|url|import)\s*[=(:]?\s*["'(]?((?:https?:)?//[^\s"')]+)""")


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_document_is_served_to_everybody(browser: FlaskClient) -> None:
    response = browser.get("/openapi.json")
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert json.loads(response.get_data()) == document(operations())


def test_who_has_the_document_gets_it_only_once(browser: FlaskClient) -> None:
    first = browser.get("/openapi.json")
    again = browser.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert "max-age=300" in first.headers["Cache-Control"]


def test_the_page_loads_only_files_of_ours_and_all_of_them_are_there(browser: FlaskClient) -> None:
    page = browser.get("/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    loaded = set(re.findall(r'<(?:script src|link [^>]*href|img src)="([^"]+)"', page.get_data(as_text=True)))
    assert {urljoin("/docs", address) for address in loaded} == {f"/docs/{name}" for name in ASSETS}
    for address in loaded:
        answer = browser.get(address)
        assert (answer.status_code, len(answer.get_data()) > 0) == (200, True)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", sorted(path.name for path in OURS.iterdir() if path.name != "openapi.json"))
def test_no_file_of_ours_names_another_host(name: str) -> None:
    assert HOSTS.findall((OURS / name).read_text()) == []


def test_the_style_of_the_viewer_loads_nothing_from_elsewhere(browser: FlaskClient) -> None:
    style = browser.get("/docs/swagger-ui.css").get_data(as_text=True)
    assert all(address.startswith("data:") for address in re.findall(r"url\(\s*[\"']?([^\"')]{1,40})", style))


@pytest.mark.parametrize("address", ["/docs", "/docs/page.js", "/openapi.json"])
def test_a_browser_may_load_nothing_from_another_host(browser: FlaskClient, address: str) -> None:
    policy = browser.get(address).headers["Content-Security-Policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert set(" ".join(rules.values()).split()) == {"'none'", "'self'", "data:"}


@pytest.mark.parametrize("name", ["nothing.js", "openapi.json", "..%2Fcodes.py", "page.html"])
def test_what_the_page_does_not_load_is_not_there(browser: FlaskClient, name: str) -> None:
    assert browser.get(f"/docs/{name}").status_code == 404

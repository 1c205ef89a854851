"""With every CRM, by pages alone: connect, agree, try a rule, call, see what was sent, go live, and end it."""

import http.client
import re
from collections.abc import Iterable
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from werkzeug.test import Client

from app.accounts.sessions import digest
from tests.crm.contract.site import BUSY, Site, a_number, visit
from tests.dashboard.browser import Browser
from tests.hub import Hub, wait_until

CRM = "/settings/crm"
_HEADERS = {"HTTP_COOKIE": "Cookie", "HTTP_ORIGIN": "Origin", "HTTP_SEC_FETCH_SITE": "Sec-Fetch-Site"}


class Served:
    """A hub that runs, as an application in this process: what is asked of it goes over HTTP."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc

    def test_client(self) -> Client:
        return Client(self)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        given = {name: environ[key] for key, name in _HEADERS.items() if key in environ}
        query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        connection = http.client.HTTPConnection(self._host, timeout=40)
        try:
            kind = {"Content-Type": environ["CONTENT_TYPE"]} if body else {}
            connection.request(environ["REQUEST_METHOD"], environ["PATH_INFO"] + query, body or None, given | kind)
            answer = connection.getresponse()
            start_response(f"{answer.status} {answer.reason}", answer.getheaders())
            return [answer.read()]
        finally:
            connection.close()


@pytest.fixture
def browser(hub: Hub, site: Site) -> Browser:
    """That of the account's owner, who is signed in."""
    owner_id, token = uuid4(), uuid4().hex + uuid4().hex
    hub.rows(
        "INSERT INTO owner (id, account_id, email, password_hash) VALUES (%s, %s, %s, '')",
        (owner_id, site.holder.id, f"{owner_id}@example.com"),
    )
    hub.rows(
        "INSERT INTO session (id, owner_id, hash, address, user_agent, expires_at)"
        " VALUES (%s, %s, %s, '192.0.2.1', 'Firefox', now() + interval '1 day')",
        (uuid4(), owner_id, digest(token)),
    )
    browser = Browser(Served(hub.url))  # type: ignore[arg-type]
    browser.http.set_cookie("mio", token)
    return browser


def connect(browser: Browser, site: Site) -> str:
    """A person connects the CRM by the pages, and agrees there: the page on which they come back."""
    path = f"{CRM}/connect/{site.platform.key}"
    way = browser.send(browser.get(path), path)
    site.connection = site.hub.get("/crm/connections", site.holder.test_key).json["data"][0]
    secret = re.search(rf"{site.hub.url}/crm/[\w/-]+", way.text)
    site.cloud.told({"inboundUrl": secret[0] if secret else None})
    link = re.search(r'<a class="button primary" href="([^"]+)" rel="noreferrer">', way.text)
    assert link
    return visit(site.cloud.grant(unescape(link[1]))).text


def make_rule(browser: Browser, site: Site) -> str:
    """A rule about people, made by its form; the path of its page."""
    path, asked = f"{CRM}/connections/{site.id}/rules/new", site.rule_body()
    fields = {name: asked.get(name, "") for name in ("name", "object", "trigger", "property", "instructions")}
    page = browser.send(browser.get(path), path, do="save", numberProperties=site.cloud.number_property, **fields)
    assert page.heading == asked["name"], page.text
    return f"{CRM}/rules/{site.hub.get('/crm/rules', site.holder.test_key).json['data'][0]['id']}"


def turn(browser: Browser, site: Site) -> None:
    path = f"{CRM}/connections/{site.id}/mode"
    browser.send(browser.get(path), path)


def test_a_crm_is_connected_tried_used_and_left_by_pages(browser: Browser, site: Site) -> None:
    back = connect(browser, site)
    here = f"{CRM}/connections/{site.id}"
    assert f'href="{here}"' in back
    assert "connected" in browser.get(here).text

    rule = make_rule(browser, site)
    record = site.person(BUSY, "Robin <b>")
    run = browser.send(browser.get(rule), f"{rule}/dry-run", recordId=record)
    for text in ("It would call", BUSY, "Ask ‹Robin &lt;b&gt;› whether they still want the offer."):
        assert text in run.text
    assert site.calls() == []

    site.change(record, rule=site.rule_body())
    site.ended_call()
    site.settled("write")
    (found,) = site.enrolments()
    shown = browser.get(f"{CRM}/enrolments/{found['id']}")
    for text in (f"/calls/{found['call_id']}", "Would have written", "Call them", "busy"):
        assert text in shown.text
    log = browser.get(f"{here}/requests").text
    assert "not sent" in log
    assert "The connection was in test mode." in log

    end = f"{here}/end"
    assert "The connection is ended." in browser.send(browser.get(end), end).text
    wait_until(lambda: site.look()["status"] == "disconnected", seconds=30)
    assert "ended" in browser.get(here).text


def test_what_could_not_be_written_is_tried_again_by_a_press_and_leads_to_the_call(
    browser: Browser, site: Site
) -> None:
    connect(browser, site)
    turn(browser, site)
    site.look()
    site.enrol(a_number())
    call = site.ended_call()
    (job,) = site.settled("write")
    assert f"{site.hub.url}/calls/{call['id']}" in site.notes(call["id"])[0].text

    site.hub.rows("UPDATE crm_job SET status = 'failed', error = 'The CRM was away.' WHERE id = %s", (job["id"],))
    path = f"{CRM}/enrolments/{job['enrolment_id']}"
    page = browser.get(path)
    assert "The CRM was away." in page.text
    browser.send(page, f"{path}/retry")
    wait_until(lambda: site.jobs("write")[0]["status"] == "succeeded", seconds=20)
    assert len(site.notes(call["id"])) == 1
    assert "The CRM was away." not in browser.get(path).text


def test_a_crm_that_takes_its_authorisation_back_is_authorised_anew_by_pages(browser: Browser, site: Site) -> None:
    connect(browser, site)
    rule = make_rule(browser, site)
    record = site.person(BUSY)
    site.cloud.revoke()
    site.cloud.expire()
    refused = browser.send(browser.get(rule), f"{rule}/dry-run", recordId=record)
    assert (refused.status, "Authorise the connection anew" in refused.text) == (409, True)
    here = f"{CRM}/connections/{site.id}"
    page = browser.get(here)
    assert "Authorise it anew" in page.text
    way = browser.send(page, f"{here}/authorize")
    link = re.search(r'<a class="button primary" href="([^"]+)" rel="noreferrer">', way.text)
    assert link
    visit(site.cloud.grant(unescape(link[1])))
    assert "It would call" in browser.send(browser.get(rule), f"{rule}/dry-run", recordId=record).text

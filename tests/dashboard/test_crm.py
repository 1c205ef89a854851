"""Connections to CRMs: connecting, going live, changing, ending, and what was sent."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from psycopg.types.json import Jsonb

from app.config import Settings
from app.crm.platform import Platform
from app.dashboard.application import build
from app.db import execute, rows
from app.models.crm import CrmConnection, CrmRequest
from tests.crm.sheets import Sheet, Sheets
from tests.dashboard.browser import Browser, Page
from tests.dashboard.conftest import Owner, queries

CRM = "/settings/crm"
MOST_QUERIES = 6


class Lacking(Sheet):
    """A CRM that the operator has not set up."""

    key = "lacking"
    name = "Lacking"

    def missing_settings(self) -> list[str]:
        return ["LACKING_CLIENT_ID"]


class Signer(Sheet):
    """A CRM with several places to sign in, which lets the hub sign for users."""

    login_places: str | None = "the address of the tests' cloud"
    signs_for_users = True


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    """A dashboard that knows one CRM, and one that is not set up."""
    crms: dict[str, Platform] = {"plain": Signer(), "lacking": Lacking()}
    return build(replace(settings, api_public_url="http://localhost"), crms)


def path_of(connection: CrmConnection) -> str:
    return f"{CRM}/connections/{connection.id}"


def begun(browser: Browser, cloud: Sheets, **fields: str) -> Page:
    """The form of a new connection, filled in and sent."""
    path = f"{CRM}/connect/plain"
    return browser.send(browser.get(path), path, loginUrl=cloud.url, **fields)


def made() -> CrmConnection:
    """The only connection that there is."""
    (found,) = CrmConnection.select()
    return found


def test_a_crm_that_is_not_set_up_says_so_and_offers_no_form(browser: Browser) -> None:
    assert "LACKING_CLIENT_ID" in browser.get(f"{CRM}/connect").text
    page = browser.get(f"{CRM}/connect/lacking")
    assert "LACKING_CLIENT_ID" in page.text
    assert not [form for form in page.forms if form.action.startswith(CRM)]


def test_there_is_no_page_for_a_crm_that_is_unknown(browser: Browser) -> None:
    assert browser.get(f"{CRM}/connect/nothing").status == 404


def test_connecting_leads_to_where_a_person_agrees_and_shows_the_secret_address_once(
    browser: Browser, cloud: Sheets
) -> None:
    page = begun(browser, cloud)
    link = re.search(r'href="([^"]+/agree[^"]+)"', page.text)
    assert link
    assert unescape(link[1]).startswith(f"{cloud.url}/agree?state=")
    secret = re.search(r"http://localhost/crm/plain/messages/([\w-]{43})", page.text)
    assert secret
    assert made().status == "pending"
    assert secret[1] not in browser.get(path_of(made())).text


def test_a_form_that_connects_sent_twice_connects_once(browser: Browser, cloud: Sheets) -> None:
    path = f"{CRM}/connect/plain"
    form = browser.get(path)
    browser.send(form, path, loginUrl=cloud.url)
    again = browser.send(form, path, loginUrl=cloud.url)
    assert (again.status, CrmConnection.select().count()) == (409, 1)
    assert "messages/" not in again.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"defaultCountry": "XX"}, "defaultCountry"),
        ({"loginUrl": "https://evil.example"}, "loginUrl"),
        ({"logs": "some"}, "logs"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_what_cannot_be_connected_is_refused_beside_its_field(
    browser: Browser, fields: dict[str, str], field: str
) -> None:
    path = f"{CRM}/connect/plain"
    page = browser.send(browser.get(path), path, **{"loginUrl": "http://127.0.0.1:1"} | fields)
    assert page.status == 400
    assert f'id="{field}-error"' in page.text
    assert CrmConnection.select().count() == 0


def test_a_username_of_an_organisation_that_is_not_connected_opens_nothing(browser: Browser, cloud: Sheets) -> None:
    path = f"{CRM}/connect/plain/user"
    page = browser.send(browser.get(f"{CRM}/connect/plain"), path, username="hub@example.com", loginUrl=cloud.url)
    assert (page.status, CrmConnection.select().count()) == (403, 0)
    assert 'id="username-error"' in page.text


def test_a_username_of_an_organisation_that_is_connected_renews_its_connection(
    browser: Browser, connection: CrmConnection, cloud: Sheets
) -> None:
    path = f"{CRM}/connect/plain/user"
    page = browser.send(browser.get(f"{CRM}/connect/plain"), path, username="hub@example.com", loginUrl=cloud.url)
    assert (page.heading, made().username) == ("Plain", "hub@example.com")


def test_going_live_is_asked_once_and_says_what_changes(browser: Browser, connection: CrmConnection) -> None:
    path = f"{path_of(connection)}/mode"
    asked = browser.get(path)
    assert "Phones ring" in asked.text
    assert "Records are written" in asked.text
    assert made().mode == "test"
    page = browser.send(asked, path)
    assert "The connection is live" in page.text
    assert made().mode == "live"
    browser.send(browser.get(path), path)
    assert made().mode == "test"


def test_a_connection_that_is_not_authorised_does_not_go_live(browser: Browser, cloud: Sheets) -> None:
    begun(browser, cloud)
    path = f"{path_of(made())}/mode"
    assert browser.send(browser.get(path), path).status == 409
    assert made().mode == "test"


def test_its_settings_are_changed_and_refused_beside_their_fields(browser: Browser, connection: CrmConnection) -> None:
    path = path_of(connection)
    refused = browser.send(browser.get(path), path, defaultCountry="ZZ", name="Sales <b>")
    assert (refused.status, 'id="defaultCountry-error"' in refused.text) == (400, True)
    assert "Sales &lt;b&gt;" in refused.text
    page = browser.send(browser.get(path), path, name="Sales", logs="all", defaultCountry="DE")
    assert "Saved." in page.text
    assert (made().name, made().logs, made().default_country) == ("Sales", "all", "DE")


def test_a_broken_connection_says_what_to_do_and_is_authorised_anew(
    browser: Browser, connection: CrmConnection
) -> None:
    execute("UPDATE crm_connection SET status = 'broken', status_reason = 'The app <b>was</b> removed.'")
    page = browser.get(path_of(connection))
    assert "The app &lt;b&gt;was&lt;/b&gt; removed. Authorise it anew" in page.text
    assert "Authorise it anew" in browser.get(CRM).text
    way = browser.send(page, f"{path_of(connection)}/authorize")
    assert "/agree?state=" in way.text


def test_a_new_secret_address_is_shown_once(browser: Browser, connection: CrmConnection) -> None:
    path = f"{path_of(connection)}/inbound"
    form = browser.get(path)
    shown = browser.send(form, path)
    secret = re.search(r"messages/([\w-]{43})", shown.text)
    assert secret
    again = browser.send(form, path)
    assert (again.status, secret[1] in again.text) == (409, False)
    assert secret[1] not in browser.get(path_of(connection)).text


def test_ending_is_asked_once_and_says_what_ends(browser: Browser, connection: CrmConnection) -> None:
    path = f"{path_of(connection)}/end"
    asked = browser.get(path)
    assert "given back at Plain" in asked.text
    page = browser.send(asked, path)
    assert "The connection is ended." in page.text
    assert made().status == "leaving"
    assert not [form for form in page.forms if form.action.startswith(CRM)]


def test_a_connection_that_was_ended_is_listed_where_it_is_asked_for(
    browser: Browser, connection: CrmConnection
) -> None:
    execute("UPDATE crm_connection SET status = 'disconnected'")
    assert path_of(connection) not in browser.get(CRM).text
    assert path_of(connection) in browser.get(f"{CRM}?show=ended").text


def noted(connection: CrmConnection, **columns: object) -> None:
    """A request that was recorded."""
    plain: dict[str, object] = {"sent": True, "body": None, "status_code": 200, "error": None, "error_detail": None}
    CrmRequest.create(
        connection_id=connection.id,
        purpose="write",
        method="POST",
        path="/calls",
        duration_ms=7,
        created_at=datetime.now(UTC),
        **{name: Jsonb(value) if isinstance(value, dict) else value for name, value in (plain | columns).items()},
    )


def test_the_log_shows_what_was_sent_and_what_would_have_been(browser: Browser, connection: CrmConnection) -> None:
    noted(connection)
    noted(connection, sent=False, body={"text": "<script>alert(1)</script>" + "x" * 9000})
    noted(connection, status_code=400, error="refused", error_detail="No <img src=x> there.")
    page = browser.get(f"{path_of(connection)}/requests")
    assert "What would have been written" in page.text
    assert "not sent" in page.text
    assert "more characters." in page.text
    assert "The CRM says no for good. No &lt;img src=x&gt; there." in page.text
    assert "<script>alert" not in page.text
    assert "<img" not in page.text.replace('<img src="/static', "")


def test_the_log_is_read_page_by_page(browser: Browser, connection: CrmConnection) -> None:
    for _ in range(30):
        noted(connection)
    first = browser.get(f"{path_of(connection)}/requests")
    older = re.search(r'href="([^"]+)" rel="next"', first.text)
    assert older
    assert first.text.count("<tr>") == 26
    assert browser.get(unescape(older[1])).text.count("<tr>") == 6


def test_a_name_that_a_crm_gives_is_text(browser: Browser, connection: CrmConnection) -> None:
    execute("UPDATE crm_connection SET external_name = %s, name = %s", ("<i>Org</i>", "</title><script>x</script>"))
    for path in (CRM, path_of(connection), f"{path_of(connection)}/mode", f"{path_of(connection)}/end"):
        page = browser.get(path)
        assert page.status == 200
        assert "<script>x" not in page.text
        assert "<i>Org" not in page.text


def test_a_page_number_that_is_none_is_refused(browser: Browser, connection: CrmConnection) -> None:
    for path in (CRM, f"{CRM}/rules", f"{CRM}/enrolments", f"{path_of(connection)}/requests"):
        assert browser.get(f"{path}?cursor=nonsense").status == 400


def test_another_accounts_connection_is_not_there(
    browser_of: Callable[[Owner], Browser], bob: Owner, connection: CrmConnection
) -> None:
    browser, path = browser_of(bob), path_of(connection)
    form = browser.get(f"{CRM}/connect/plain").form(f"{CRM}/connect/plain").values
    for tail in ("", "/mode", "/end", "/inbound", "/requests", "/rules/new"):
        assert browser.get(path + tail).status == 404, tail
    for tail in ("", "/mode", "/end", "/inbound", "/authorize", "/rules/new"):
        given = form | {"nonce": str(uuid4()), "mode": "live", "name": "Mine"}
        assert browser.post(path + tail, given).status == 404, tail
    assert path not in browser.get(CRM).text
    kept = made()
    assert (kept.status, kept.mode, kept.name, kept.state_hash) == ("active", "test", "Plain", None)


def test_the_pages_ask_the_database_little(browser: Browser, connection: CrmConnection) -> None:
    for _ in range(3):
        noted(connection)
    path = path_of(connection)
    for page in (
        CRM,
        f"{CRM}/connect/plain",
        path,
        f"{path}/mode",
        f"{path}/end",
        f"{path}/inbound",
        f"{path}/requests",
    ):
        with queries() as asked:
            assert browser.get(page).status == 200
        assert len(asked) <= MOST_QUERIES, page


def test_nothing_is_done_without_the_session_s_token(browser: Browser, connection: CrmConnection) -> None:
    path = path_of(connection)
    for tail in ("", "/mode", "/end", "/inbound", "/authorize"):
        assert browser.post(path + tail, {"nonce": str(uuid4()), "mode": "live"}).status == 403
    assert rows("SELECT status, mode FROM crm_connection") == [{"status": "active", "mode": "test"}]

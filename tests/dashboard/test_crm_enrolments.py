"""What CRMs have asked for: listed, read and tried again."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from psycopg.types.json import Jsonb

from app.config import Settings
from app.dashboard.application import build
from app.db import execute, rows
from app.models.crm import CrmConnection, CrmEnrolment
from tests.crm.paper import Paper, request_of
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import Owner, queries
from tests.dashboard.test_crm import CRM, MOST_QUERIES

ENROLMENTS = f"{CRM}/enrolments"
EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    return build(replace(settings, api_public_url="http://localhost"), {"paper": Paper()})


@pytest.fixture
def connection(jane: Owner) -> CrmConnection:
    """Jane's CRM, in test mode."""
    times = dict.fromkeys(("created_at", "updated_at"), datetime.now(UTC))
    return CrmConnection.create(
        account_id=jane.account_id, platform="paper", status="active", name="Jane's", default_country="US", **times
    )


def enrolled(connection: CrmConnection, **columns: Any) -> UUID:
    """Something that the CRM has asked for."""
    plain: dict[str, Any] = {
        "id": uuid4(),
        "account_id": connection.account_id,
        "connection_id": connection.id,
        "mode": "test",
        "source": "action",
        "dedup_key": uuid4().hex,
        "object": "contact",
        "record_id": "51",
        "questions": [],
        "created_at": datetime.now(UTC),
    }
    given = plain | columns
    stored = {name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in given.items()}
    found: UUID = CrmEnrolment.create(**stored).id
    return found


def a_job(enrolment_id: UUID, connection: CrmConnection, **columns: Any) -> UUID:
    values = {
        "kind": "write",
        "status": "failed",
        "error": "HubSpot failed with 500",
        "code": "crm_unreachable",
    } | columns
    found: UUID = rows(
        "INSERT INTO crm_job (id, account_id, connection_id, enrolment_id, kind, status, error, error_code, tries)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 11) RETURNING id",
        (uuid4(), connection.account_id, connection.id, enrolment_id, *values.values()),
    )[0]["id"]
    return found


def test_a_refusal_is_listed_and_told_in_words(browser: Browser, connection: CrmConnection) -> None:
    sentence = "The record has no phone number in mobile, phone."
    path = f"{ENROLMENTS}/{enrolled(connection, refusal={'error': sentence, 'code': 'number_missing'})}"
    listed = browser.get(ENROLMENTS)
    assert path in listed.text
    assert sentence in listed.text
    assert f"No call was made: {sentence}" in browser.get(path).text


def test_what_waits_shows_what_was_asked(browser: Browser, connection: CrmConnection) -> None:
    asked = {"number": "(555) 123-4567", "instructions": "Ask for the hours."}
    page = browser.get(f"{ENROLMENTS}/{enrolled(connection, asked=asked)}")
    for text in ("waiting for its call", "(555) 123-4567", "Ask for the hours."):
        assert text in page.text


def test_what_has_failed_is_shown_with_its_tries_and_tried_again(browser: Browser, connection: CrmConnection) -> None:
    found = enrolled(connection)
    a_job(found, connection)
    path = f"{ENROLMENTS}/{found}"
    page = browser.get(path)
    for text in ("Put the call on the record", "HubSpot failed with 500", ">11<"):
        assert text in page.text
    again = browser.send(page, f"{path}/retry")
    assert "What has failed is tried again now." in again.text
    assert rows("SELECT status, tries FROM crm_job") == [{"status": "pending", "tries": 0}]
    assert f"{path}/retry" not in [form.action for form in again.forms]


def test_a_retry_sent_twice_leads_to_the_same_place(browser: Browser, connection: CrmConnection) -> None:
    found = enrolled(connection)
    a_job(found, connection)
    path = f"{ENROLMENTS}/{found}"
    page = browser.get(path)
    assert {browser.send(page, f"{path}/retry", follow=False).location for _ in range(2)} == {
        f"{path}?done=crm_retried"
    }


def test_a_retry_of_what_has_not_failed_is_refused(browser: Browser, connection: CrmConnection) -> None:
    found = enrolled(connection)
    a_job(found, connection)
    page = browser.get(f"{ENROLMENTS}/{found}")
    execute("UPDATE crm_job SET status = 'succeeded'")
    refused = browser.send(page, f"{ENROLMENTS}/{found}/retry")
    assert (refused.status, "Nothing of this enrolment has failed." in refused.text) == (409, True)


def test_what_would_have_been_written_is_shown(browser: Browser, connection: CrmConnection) -> None:
    found = enrolled(connection)
    request_of(a_job(found, connection, status="succeeded", error=None, code=None), connection, f"Sam said {EVIL}")
    page = browser.get(f"{ENROLMENTS}/{found}")
    assert "Would have written: POST /calls" in page.text
    assert "Sam said &lt;script&gt;" in page.text


def test_enrolments_are_filtered_and_the_filter_stays(browser: Browser, connection: CrmConnection) -> None:
    old = enrolled(connection, created_at=datetime.now(UTC) - timedelta(days=9))
    refused = enrolled(connection, refusal={"error": "No.", "code": "number_missing"})
    live = enrolled(connection, mode="live")

    def listed(query: str) -> list[str]:
        return re.findall(rf'href="{ENROLMENTS}/([0-9a-f-]{{36}})"', browser.get(f"{ENROLMENTS}?{query}").text)

    assert listed("") == [str(refused), str(old)]
    assert listed("mode=live") == [str(live)]
    assert listed("status=refused") == [str(refused)]
    assert listed(f"connection={connection.id}&status=waiting") == [str(old)]
    assert listed(f"rule={uuid4()}") == []
    assert listed(f"until={datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M}") == [str(old)]
    assert 'value="refused" selected' in browser.get(f"{ENROLMENTS}?status=refused").text


def test_a_list_goes_on_page_by_page_with_its_filter(browser: Browser, connection: CrmConnection) -> None:
    for _ in range(27):
        enrolled(connection)
    page = browser.get(f"{ENROLMENTS}?status=waiting")
    older = re.search(r'href="([^"]+)" rel="next"', page.text)
    assert older
    rest = browser.get(unescape(older[1]))
    assert (page.text.count("Show the enrolment"), rest.text.count("Show the enrolment")) == (25, 2)
    assert 'value="waiting" selected' in rest.text


@pytest.mark.parametrize(
    "query", ["status=odd", "connection=mine", "rule=x", "since=yesterday", "cursor=!", "until=9999-99"]
)
def test_a_filter_that_is_none_is_refused(browser: Browser, connection: CrmConnection, query: str) -> None:
    page = browser.get(f"{ENROLMENTS}?{query}")
    assert (page.status, page.heading) == (400, "Enrolments")


def test_what_a_crm_fills_in_is_text(browser: Browser, connection: CrmConnection) -> None:
    columns = {"record_id": EVIL, "object": EVIL, "questions": [EVIL], "answers": [EVIL]}
    execute("UPDATE crm_connection SET name = %s", (EVIL,))
    found = enrolled(connection, refusal={"error": EVIL, "code": "x"}, **columns)
    waits = enrolled(connection, asked={"number": EVIL, "instructions": EVIL})
    a_job(found, connection, error=EVIL)
    for path in (ENROLMENTS, f"{ENROLMENTS}/{found}", f"{ENROLMENTS}/{waits}"):
        page = browser.get(path)
        assert (page.status, "<script>alert" in page.text) == (200, False)


def test_another_accounts_enrolment_is_not_there(
    browser_of: Callable[[Owner], Browser], bob: Owner, connection: CrmConnection
) -> None:
    found = enrolled(connection)
    a_job(found, connection)
    other = browser_of(bob)
    assert str(found) not in other.get(ENROLMENTS).text
    assert other.get(f"{ENROLMENTS}/{found}").status == 404
    csrf = other.get(ENROLMENTS).form("/mode").values["csrf"]
    assert other.post(f"{ENROLMENTS}/{found}/retry", {"csrf": csrf, "nonce": str(uuid4())}).status == 404
    assert rows("SELECT status FROM crm_job") == [{"status": "failed"}]


def test_the_pages_ask_the_database_little(browser: Browser, connection: CrmConnection) -> None:
    found = [enrolled(connection, refusal={"error": "No.", "code": "x"}) for _ in range(5)]
    a_job(found[0], connection)
    for path in (ENROLMENTS, f"{ENROLMENTS}/{found[0]}"):
        with queries() as asked:
            assert browser.get(path).status == 200
        assert len(asked) <= MOST_QUERIES, path

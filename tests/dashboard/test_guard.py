"""Who is let in, and which forms are taken."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import sleep
from uuid import uuid4

import psycopg
import pytest

from app.accounts import sessions
from app.config import Settings
from app.dashboard.guard import csrf_token, local_path, secure
from app.db import rows
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import Owner, queries


def test_a_page_leads_a_stranger_to_the_sign_in_and_back_afterwards(visitor: Browser) -> None:
    page = visitor.get("/mode?x=1", follow=False)
    assert page.status == 405 or page.location
    assert visitor.get("/?a=b", follow=False).location == "/sign-in?next=/?a%3Db"


def test_a_form_without_the_token_of_its_session_changes_nothing(browser: Browser) -> None:
    assert browser.post("/mode", {"mode": "live"}).status == 403


def test_a_form_from_another_site_changes_nothing(browser: Browser, jane: Owner) -> None:
    csrf = _csrf(jane)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert browser.post("/mode", {"mode": "live", "csrf": csrf}, headers=headers).status == 403


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://localhost@evil.example", "http://[::1", "http://[x]"]
)
def test_a_form_from_another_place_changes_nothing(browser: Browser, jane: Owner, origin: str) -> None:
    form = {"mode": "live", "csrf": _csrf(jane)}
    assert browser.http.post("/mode", data=form, headers={"Origin": origin}).status_code == 403


def test_a_form_with_another_sessions_token_changes_nothing(browser: Browser, bob: Owner) -> None:
    assert browser.post("/mode", {"mode": "live", "csrf": _csrf(bob)}, follow=False).status == 403


def test_a_form_of_ours_is_taken(browser: Browser, jane: Owner) -> None:
    answer = browser.post("/mode", {"mode": "live", "csrf": _csrf(jane), "next": "/usage"}, follow=False)
    assert (answer.status, answer.location) == (303, "/usage")


def test_a_form_leads_to_no_other_site(browser: Browser, jane: Owner) -> None:
    answer = browser.post("/mode", {"mode": "live", "csrf": _csrf(jane), "next": "//evil.example/"}, follow=False)
    assert answer.location == "/calls"


def test_the_other_world_is_looked_at_through_the_same_filters(browser: Browser) -> None:
    page = browser.get("/calls?mode=test&q=a+%26+b&status=busy&status=failed&cursor=x&done=saved")
    answer = browser.send(page, "/mode", mode="live", follow=False)
    assert answer.location == "/calls?q=a+%26+b&status=busy&status=failed"


def test_the_other_world_can_be_looked_at_from_a_page_that_a_form_has_led_to(browser: Browser) -> None:
    refused = browser.send(browser.get("/settings/integrations"), "/settings/integrations/keys", mode="none")
    assert refused.status == 400
    assert browser.send(refused, "/mode", mode="live").status == 200


FOREIGN = (
    "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", None, "evil",
    "/\t/evil.example", "/a\\b",
)  # fmt: skip


@pytest.mark.parametrize("text", FOREIGN)
def test_only_a_path_of_ours_is_led_to(text: str | None) -> None:
    assert local_path(text, "/calls") == "/calls"


def test_a_session_that_was_ended_is_none(browser_of: Callable[[Owner], Browser], jane: Owner) -> None:
    browser = browser_of(jane)
    with queries() as asked:
        assert browser.get("/", follow=False).location == "/calls"
    assert len(asked) == 1


def test_a_form_of_a_session_that_ends_at_that_moment_leads_to_the_sign_in(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    form = {"csrf": _csrf(jane), "nonce": str(uuid4())}
    with psycopg.connect(settings.database_url) as elsewhere, ThreadPoolExecutor(1) as crew:
        elsewhere.execute("DELETE FROM session")
        sent = crew.submit(browser.post, "/start/call", form, follow=False)
        while not sent.done() and not rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            sleep(0.01)
        elsewhere.commit()
        answer = sent.result()
    assert (answer.status, answer.location) == (303, "/sign-in")
    assert rows("SELECT 1 FROM call") == []


def test_cookies_are_for_https_alone_however_its_name_is_written(settings: Settings) -> None:
    assert secure(replace(settings, api_public_url="HTTPS://hub.example"))
    assert not secure(replace(settings, api_public_url="http://hub.example"))


LONG = "Ask for a table.\nNot before <b>seven</b>."


def test_who_is_signed_out_in_the_middle_of_a_form_gets_back_what_was_typed(browser: Browser, jane: Owner) -> None:
    form = browser.get("/calls/new?mode=test")
    sessions.end_all(jane.id)
    page = browser.send(
        form, "/calls/new", headers={"Referer": "http://localhost/calls/new?mode=test"}, instructions=LONG
    )
    assert (page.status, page.heading) == (403, "You are signed out")
    assert "Ask for a table.\nNot before &lt;b&gt;seven&lt;/b&gt;." in page.text
    assert 'href="/calls/new?mode=test"' in page.text


def test_who_has_signed_in_anew_meanwhile_gets_back_what_was_typed(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    form = browser.get("/calls/new")
    token = sessions.begin(jane.id, address="192.0.2.1", user_agent="Firefox/140.0", settings=settings)
    browser.http.set_cookie("mio", token)
    page = browser.send(form, "/calls/new", instructions=LONG)
    assert "older than your sign-in" in page.text
    assert "Ask for a table." in page.text


def test_what_another_site_sends_is_not_shown(visitor: Browser) -> None:
    page = visitor.post("/calls/new", {"instructions": LONG}, headers={"Sec-Fetch-Site": "none"})
    assert (page.status, "Ask for a table." in page.text) == (403, False)


def test_an_old_page_of_the_sign_up_is_not_said_to_be_older_than_a_sign_in(visitor: Browser) -> None:
    page = visitor.post("/sign-up", {"name": "Jane", "password": "tulips by the harbour"})
    assert (page.status, "This page is too old" in page.text) == (403, True)
    assert ("Jane" in page.text, "tulips" in page.text) == (True, False)


def _csrf(owner: Owner) -> str:
    return csrf_token(owner.token)

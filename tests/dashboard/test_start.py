"""The first steps."""

import pytest

from app.accounts.own_keys import make
from app.accounts.profile import pause
from app.calls.do_not_call import add
from app.config import Settings
from app.dashboard.pages.start import TEST_CALL
from app.db import execute
from app.models.call import Call
from app.vault import Vault
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import Owner, queries


def test_the_first_steps_show_the_test_key_in_a_request_to_copy(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    _, text = make(jane.account_id, "test", "First", Vault(settings.encryption_keys))
    page = browser.get("/start")
    assert page.heading == "First steps"
    assert page.text.count(text) == 2
    assert "curl http://localhost/api/v1/calls" in page.text


def test_without_a_key_that_can_be_shown_it_says_where_to_make_one(browser: Browser) -> None:
    assert 'href="/settings/integrations">Create one</a>' in browser.get("/start").text


def test_a_live_key_is_never_shown(browser: Browser, jane: Owner, settings: Settings) -> None:
    _, text = make(jane.account_id, "live", "Real", Vault(settings.encryption_keys))
    assert text not in browser.get("/start").text


def test_a_press_places_a_test_call_and_leads_to_it(browser: Browser, jane: Owner) -> None:
    page = browser.send(browser.get("/start"), "/start/call")
    (call,) = Call.select().where(Call.account_id == jane.account_id)
    assert call.mode == "test"
    assert page.heading == "Call to Joe's Pizza"
    assert f'data-live="call:{call.id}"' in page.text


def test_a_press_while_that_call_is_under_way_leads_to_it_too(browser: Browser) -> None:
    first = browser.send(browser.get("/start"), "/start/call", follow=False)
    again = browser.send(browser.get("/start"), "/start/call", follow=False)
    assert again.location.split("?")[0] == first.location.split("?")[0]
    assert Call.select().count() == 1


@pytest.mark.parametrize("why", ["paused", "listed"])
def test_a_press_that_is_refused_says_why(why: str, browser: Browser, jane: Owner) -> None:
    if why == "paused":
        pause(jane.account_id)
    else:
        add(jane.account_id, "test", TEST_CALL.phone_number, "api")
    page = browser.send(browser.get("/start"), "/start/call")
    assert page.status == 403
    assert {"paused": "This account is paused", "listed": "do-not-call list"}[why] in page.text


def test_what_is_done_is_ticked_off(browser: Browser, jane: Owner) -> None:
    before = browser.get("/start").text
    execute("UPDATE account SET caller_name = NULL WHERE id = %s", (jane.account_id,))
    after = browser.get("/start").text
    assert after.count("To do: ") == before.count("To do: ") + 1
    browser.send(browser.get("/start"), "/start/call")
    assert browser.get("/start").text.count("Done: ") == after.count("Done: ") + 1


def test_the_first_steps_ask_few_questions(browser: Browser) -> None:
    with queries() as asked:
        browser.get("/start")
    assert len(asked) <= 6, asked


def test_a_stranger_is_led_to_the_sign_in(visitor: Browser) -> None:
    assert visitor.get("/start", follow=False).location == "/sign-in?next=/start"

"""The test key that /docs fills in: for who is signed in, on a page of ours, and for nobody else."""

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from app.accounts import access, own_keys, sessions
from app.config import Settings
from app.vault import Vault
from tests.dashboard.browser import HOST, Browser
from tests.dashboard.conftest import Owner, queries

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


def asked(browser: Browser, headers: dict[str, str] = SAME) -> TestResponse:
    return browser.http.get("/account/test-key", base_url=HOST, headers=headers)


def test_it_is_the_newest_test_key_that_is_kept(browser: Browser, jane: Owner, vault: Vault) -> None:
    own_keys.make(jane.account_id, "test", "Older", vault)
    _, text = own_keys.make(jane.account_id, "test", "Newer", vault)
    access.issue(jane.account_id, "test")  # by the operator, and not kept
    own_keys.make(jane.account_id, "live", "Live", vault)
    assert asked(browser).get_json() == {"name": "Newer", "key": text, "keys": "/settings/integrations"}


def test_a_revoked_key_is_not_filled_in(browser: Browser, jane: Owner, vault: Vault) -> None:
    key, _ = own_keys.make(jane.account_id, "test", "Orders", vault)
    own_keys.revoke(jane.account_id, key.id)
    assert asked(browser).get_json()["key"] is None


def test_another_accounts_key_is_not_filled_in(browser: Browser, bob: Owner, vault: Vault) -> None:
    own_keys.make(bob.account_id, "test", "Bob's", vault)
    assert asked(browser).get_json()["key"] is None


def test_who_is_not_signed_in_is_told_so_and_led_nowhere(visitor: Browser) -> None:
    answer = asked(visitor)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthenticated")
    assert not answer.headers.getlist("Set-Cookie")


def test_an_ended_session_is_none(browser: Browser, jane: Owner, vault: Vault) -> None:
    own_keys.make(jane.account_id, "test", "Orders", vault)
    sessions.end_all(jane.id)
    assert asked(browser).status_code == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", ""])
def test_a_page_of_another_site_gets_nothing(browser: Browser, jane: Owner, vault: Vault, site: str) -> None:
    _, text = own_keys.make(jane.account_id, "test", "Orders", vault)
    answer = asked(browser, {"Sec-Fetch-Site": site})
    assert (answer.status_code, text in answer.get_data(as_text=True)) == (403, False)


def test_it_is_kept_nowhere_and_read_by_nobody_else(browser: Browser, jane: Owner, vault: Vault) -> None:
    own_keys.make(jane.account_id, "test", "Orders", vault)
    headers = asked(browser, SAME | {"Origin": "https://evil.example"}).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


def test_it_takes_two_questions(browser: Browser) -> None:
    with queries() as sent:
        asked(browser)
    assert len(sent) == 2


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_read_and_nothing_else(browser: Browser, method: str) -> None:
    ask: Callable[..., TestResponse] = getattr(browser.http, method)
    assert ask("/account/test-key", base_url=HOST, headers=SAME).status_code == 405

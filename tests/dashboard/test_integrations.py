"""API keys and connector cards, as their owner sees them; and what the API makes of a key that was revoked."""

import logging
import re
from collections.abc import Iterator
from html import unescape
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts import access, own_keys
from app.accounts.connectors import CONNECTORS
from app.api.application import build as build_api
from app.api.auth import REMEMBERED_SECONDS
from app.config import Settings
from app.dashboard.connector_cards import CARDS, Card
from app.db import execute, rows
from app.vault import Vault
from tests.dashboard.browser import Browser, Page
from tests.dashboard.conftest import Owner, queries
from tests.hub import wait_until
from tests.test_structure import ROOT

HERE = "/settings/integrations"
HOSTILE = "<script>alert('\"1\"')</script>"
KEY = re.compile(r"sk_(?:live|test)_[\w-]{43}")


@pytest.fixture
def api(settings: Settings) -> Iterator[Flask]:
    made = build_api(settings)
    yield made
    made.extensions["mio"].usage.flush()


def asked(api: Flask, key: str, **headers: str) -> TestResponse:
    """A request with a key."""
    given = {"X-API-Key": key} | {name.replace("_", "-"): value for name, value in headers.items()}
    return api.test_client().get("/api/v1/me", headers=given)


def made(browser: Browser, mode: str = "test", name: str = "Orders") -> Page:
    return browser.send(browser.get(HERE), f"{HERE}/keys", name=name, mode=mode)


def text_on(page: Page) -> str:
    found = KEY.search(page.text)
    assert found
    return found[0]


def key_of(owner: Owner) -> UUID:
    """The owner's newest key."""
    key: UUID = own_keys.valid(owner.account_id)[0].id
    return key


# Making


@pytest.mark.parametrize("mode", ["test", "live"])
def test_a_key_that_was_made_is_good_for_the_api(browser: Browser, api: Flask, mode: str) -> None:
    page = made(browser, mode)
    assert page.status == 201
    assert page.response.headers["Cache-Control"] == "no-store"
    assert asked(api, text_on(page)).get_json()["mode"] == mode


def test_a_keys_text_is_shown_with_a_request_that_uses_it(browser: Browser) -> None:
    page = made(browser)
    assert f'curl http://localhost/api/v1/me -H "X-API-Key: {text_on(page)}"' in unescape(page.text)


@pytest.mark.parametrize("mode", ["test", "live"])
def test_a_keys_text_is_on_no_other_page(browser: Browser, jane: Owner, mode: str) -> None:
    text = text_on(made(browser, mode))
    for path in (HERE, f"{HERE}/keys/{key_of(jane)}"):
        assert text not in browser.get(path).text


def test_a_keys_text_is_in_no_log(browser: Browser, jane: Owner, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        text = text_on(made(browser))
        browser.send(browser.get(f"{HERE}/keys/{key_of(jane)}"), f"{HERE}/keys/{key_of(jane)}/text")
    assert text[12:] not in caplog.text


def test_a_form_sent_twice_makes_one_key_and_shows_it_once(browser: Browser, jane: Owner) -> None:
    values = browser.get(HERE).form(f"{HERE}/keys").values | {"name": "Orders", "mode": "live"}
    first, second = (browser.post(f"{HERE}/keys", values) for _ in range(2))
    assert (first.status, second.status) == (201, 409)
    assert KEY.search(second.text) is None
    assert len(own_keys.valid(jane.account_id)) == 1


BAD_NAMES = ["", "   ", "x" * 81, "two\nlines", "nul\0", "turned \u202etxet"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_an_unusable_name_is_told_beside_its_field(browser: Browser, jane: Owner, name: str) -> None:
    page = made(browser, name=name)
    assert page.status == 400
    assert 'id="name-error">Name must be 1 to 80 printable characters.' in page.text
    assert own_keys.valid(jane.account_id) == []


@pytest.mark.parametrize("mode", ["", "both", "LIVE"])
def test_a_kind_that_is_none_is_told_beside_its_field(browser: Browser, mode: str) -> None:
    page = made(browser, mode)
    assert (page.status, 'id="mode-error">Choose test or live.' in page.text) == (400, True)


def test_what_was_typed_is_there_again(browser: Browser) -> None:
    assert made(browser, "neither", "Orders").form(f"{HERE}/keys").values["name"] == "Orders"


def test_an_account_has_so_many_keys_and_no_more(browser: Browser, jane: Owner) -> None:
    for _ in range(own_keys.MOST_KEYS):
        access.issue(jane.account_id, "test")
    page = made(browser)
    assert (page.status, "Revoke one that nothing uses" in page.text) == (409, True)
    own_keys.revoke(jane.account_id, key_of(jane))
    assert made(browser).status == 201


def test_a_key_needs_a_form_of_ours(browser: Browser, jane: Owner) -> None:
    assert browser.post(f"{HERE}/keys", {"name": "Orders", "mode": "live", "nonce": uuid4()}).status == 403
    assert own_keys.valid(jane.account_id) == []


# Showing again


def test_a_test_key_can_be_shown_again(browser: Browser, jane: Owner) -> None:
    text = text_on(made(browser))
    at = f"{HERE}/keys/{key_of(jane)}"
    assert text_on(browser.send(browser.get(at), f"{at}/text")) == text


def test_a_live_key_is_not_kept(browser: Browser, jane: Owner) -> None:
    made(browser, "live")
    at = f"{HERE}/keys/{key_of(jane)}"
    assert f"{at}/text" not in browser.get(at).text
    page = browser.post(f"{at}/text", browser.get(at).form(f"{at}/name").values)
    assert (page.status, "cannot be shown again" in page.text) == (409, True)
    assert rows("SELECT sealed FROM api_key") == [{"sealed": None}]


def test_a_key_is_not_shown_by_a_link(browser: Browser, jane: Owner) -> None:
    made(browser)
    assert browser.get(f"{HERE}/keys/{key_of(jane)}/text").status == 405


# Renaming and revoking


def test_a_key_can_be_called_otherwise(browser: Browser, jane: Owner) -> None:
    made(browser)
    at = f"{HERE}/keys/{key_of(jane)}"
    page = browser.send(browser.get(at), f"{at}/name", name="Shipping")
    assert (page.heading, "Saved." in page.text) == ("Shipping", True)


def test_a_name_that_is_refused_leaves_the_old_one(browser: Browser, jane: Owner) -> None:
    made(browser)
    at = f"{HERE}/keys/{key_of(jane)}"
    page = browser.send(browser.get(at), f"{at}/name", name=" ")
    assert (page.status, page.heading, 'id="name-error"' in page.text) == (400, "Orders", True)


def test_a_revoked_key_is_refused_by_the_api_within_a_second(browser: Browser, jane: Owner, api: Flask) -> None:
    text = text_on(made(browser, "live"))
    assert asked(api, text).status_code == 200  # the key is remembered now
    at = f"{HERE}/keys/{key_of(jane)}"
    page = browser.send(browser.get(at), f"{at}/revoke")
    assert "The key is revoked." in page.text
    wait_until(lambda: asked(api, text).status_code == 401, seconds=REMEMBERED_SECONDS + 0.5)


def test_revoking_twice_is_revoking(browser: Browser, jane: Owner) -> None:
    made(browser)
    at = f"{HERE}/keys/{key_of(jane)}"
    page = browser.get(at)
    browser.send(page, f"{at}/revoke")
    first = rows("SELECT revoked_at FROM api_key")
    assert browser.send(page, f"{at}/revoke").status == 200
    assert rows("SELECT revoked_at FROM api_key") == first


def test_a_revoked_test_key_is_forgotten(browser: Browser, jane: Owner) -> None:
    made(browser)
    at = f"{HERE}/keys/{key_of(jane)}"
    browser.send(browser.get(at), f"{at}/revoke")
    assert rows("SELECT sealed FROM api_key") == [{"sealed": None}]
    shown = browser.get(at)
    assert ("Revoked" in shown.text, shown.forms[-1].action) == (True, "/sign-out")


def test_revoked_keys_stand_apart(browser: Browser, jane: Owner) -> None:
    made(browser, name="Old one")
    own_keys.revoke(jane.account_id, key_of(jane))
    page = browser.get(HERE).text
    assert page.index("No key can be used") < page.index("Revoked keys") < page.index("Old one")


@pytest.mark.parametrize("what", ["name", "text", "revoke"])
def test_another_accounts_key_is_not_there(
    browser: Browser, jane: Owner, bob: Owner, settings: Settings, what: str
) -> None:
    made(browser)
    key, text = own_keys.make(bob.account_id, "test", "Bob's", Vault(settings.encryption_keys))
    mine = f"{HERE}/keys/{key_of(jane)}"
    values = browser.get(mine).form(f"{mine}/name").values
    assert browser.get(f"{HERE}/keys/{key.id}").status == 404
    assert browser.post(f"{HERE}/keys/{key.id}/{what}", values).status == 404
    assert access.identify(text) is not None
    assert rows("SELECT name FROM api_key WHERE id = %s", (key.id,)) == [{"name": "Bob's"}]


@pytest.mark.parametrize("name", ["nothing", "00000000-0000-4000-8000-000000000000", "sk_test_abcd", "../keys"])
def test_a_key_that_is_none_is_not_there(browser: Browser, name: str) -> None:
    assert browser.get(f"{HERE}/keys/{name}").status == 404


def test_a_keys_name_is_text_and_nothing_else(browser: Browser, jane: Owner) -> None:
    pages = [made(browser, name=HOSTILE), browser.get(HERE), browser.get(f"{HERE}/keys/{key_of(jane)}")]
    assert [("<script>alert" in page.text, HOSTILE in unescape(page.text)) for page in pages] == [(False, True)] * 3


# Use


def test_the_last_use_of_a_key_is_shown(browser: Browser, api: Flask) -> None:
    text = text_on(made(browser))
    assert "Never" in browser.get(HERE).text
    asked(api, text)
    api.extensions["mio"].usage.flush()
    assert "Never" not in browser.get(HERE).text


SAYS = {
    "zapier": {"X_Mio_Client": "zapier/1.0.0"},
    "n8n": {"User_Agent": "mio-hub-n8n/0.1.0"},
    "make": {"X_Mio_Client": "make/1"},
    "activepieces": {"User_Agent": "mio-hub-activepieces/0.1.0"},
    "pipedream": {"User_Agent": "mio-hub-pipedream/0.1.0"},
    "mcp": {"User_Agent": "mio-hub-mcp/0.1.0"},
    "salesforce": {"X_Mio_Client": "salesforce/1.0"},
    "rest": {"User_Agent": "curl/8.14.1"},
}


def used(page: Page) -> list[str]:
    """The cards that say that their connector is in use."""
    cards = re.findall(r'<article class="card" aria-labelledby="(\w+)-title">(.*?)</article>', page.text, re.DOTALL)
    assert len(cards) == len(CARDS)
    return [name for name, card in cards if "> in use<" in card or ">in use<" in card]


@pytest.mark.parametrize("name", SAYS)
def test_a_connector_is_in_use_once_it_has_spoken(browser: Browser, api: Flask, name: str) -> None:
    text = text_on(made(browser))
    assert used(browser.get(HERE)) == []
    assert asked(api, text, **SAYS[name]).status_code == 200
    api.extensions["mio"].usage.flush()
    assert used(browser.get(HERE)) == [name]
    assert "Last spoke" in browser.get(HERE).text


def test_another_accounts_use_is_not_ours(browser: Browser, api: Flask, bob: Owner) -> None:
    asked(api, access.issue(bob.account_id, "test")[1], **SAYS["n8n"])
    api.extensions["mio"].usage.flush()
    assert used(browser.get(HERE)) == []


def test_a_crm_is_in_use_while_a_connection_to_it_is_active(browser: Browser, jane: Owner) -> None:
    connection = uuid4()
    execute(
        "INSERT INTO crm_connection (id, account_id, platform, name, mode, status, logs, default_country)"
        " VALUES (%s, %s, 'hubspot', 'Portal', 'test', 'active', 'own', 'US')",
        (connection, jane.account_id),
    )
    assert used(browser.get(HERE)) == ["hubspot"]


def test_a_wrong_key_tells_nothing_of_a_connector(database: object, api: Flask) -> None:
    asked(api, "sk_live_wrong", **SAYS["n8n"])
    api.extensions["mio"].usage.flush()
    assert rows("SELECT 1 FROM connector_use") == []


# The cards


def test_every_connector_has_a_card() -> None:
    folders = {str(readme.parent.relative_to(ROOT)) for readme in (ROOT / "connectors").glob("*/README.md")}
    assert {card.folder for card in CARDS if card.folder} == folders
    assert {card.name for card in CARDS} == set(CONNECTORS)


@pytest.mark.parametrize("card", [card for card in CARDS if card.folder], ids=lambda card: card.name)
def test_a_card_says_what_the_readme_says(card: Card) -> None:
    readme = (ROOT / card.folder / "README.md").read_text()
    typed = [line for step in card.steps for line in step.code.splitlines()]
    assert len(card.steps) == 3
    assert [line for line in typed if line not in readme] == []


def test_the_page_asks_the_database_little_however_many_keys_there_are(browser: Browser, jane: Owner) -> None:
    for _ in range(own_keys.MOST_KEYS):
        access.issue(jane.account_id, "test")
    with queries() as asked_for:
        browser.get(HERE)
    assert len(asked_for) <= 5

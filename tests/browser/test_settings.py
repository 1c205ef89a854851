"""Keys and /docs in a browser: a key is made, tried in the reference, and revoked."""

import re
from threading import Timer

import psycopg
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import opened
from tests.browser.conftest import Owner
from tests.hub import Hub

HERE = "/settings/integrations"
SECONDS = 20  # the viewer is large
KEY = re.compile(r"sk_test_[\w-]{43}")


def a_test_key(page: Page) -> str:
    """Make a test key on the page of integrations; its text."""
    page.goto(HERE)
    page.get_by_label("Name").fill("Browser")
    page.get_by_label("Test", exact=False).last.check()
    page.get_by_role("button", name="Make the key").click()
    found = KEY.search(page.locator("main").inner_text())
    assert found
    return found[0]


def test_a_double_click_makes_one_key_and_shows_it(browser: Browser, hub: Hub, owner: Owner) -> None:
    with opened(browser, hub.url, token=owner.token) as page, psycopg.connect(hub.settings.database_url) as busy:
        page.goto(HERE)
        page.get_by_label("Name").fill("Pressed twice")
        button = page.get_by_role("button", name="Make the key")
        button.scroll_into_view_if_needed()
        place = button.bounding_box()
        assert place
        busy.execute("LOCK TABLE api_key IN EXCLUSIVE MODE")
        release = Timer(1, busy.rollback)
        release.start()
        page.mouse.click(place["x"] + 5, place["y"] + 5)
        page.wait_for_timeout(200)
        page.mouse.click(place["x"] + 5, place["y"] + 5)
        release.join()
        expect(page.locator("main")).to_contain_text(KEY)
    made = hub.rows("SELECT 1 FROM api_key WHERE account_id = %s AND name = 'Pressed twice'", (owner.holder.id,))
    assert len(made) == 1


def test_what_was_refused_has_the_cursor(browser: Browser, hub: Hub, owner: Owner) -> None:
    context = browser.new_context(base_url=hub.url, java_script_enabled=False)
    context.add_cookies([{"name": "mio", "value": owner.token, "url": hub.url}])
    page = context.new_page()
    page.goto("/settings/profile")
    page.get_by_label("Caller name").fill("turned \u202etxet")
    page.get_by_role("button", name="Save").click()
    refused = page.get_by_label("Caller name")
    expect(refused).to_be_focused()
    expect(refused).to_have_accessible_description(re.compile("Caller name must be 1 to 200 printable characters"))
    context.close()


def test_a_key_is_made_copied_and_revoked(browser: Browser, hub: Hub, owner: Owner) -> None:
    with opened(browser, hub.url, token=owner.token, permissions=["clipboard-read", "clipboard-write"]) as page:
        key = a_test_key(page)
        page.get_by_role("button", name="Copy").first.click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == key
        assert hub.get("/me", key).status == 200
        page.goto(HERE)
        page.get_by_role("link", name="Manage Browser").click()
        page.get_by_text("Revoke this key").click()
        page.get_by_role("button", name="Yes, revoke it").click()
        expect(page.get_by_text("The key is revoked.")).to_be_visible()
        page.wait_for_timeout(1000)
        assert hub.get("/me", key).status == 401


def test_the_reference_has_the_key_of_who_is_signed_in(browser: Browser, hub: Hub, owner: Owner) -> None:
    with opened(browser, hub.url, token=owner.token) as page:
        key = a_test_key(page)
        page.goto("/docs")
        expect(page.get_by_text("Your test key Browser is filled in")).to_be_visible(timeout=SECONDS * 1000)
        operation = page.locator("#operations-Account-readAccount")
        operation.locator(".opblock-summary-control").click()
        operation.get_by_role("button", name="Execute").click()
        answered = operation.locator(".live-responses-table tbody .response-col_status")
        expect(answered).to_contain_text("200", timeout=SECONDS * 1000)
        expect(operation).to_contain_text(key)  # in the example, with which the same can be asked elsewhere
        assert (key not in page.url, page.evaluate("localStorage.length + sessionStorage.length")) == (True, 0)


def test_who_has_no_test_key_is_told_where_to_make_one(browser: Browser, hub: Hub, owner: Owner) -> None:
    with opened(browser, hub.url, token=owner.token) as page:
        page.goto("/docs")
        expect(page.get_by_text("You have no test key that can be filled in.")).to_be_visible(timeout=SECONDS * 1000)


def test_a_stranger_sees_the_reference_without_a_key(browser: Browser, hub: Hub) -> None:
    page = browser.new_page(base_url=hub.url)  # its console tells of the 401, which is no complaint here
    page.goto("/docs")
    page.get_by_text("Make a call").first.wait_for()
    page.locator(".opblock").first.wait_for()
    expect(page.locator("#stranger")).to_be_visible()
    expect(page.locator("#filled")).to_be_hidden()
    page.close()

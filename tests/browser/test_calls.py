"""Calls as somebody watches them: what is new appears by itself, and what one was doing stays as it was."""

from playwright.sync_api import Browser, expect

from tests.browser.chromium import opened
from tests.browser.conftest import Owner
from tests.hub import Hub


def test_a_test_call_is_placed_by_a_press_and_watched_to_its_end(browser: Browser, hub: Hub, owner: Owner) -> None:
    with opened(browser, hub.url, token=owner.token) as page:
        page.goto("/start")
        page.get_by_role("button", name="Place a test call").click()
        page.wait_for_url("**/calls/*")
        page.get_by_text("As the API shows it").click()
        page.get_by_role("link", name="Call again").focus()
        expect(page.get_by_role("log")).to_contain_text("book a table", timeout=15_000)
        expect(page.locator(".state")).to_contain_text("completed", timeout=20_000)
        assert page.locator("#as-json").get_attribute("open") is not None
        expect(page.get_by_role("link", name="Call again")).to_be_focused()
        expect(page.get_by_role("button", name="Copy").first).to_be_visible()
        assert page.get_by_role("button", name="Cancel the call").count() == 0


def test_a_call_appears_in_the_list_by_itself(browser: Browser, hub: Hub, owner: Owner) -> None:
    first = hub.call(owner.holder.test_key, "+15550100002")
    with opened(browser, hub.url, token=owner.token) as page:
        page.goto("/calls")
        link = page.locator(f"#call-{first['id']} a")
        link.focus()
        second = hub.call(owner.holder.test_key, "+15550100003")
        expect(page.locator(f"#call-{second['id']}")).to_be_visible(timeout=10_000)
        expect(link).to_be_focused()


def test_without_javascript_a_call_is_placed_found_and_looked_at(browser: Browser, hub: Hub, owner: Owner) -> None:
    with opened(browser, hub.url, token=owner.token, java_script_enabled=False) as page:
        page.goto("/calls/new")
        page.get_by_label("Phone number").fill("+1 555 010 0002")
        page.get_by_label("Name").fill("Joe's Pizza")
        page.get_by_label("Instructions").fill("Ask when they are open.")
        page.get_by_role("button", name="Place the call").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Call to Joe's Pizza")
        page.goto("/calls")
        page.get_by_label("Search").fill("joe")
        page.get_by_role("button", name="Filter").click()
        page.get_by_role("link", name="+15550100002").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Call to Joe's Pizza")

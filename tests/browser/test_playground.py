"""Being the callee in a real browser: what is typed stays, and the page follows what happens."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import opened
from tests.browser.conftest import Owner
from tests.hub import Hub

XSS = "<img src=x onerror=alert(1)> <script>alert(2)</script>"
LONG = " ".join(f"word{number}" for number in range(120))


@pytest.fixture
def page(browser: Browser, hub: Hub, owner: Owner) -> Iterator[Page]:
    with opened(browser, hub.url, token=owner.token) as page:
        yield page


def pick_up(page: Page, first_message: str = "Hello!") -> None:
    """Start a call to oneself, and answer it."""
    page.goto("/playground")
    page.get_by_label("First message").fill(first_message)
    page.get_by_role("button", name="Start the call").click()
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("log")).to_contain_text(first_message[:20])


def test_you_are_in_the_field_once_you_have_picked_up_and_stay_there(page: Page) -> None:
    pick_up(page)
    field = page.get_by_label("What you say")
    expect(field).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="It is your turn.")).to_be_visible()
    page.keyboard.type("Hello, who is calling?")
    page.keyboard.press("Enter")
    page.keyboard.type("And wh")
    expect(page.locator("#turn-2.agent")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("And wh")
    page.keyboard.type("y?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("And why?")
    expect(field).to_have_value("")


def test_what_you_say_over_the_agent_is_seen_to_cut_it(page: Page) -> None:
    pick_up(page, LONG)
    expect(page.get_by_role("status").filter(has_text="interrupts it")).to_be_visible()
    page.keyboard.type("Stop!")
    page.keyboard.press("Enter")
    expect(page.locator("#turn-0.cut")).to_contain_text("Interrupted here")


def test_what_you_type_is_text_and_nothing_else(page: Page) -> None:
    pick_up(page)
    page.keyboard.type(XSS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text(XSS)
    assert page.locator("#play img, #play script").count() == 0


def test_the_hub_is_told_that_you_type_now_and_then(page: Page) -> None:
    pick_up(page)
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if request.url.endswith("/typing") else None)
    with page.expect_response(re.compile("/typing$")) as answered:
        page.keyboard.type("Just a moment")
    assert answered.value.status == 204
    assert len(told) == 1


@pytest.fixture
def refused(browser: Browser, hub: Hub, owner: Owner) -> Iterator[Page]:
    """A page that may complain: browsers note every answer that is a refusal."""
    context = browser.new_context(base_url=hub.url)
    context.add_cookies([{"name": "mio", "value": owner.token, "url": hub.url}])
    yield context.new_page()
    context.close()


def test_what_is_refused_is_said_and_can_be_mended(refused: Page) -> None:
    page = refused
    pick_up(page)
    field = page.get_by_label("What you say")
    field.evaluate("field => field.removeAttribute('maxlength')")
    field.fill("a" * 1001)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("At most 1,000 characters")
    expect(field).to_have_value("a" * 1001)
    field.fill("Shorter.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("Shorter.")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_page_follows_the_end(page: Page) -> None:
    pick_up(page)
    began = time.monotonic()
    page.get_by_role("button", name="Hang up").click()
    expect(page.get_by_text("The callee hung up.")).to_be_visible()
    assert time.monotonic() - began < 5
    expect(page.get_by_role("link", name="Again with these words")).to_be_visible()
    expect(page.get_by_label("What you say")).to_have_count(0)

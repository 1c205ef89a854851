"""The hub without a mouse: what opens and closes, and a day's work by keyboard alone."""

import re

from playwright.sync_api import Browser, Page, expect

from app.accounts import passwords
from tests.browser.chromium import opened
from tests.browser.conftest import Owner
from tests.browser.furnished import Furnished
from tests.browser.keyboard import barriers, tab_to
from tests.hub import Hub
from tests.receiving import Receiver

PASSWORD = "plum sofa over a quiet river"
SOON = 20_000


def test_the_first_press_of_tab_leads_past_the_menu(browser: Browser, furnished: Furnished) -> None:
    with opened(browser, furnished.url, token=furnished.token) as page:
        page.goto("/calls")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_phones_menu_can_be_walked_through(browser: Browser, furnished: Furnished) -> None:
    with opened(browser, furnished.url, token=furnished.token, look="narrow") as page:
        page.goto("/calls")
        assert barriers(page) == []


def test_a_phones_menu_closes_with_escape_and_gives_the_focus_back(browser: Browser, furnished: Furnished) -> None:
    with opened(browser, furnished.url, token=furnished.token, look="narrow") as page:
        page.goto("/calls")
        menu, calls = page.get_by_role("button", name="Menu"), page.get_by_role("link", name="Calls", exact=True)
        tab_to(menu)
        for key in ("Enter", "Space"):
            page.keyboard.press(key)
            expect(calls).to_be_visible()
            tab_to(calls)
            page.keyboard.press("Escape")
            expect(calls).to_be_hidden()
            expect(menu).to_be_focused()


def test_a_phones_menu_closes_behind_who_goes_on(browser: Browser, furnished: Furnished) -> None:
    with opened(browser, furnished.url, token=furnished.token, look="narrow") as page:
        page.goto("/calls")
        tab_to(page.get_by_role("button", name="Menu"))
        page.keyboard.press("Enter")
        tab_to(page.get_by_role("button", name="Sign out"))
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
        assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_days_work_needs_no_mouse(browser: Browser, hub: Hub, owner: Owner) -> None:
    with (
        Receiver(lambda _: 500) as receiver,
        opened(browser, hub.url, permissions=["clipboard-read", "clipboard-write"]) as page,
    ):
        _signs_in(page, hub, owner)
        _adds_a_webhook(page, receiver.url)
        _places_a_call(page)
        receiver.next(20)
        receiver.answer = lambda _: 204
        _sends_it_again(page)
        _press(page, "button", "Sign out")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def _press(page: Page, role: str, name: str) -> None:
    tab_to(page.get_by_role(role, name=name, exact=True).first)  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def _write(page: Page, label: str, text: str) -> None:
    tab_to(page.get_by_label(label).first)
    page.keyboard.type(text)


def _signs_in(page: Page, hub: Hub, owner: Owner) -> None:
    [person] = hub.rows(
        "UPDATE owner SET password_hash = %s WHERE account_id = %s RETURNING email",
        (passwords.hashed(PASSWORD), owner.holder.id),
    )
    page.goto("/sign-in")
    _write(page, "E-mail address", person["email"])
    _write(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(start|calls)$"))


def _adds_a_webhook(page: Page, url: str) -> None:
    _press(page, "link", "Webhooks")
    page.wait_for_url("**/webhooks")
    _press(page, "link", "Add a webhook")
    page.wait_for_url("**/webhooks/new")
    _write(page, "URL", url)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The webhook is added")).to_be_visible()
    _press(page, "button", "Copy")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("whsec_")
    _press(page, "link", "I have kept it")
    page.wait_for_url(re.compile("/webhooks/[0-9a-f-]{36}"))


def _places_a_call(page: Page) -> None:
    _press(page, "link", "Calls")
    page.wait_for_url("**/calls")
    _press(page, "link", "Place a call")
    page.wait_for_url(re.compile("/calls/new"))
    _write(page, "Phone number", "+15550100002")
    _write(page, "Instructions", "Ask for the opening hours.")
    _press(page, "button", "Place the call")
    page.wait_for_url(re.compile("/calls/[0-9a-f-]{36}"))
    _press(page, "link", "Calls")
    page.wait_for_url("**/calls")
    tab_to(page.locator("main tbody a").first)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/calls/[0-9a-f-]{36}"))
    expect(page.locator(".told a").first).to_be_visible(timeout=SOON)


def _sends_it_again(page: Page) -> None:
    tab_to(page.locator(".told a").first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/deliveries/*")
    expect(page.get_by_role("button", name="Send it again now")).to_be_visible(timeout=SOON)
    _press(page, "button", "Send it again now")
    expect(page.get_by_text("succeeded").first).to_be_visible(timeout=SOON)

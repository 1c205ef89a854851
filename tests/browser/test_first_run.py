"""What a newcomer does on the first day, from the sign-up to a delivery that failed and was sent again."""

import os
import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from standardwebhooks import Webhook

from tests.browser.chromium import opened
from tests.hub import Hub, running_hub, wait_until
from tests.receiving import Received, Receiver
from tests.services import TEMPLATE, fresh_database

PASSWORD = "plum sofa over a quiet river"
SOON = 20_000


@pytest.fixture
def new_hub() -> Iterator[Hub]:
    """One that nobody has used, and that gives up on a receiver within a second."""
    with (
        fresh_database(os.environ["DATABASE_URL"], f"mio_first_{os.getpid()}", os.environ[TEMPLATE]) as url,
        running_hub(url, webhook_retry_scale=0.000005) as running,
    ):
        yield running


@pytest.mark.timeout(180)
def test_the_first_day_of_a_newcomer(browser: Browser, new_hub: Hub) -> None:
    hub = new_hub
    with opened(browser, hub.url) as page, Receiver() as receiver:
        key = _signed_up(page, hub)
        _watched_a_call(page)
        secret = _added_a_webhook(page, receiver.url)
        _verified_what_came(hub, receiver, key, secret)
        receiver.answer = lambda _: 500
        call = hub.call(key, "+15550100002")
        hub.wait_call(call["id"], key)
        delivery = _tried(hub, key, call["id"])
        receiver.answer = lambda _: 204
        _sent_again(page, delivery, receiver, call["id"])


def _signed_up(page: Page, hub: Hub) -> str:
    """The test key, after signing up and opening the link of the e-mail."""
    email = f"{uuid.uuid4().hex}@example.com"
    page.goto("/sign-up")
    page.get_by_label("Name").fill("Jane's Bakery")
    page.get_by_label("Phone number").fill("+1 555 123 4567")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("We have written to the address")).to_be_visible()
    page.goto(_link_in_mail(hub, email))
    page.get_by_role("button", name="Confirm, and open the account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("First steps")
    return page.locator(".copyable code").first.inner_text()


def _link_in_mail(hub: Hub, email: str) -> str:
    def found() -> str | None:
        line = next((line for line in hub.log("api").splitlines() if email in line), "")
        link = re.search(r"/links/[\w-]+", line)
        return link.group() if link else None

    return wait_until(found)


def _watched_a_call(page: Page) -> None:
    page.get_by_role("button", name="Place a test call").click()
    page.wait_for_url("**/calls/*")
    expect(page.get_by_role("log")).to_contain_text("book a table", timeout=SOON)
    expect(page.locator(".state")).to_contain_text("completed", timeout=SOON)


def _added_a_webhook(page: Page, url: str) -> str:
    """Its secret, as it is shown this once."""
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_role("link", name="Add a webhook").first.click()
    page.get_by_label("URL").fill(url)
    page.get_by_role("button", name="Add the webhook").click()
    secret = page.locator(".copyable code").first.inner_text()
    page.get_by_role("link", name="I have kept it").click()
    return secret


def _verified_what_came(hub: Hub, receiver: Receiver, key: str, secret: str) -> None:
    call = hub.call(key, "+15550100002")
    received = receiver.next(20)
    assert received.event["call"]["id"] == call["id"]
    Webhook(secret).verify(received.body, dict(received.headers))


def _tried(hub: Hub, key: str, call_id: str) -> str:
    """The delivery of a call's end, once it was tried and refused."""

    def found() -> str | None:
        [webhook] = hub.get("/webhooks", key).json["data"]
        listed = hub.get(f"/webhooks/{webhook['id']}/deliveries", key).json["data"]
        return next((d["id"] for d in listed if d["callId"] == call_id and d["status"] == "failed"), None)

    return wait_until(found, seconds=60)


def _sent_again(page: Page, delivery: str, receiver: Receiver, call_id: str) -> None:
    page.goto(f"/deliveries/{delivery}")
    expect(page.get_by_text("failed").first).to_be_visible()
    page.get_by_role("button", name="Send it again now").click()
    expect(page.get_by_text("succeeded").first).to_be_visible(timeout=SOON)
    last: Received = receiver.received[-1]
    assert last.event["call"]["id"] == call_id

"""Every page as people see it: light, dark and narrow; nothing asked elsewhere, and nothing that bars anybody, be it
who has no mouse.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from app.config import Settings
from app.dashboard.application import build
from tests.browser.chromium import LOOKS, opened
from tests.browser.furnished import Furnished
from tests.browser.keyboard import barriers, unseen
from tests.hub import Hub

SHOTS: Final = Path(__file__).parents[2] / "var" / "screenshots"
OPEN: Final = ("/sign-in", "/sign-up", "/sign-up/sent", "/forgotten", "/forgotten/sent")
SIGNED_IN: Final = (
    "/start",
    "/calls",
    "/calls?status=failed&q=nothing",
    "/calls/new",
    "/calls/{call}",
    "/calls/{scheduled}",
    "/playground",
    "/playground/{typed}",
    "/webhooks",
    "/webhooks/new",
    "/webhooks/{webhook}",
    "/webhooks/{webhook}/edit",
    "/webhooks/{webhook}/verify",
    "/webhooks/{webhook}/replay",
    "/webhooks/{webhook}/secret",
    "/webhooks/{webhook}/delete",
    "/deliveries/{delivery}",
    "/usage",
    "/usage/ledger",
    "/settings/integrations",
    "/settings/integrations/keys/{key}",
    "/settings/crm",
    "/settings/crm/connect",
    "/settings/crm/connect/hubspot",
    "/settings/crm/connect/salesforce",
    "/settings/crm/connections/{connection}",
    "/settings/crm/connections/{connection}/mode",
    "/settings/crm/connections/{connection}/requests",
    "/settings/crm/connections/{connection}/end",
    "/settings/crm/connections/{connection}/inbound",
    "/settings/crm/connections/{connection}/rules/new",
    "/settings/crm/rules",
    "/settings/crm/rules/new",
    "/settings/crm/rules/{rule}",
    "/settings/crm/rules/{rule}/edit",
    "/settings/crm/rules/{rule}/delete",
    "/settings/crm/enrolments",
    "/settings/crm/enrolments/{enrolment}",
    "/settings/profile",
    "/settings/profile/do-not-call",
    "/settings/profile/erasure",
    "/settings/security",
    "/settings/security/codes",
)
SERIOUS: Final = ("serious", "critical")


# Parts of pages, downloads, what leads elsewhere, and pages that a form, a link by e-mail or a CRM comes before.
NO_PAGES: Final = (
    "calls.live",
    "calls.rows",
    "deliveries.live",
    "deliveries.payload",
    "docs_key.read",
    "doors.code",
    "doors.link",
    "exports.calls_file",
    "exports.ledger_file",
    "home.arrive",
    "live.hear",
    "playground.live",
    "static",
    "top_up.paid",
    "webhooks.live",
    "webhooks.log",
)


def test_every_page_is_looked_at(settings: Settings) -> None:
    routes = build(settings).url_map
    adapter = routes.bind("localhost")
    seen = {adapter.match(re.sub(r"\{\w+\}", str(uuid4()), urlsplit(path).path))[0] for path in (*OPEN, *SIGNED_IN)}
    pages = {rule.endpoint for rule in routes.iter_rules() if "GET" in (rule.methods or ())}
    assert sorted(pages - seen) == sorted(NO_PAGES)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", OPEN)
def test_a_page_for_everybody_is_whole(browser: Browser, hub: Hub, path: str, look: str) -> None:
    with opened(browser, hub.url, look=look) as page:
        _looked_at(page, path, look, {})


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", SIGNED_IN)
def test_a_page_of_an_owner_is_whole(browser: Browser, furnished: Furnished, path: str, look: str) -> None:
    with opened(browser, furnished.url, token=furnished.token, look=look) as page:
        _looked_at(page, path, look, furnished.ids)


def _looked_at(page: Page, path: str, look: str, ids: Mapping[str, str]) -> None:
    answer = page.goto(path.format(**ids))
    assert answer is not None
    assert answer.status == 200
    page.wait_for_timeout(200)  # for what moves once it is there
    SHOTS.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z]+", "-", path.lower()).strip("-")
    page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=True)
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it is wider than its window"
    assert [found for found in Axe().run(page).response["violations"] if found["impact"] in SERIOUS] == []
    assert (barriers if look == "light" else unseen)(page) == []

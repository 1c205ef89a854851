"""A long call while it lasts: what the page has stays, what comes is added, what changes late is changed, all once."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import opened
from tests.browser.conftest import Owner
from tests.hub import Hub

_SAY = """
INSERT INTO turn (call_id, position, role, text)
SELECT %s, n, CASE n %% 2 WHEN 0 THEN 'agent' ELSE 'human' END, 'Word ' || n FROM generate_series(%s::int, %s::int) AS n
"""


@pytest.mark.parametrize("more", [10, 200])
def test_no_turn_of_a_long_call_is_missing_or_shown_twice(browser: Browser, hub: Hub, owner: Owner, more: int) -> None:
    call = hub.call(owner.holder.test_key, "+15552000009", callAt="2027-01-01T09:00:00Z")["id"]
    hub.rows(_SAY, (call, 0, 169))
    with opened(browser, hub.url, token=owner.token, look="narrow") as page:
        page.goto(f"/calls/{call}")
        page.evaluate("document.querySelector('#turn-3').kept = true")
        for first in (170, 170 + more):
            hub.rows(_SAY, (call, first, first + more - 1))
            hub.rows("DELETE FROM turn WHERE call_id = %s AND position = %s", (call, first - 1))
            hub.rows("UPDATE turn SET interrupted = true WHERE call_id = %s AND position = %s", (call, first - 2))
            _renew(page, f"Word {first + more - 1}")
        kept = hub.rows("SELECT 'Word ' || position AS text FROM turn WHERE call_id = %s ORDER BY position", (call,))
        assert page.locator(".turn .said").all_inner_texts() == [turn["text"] for turn in kept]
        assert page.locator(".turn.cut").count() == 2
        assert page.evaluate("document.querySelector('#turn-3').kept"), "it was made anew"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def _renew(page: Page, last: str) -> None:
    page.evaluate("htmx.trigger(document.querySelector('#call'), 'live', {}, false)")
    expect(page.get_by_text(last, exact=True)).to_be_visible()

"""Who may open a live view, of what."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from app.calls.accepting import accept
from app.calls.requests import CallRequest
from app.config import Settings
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import Owner, queries

SOME = "8f14e45f-ceea-467f-a9c1-3b2d5c7e9a10"


def placed(owner: Owner, settings: Settings) -> UUID:
    """A call of somebody's."""
    request = CallRequest("+15551234567", "Ask for the opening hours.")
    return UUID(str(accept(owner.account_id, None, "test", request, settings).id))


def test_a_stranger_is_led_to_the_sign_in(visitor: Browser) -> None:
    assert visitor.get("/live?topic=calls", follow=False).location.startswith("/sign-in")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "topic=",
        "topic=all",
        "topic=call:",
        "topic=call:1",
        f"topic=session:{SOME}",
        f"topic=call:{SOME.upper()}",
        f"topic=calls%0Adata:{SOME}",
        "&".join(f"topic=call:{SOME[:-2]}{number}" for number in range(10, 31)),
    ],
)
def test_what_is_no_topic_is_refused(browser: Browser, query: str) -> None:
    assert browser.get(f"/live?{query}").status == 400


def test_another_accounts_topics_are_not_there(browser: Browser, jane: Owner, bob: Owner, settings: Settings) -> None:
    mine, theirs = placed(jane, settings), placed(bob, settings)
    assert browser.get(f"/live?topic=call:{theirs}").status == 404
    assert browser.get(f"/live?topic=call:{mine}&topic=call:{theirs}").status == 404


@pytest.mark.parametrize("kind", ["call", "webhook", "delivery"])
def test_what_is_not_there_is_refused(browser: Browser, kind: str) -> None:
    assert browser.get(f"/live?topic={kind}:{uuid4()}").status == 404


def test_a_server_that_hands_nothing_over_says_so_and_the_page_asks_now_and_then(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    with queries() as asked:
        answer = browser.get(f"/live?topic=calls&topic=call:{placed(jane, settings)}")
    assert answer.status == 503
    assert len([query for query in asked if "INSERT" not in query]) <= 2


def test_a_head_alone_opens_nothing(browser_of: Callable[[Owner], Browser], jane: Owner) -> None:
    assert browser_of(jane).http.head("/live?topic=calls").status_code == 503

"""The page of usage and the ledger's."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.billing import ledger
from app.db import execute
from app.times import today
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import Owner, queries

MOST_QUERIES = 6


def counted(owner: Owner, *, back: int = 0, calls: int = 3, status: str = "completed", mode: str = "test") -> None:
    execute(
        "INSERT INTO call_day VALUES (%s, %s, %s, %s, 'human', %s, %s, %s)",
        (owner.account_id, mode, today().date() - timedelta(days=back), status, calls, calls * 90, calls * 84),
    )


def tried(owner: Owner, *, succeeded: int, failed: int, mode: str = "test", back: int = 0) -> None:
    execute(
        "INSERT INTO attempt_day VALUES (%s, %s, %s, %s, %s)",
        (owner.account_id, mode, today().date() - timedelta(days=back), succeeded, failed),
    )


def totals(text: str) -> list[str]:
    """What the charts say all of it comes to: calls, minutes, cost, attempts."""
    return re.findall(r"<p><strong>([^<]*)</strong>", text)


def test_the_page_shows_what_is_owned_held_and_available(browser: Browser, jane: Owner) -> None:
    ledger.hold(jane.account_id, uuid4(), 56)
    page = browser.get("/usage")
    assert page.status == 200
    assert re.findall(r"<strong>([^<]*)</strong><span>", page.text) == ["$5.00", "$0.56", "$4.44"]


def test_charts_sum_up_the_days_that_are_asked_for(browser: Browser, jane: Owner) -> None:
    counted(jane)
    counted(jane, back=6)
    counted(jane, back=7, calls=100)
    tried(jane, succeeded=9, failed=1)
    assert totals(browser.get("/usage?days=7").text) == ["6", "9.0", "$5.04", "10"]
    assert totals(browser.get("/usage?days=30").text)[0] == "106"


def test_the_share_of_attempts_that_failed_is_told(browser: Browser, jane: Owner) -> None:
    tried(jane, succeeded=9, failed=1)
    assert "10.0% have failed" in browser.get("/usage").text


@pytest.mark.parametrize("days", ["", "0", "-7", "8", "1e9", "x"])
def test_other_spans_show_the_usual_one(browser: Browser, jane: Owner, days: str) -> None:
    counted(jane, back=29)
    counted(jane, back=30)
    assert totals(browser.get(f"/usage?days={days}").text)[0] == "3"


def test_each_chart_has_a_table_of_its_days(browser: Browser, jane: Owner) -> None:
    counted(jane, calls=1234, status="no-answer")
    text = browser.get("/usage?days=7").text
    assert text.count('<tr><th scope="row">') == 21  # three charts with something in them
    assert '<data value="1234">1,234</data>' in text
    assert '<th scope="col" class="number" data-colour="no-answer">No answer</th>' in text


def test_test_and_live_are_shown_apart(browser: Browser, jane: Owner) -> None:
    counted(jane, calls=1)
    counted(jane, calls=2, mode="live")
    tried(jane, succeeded=4, failed=0, mode="live")
    tried(jane, succeeded=8, failed=0, mode="all")
    assert totals(browser.get("/usage?mode=test").text)[::3] == ["1", "8"]
    assert totals(browser.get("/usage?mode=live").text)[::3] == ["2", "12"]


def test_another_accounts_usage_is_not_shown(browser: Browser, bob: Owner) -> None:
    counted(bob)
    tried(bob, succeeded=1, failed=0)
    assert totals(browser.get("/usage").text) == ["0", "0.0", "$0.00", "0"]


def test_the_ledger_leads_from_page_to_page(browser: Browser, jane: Owner) -> None:
    for _ in range(30):
        ledger.credit(jane.account_id, 1)
    first = browser.get("/usage/ledger")
    older = re.search(r'href="(/usage/ledger\?cursor=\d+)" rel="next"', first.text)
    assert older is not None
    second = browser.get(older[1])
    assert "Credit at sign-up" in second.text
    assert 'rel="next"' not in second.text


def test_the_ledger_shows_holds_when_asked_to(browser: Browser, jane: Owner) -> None:
    ledger.hold(jane.account_id, uuid4(), 56)
    assert "Held for a call" not in browser.get("/usage/ledger").text
    assert "Held for a call" in browser.get("/usage/ledger?show=all").text


def test_another_accounts_entries_are_not_shown(browser: Browser, bob: Owner) -> None:
    ledger.credit(bob.account_id, 77_700)
    assert "$777.00" not in browser.get("/usage/ledger").text


def test_a_cursor_of_nobody_is_told_as_such(browser: Browser) -> None:
    assert browser.get("/usage/ledger?cursor=nonsense").status == 400


def test_a_page_past_the_end_says_so(browser: Browser) -> None:
    page = browser.get("/usage/ledger?cursor=0")
    assert (page.status, "No entry is this old." in page.text) == (200, True)


def test_what_a_callee_is_named_is_shown_as_text(browser: Browser, jane: Owner) -> None:
    call = a_charged_call(jane, "<script>alert(1)</script>")
    text = browser.get("/usage/ledger").text
    assert "<script>alert" not in text
    assert f'<a href="/calls/{call}">&lt;script&gt;alert(1)&lt;/script&gt;</a>' in text


def a_charged_call(owner: Owner, name: str) -> UUID:
    call = uuid4()
    execute(
        "INSERT INTO call (id, account_id, mode, status, to_number, from_number, name, instructions)"
        " VALUES (%s, %s, 'live', 'completed', '+15551234567', '+15550001111', %s, '')",
        (call, owner.account_id, name),
    )
    ledger.settle(owner.account_id, call, held=0, cost=42)
    return call


@pytest.mark.parametrize("path", ["/usage", "/usage?days=90", "/usage/ledger", "/usage/ledger?show=all"])
def test_a_page_asks_the_database_a_handful_of_times(browser: Browser, jane: Owner, path: str) -> None:
    counted(jane)
    tried(jane, succeeded=1, failed=1)
    with queries() as asked:
        assert browser.get(path).status == 200
    assert len(asked) <= MOST_QUERIES


def test_a_low_balance_is_told_on_every_page(browser: Browser, jane: Owner) -> None:
    execute("UPDATE account SET balance_low = true WHERE id = %s", (jane.account_id,))
    for path in ("/calls", "/usage", "/usage/ledger"):
        assert "Your balance is low" in browser.get(path).text


def test_an_unmetered_account_is_asked_for_no_money(browser: Browser, jane: Owner) -> None:
    execute("UPDATE account SET unmetered = true, balance_low = true WHERE id = %s", (jane.account_id,))
    page = browser.get("/usage")
    assert "Your balance is low" not in page.text
    assert "it needs none" in page.text


def test_without_payments_the_page_says_how_funds_are_added(browser: Browser, jane: Owner) -> None:
    page = browser.get("/usage")
    assert str(jane.account_id) in page.text
    assert "/usage/top-up" not in page.text


def test_the_pages_need_somebody_signed_in(visitor: Browser, browser_of: Callable[[Owner], Browser]) -> None:
    for path in ("/usage", "/usage/ledger", "/usage/paid", "/usage/ledger.csv", "/usage/calls.csv"):
        assert visitor.get(path, follow=False).location.startswith("/sign-in")

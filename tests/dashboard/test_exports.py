"""Files for spreadsheets."""

import csv
import io
import re
import tracemalloc
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.billing import ledger
from app.config import Settings
from app.dashboard.pages.exports import AT_ONCE
from app.dashboard.sheets import defused, lines
from app.db import execute
from tests.dashboard.browser import HOST, Browser
from tests.dashboard.conftest import Owner, made_owner

FORMULAS = ("=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("https://evil.example")')


def asked(browser: Browser, path: str) -> TestResponse:
    """The answer, of which nothing has been read yet."""
    return browser.http.get(path, base_url=HOST, headers={"User-Agent": browser.agent}, buffered=False)


def read(browser: Browser, path: str) -> list[dict[str, str]]:
    with asked(browser, path) as response:
        assert response.status_code == 200
        text = response.get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def called(owner: Owner, *, mode: str = "test", name: str = "Joe", summary: str = "Fine.", days: int = 0) -> str:
    call = uuid4()
    execute(
        "INSERT INTO call (id, account_id, mode, status, to_number, from_number, name, instructions, summary, cost,"
        " duration, created_at) VALUES (%s, %s, %s, 'completed', '+15551234567', '+15550001111', %s, '', %s, 42, 45,"
        " now() - %s * interval '1 day')",
        (call, owner.account_id, mode, name, summary, days),
    )
    return str(call)


def many_calls(owner: Owner, count: int) -> None:
    execute(
        "INSERT INTO call (id, account_id, mode, status, to_number, from_number, instructions, summary)"
        " SELECT gen_random_uuid(), %s, 'test', 'completed', '+15551234567', '+15550001111', '', repeat('x', 200)"
        " FROM generate_series(1, %s)",
        (owner.account_id, count),
    )


def test_the_calls_of_a_mode_are_sent_with_what_they_cost(browser: Browser, jane: Owner) -> None:
    call = called(jane)
    called(jane, mode="live")
    [row] = read(browser, "/usage/calls.csv?mode=test")
    assert (row["call_id"], row["phone_number"], row["name"]) == (call, "+15551234567", "Joe")
    assert (row["duration_seconds"], row["cost_cents"], row["cost_dollars"]) == ("45", "42", "0.42")


def test_the_ledger_is_sent_from_its_oldest_entry_with_the_balance_after_each(browser: Browser, jane: Owner) -> None:
    call = uuid4()
    ledger.hold(jane.account_id, call, 56)
    ledger.settle(jane.account_id, call, held=56, cost=42)
    shown = ("what", "amount_cents", "amount_dollars", "held_cents", "balance_dollars")
    assert [tuple(row[name] for name in shown) for row in read(browser, "/usage/ledger.csv")] == [
        ("Credit at sign-up", "500", "5.00", "0", "5.00"),
        ("Held for a call", "0", "0.00", "56", "5.00"),
        ("Hold released", "0", "0.00", "-56", "5.00"),
        ("Charge for a call", "-42", "-0.42", "0", "4.58"),
    ]  # fmt: skip


def test_a_part_of_the_ledger_begins_with_the_balance_of_then(browser: Browser, jane: Owner) -> None:
    execute("UPDATE ledger_entry SET at = now() - interval '3 days'")
    ledger.credit(jane.account_id, 100)
    [row] = read(browser, f"/usage/ledger.csv?from={datetime.now(UTC):%Y-%m-%d}")
    assert row["balance_cents"] == "600"


def test_days_are_taken_with_their_last_moment(browser: Browser, jane: Owner) -> None:
    called(jane, name="old", days=3)
    called(jane, name="young")
    day = datetime.now(UTC) - timedelta(days=3)
    rows = read(browser, f"/usage/calls.csv?from={day:%Y-%m-%d}&to={day:%Y-%m-%d}")
    assert [row["name"] for row in rows] == ["old"]


def test_more_than_a_batch_is_sent_whole_and_in_order(browser: Browser, jane: Owner) -> None:
    many_calls(jane, 2500)
    rows = read(browser, "/usage/calls.csv")
    assert len({row["call_id"] for row in rows}) == 2500
    assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)


def test_another_accounts_calls_and_entries_are_not_sent(browser: Browser, bob: Owner) -> None:
    called(bob)
    ledger.credit(bob.account_id, 77_700)
    assert read(browser, "/usage/calls.csv") == []
    assert len(read(browser, "/usage/ledger.csv")) == 1


def test_what_others_have_said_is_no_formula(browser: Browser, jane: Owner) -> None:
    for formula in FORMULAS:
        called(jane, name=formula, summary=formula)
    for row in read(browser, "/usage/calls.csv"):
        assert row["name"].startswith("'")
        assert row["summary"].startswith("'")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_would_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert defused(text).startswith(f"'{text[0]}")


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("between", [";", "\n", "\r\n", "\t", ';"'])
def test_no_formula_begins_where_a_spreadsheet_that_parts_by_semicolons_begins_a_cell(
    browser: Browser, jane: Owner, between: str, formula: str
) -> None:
    called(jane, summary=f"Fine.{between}{formula}")
    with asked(browser, "/usage/calls.csv") as response:
        cells = re.split(r"[;\t\r\n]+", response.get_data().decode("utf-8-sig"))
    assert [cell for cell in cells if cell.lstrip('"').startswith(tuple("=+-@＝"))] == []


@pytest.mark.parametrize("text", ["+15551234567", "Joe", "", "1-2", "a=b", "é", "Fine; +1 for that.", "One\nTwo"])
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    assert defused(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_any_text_is_read_back_as_it_was_but_for_the_apostrophe(texts: list[str]) -> None:
    [found] = csv.reader(io.StringIO(lines([["1", *texts]]).decode(), newline=""))
    assert found == ["1", *(defused(text) for text in texts)]


def test_a_file_has_a_plain_name_and_is_kept_by_nobody(browser: Browser) -> None:
    with asked(browser, "/usage/calls.csv?mode=live") as response:
        assert response.headers["Content-Disposition"].startswith('attachment; filename="mio-hub-live-calls-2')
        assert response.headers["Cache-Control"] == "no-store"
        assert response.mimetype == "text/csv"
        assert response.get_data().startswith(b"\xef\xbb\xbfcall_id,")


def test_without_rows_there_is_a_head(browser: Browser) -> None:
    with asked(browser, "/usage/calls.csv") as response:
        assert response.get_data().count(b"\r\n") == 1


@pytest.mark.parametrize("file", ["calls.csv", "ledger.csv"])
@pytest.mark.parametrize(
    ("days", "field", "said"),
    [
        ("from=x", "from", "Write the day like"),
        ("to=2026-02-30", "to", "Write the day like"),
        ("from=2026-03-20T00:00", "from", "Write the day like"),
        ("from=2026-03-20&to=2026-03-19", "to", "lies before the first one"),
        ("from=%00", "from", "Write the day like"),
        ("from=20260320", "from", "Write the day like"),
        ("from=0001-01-01", "from", "a day of this century"),
        ("to=9999-12-31", "to", "a day of this century"),
    ],
)
def test_days_that_are_none_are_refused_on_the_form_that_asked(
    browser: Browser, file: str, days: str, field: str, said: str
) -> None:
    page = browser.get(f"/usage/{file}?{days}")
    assert (page.status, page.heading) == (400, "Usage and balance")
    assert said in page.text.partition(f'id="{field}-error"')[2].partition("</p>")[0]


def test_the_days_of_a_file_that_was_refused_can_be_mended(browser: Browser) -> None:
    page = browser.get("/usage/calls.csv?from=2026-03-20&to=2026-03-19&mode=live")
    assert page.form("/usage/calls.csv").values == {"mode": "live", "from": "2026-03-20", "to": "2026-03-19"}


def test_the_switch_of_modes_leads_from_a_refused_file_to_the_page(browser: Browser) -> None:
    page = browser.get("/usage/calls.csv?from=x")
    assert page.form("/mode").values["next"] == "/usage?days=30"


def test_a_file_that_was_refused_takes_no_room(browser: Browser) -> None:
    for _ in range(3):
        assert browser.get("/usage/calls.csv?from=x").status == 400
    assert read(browser, "/usage/calls.csv") == []


def test_an_account_is_sent_one_file_at_a_time(browser: Browser) -> None:
    with asked(browser, "/usage/calls.csv"):
        second = asked(browser, "/usage/ledger.csv")
        assert second.status_code == 429
        assert second.headers["Retry-After"] == "20"
        assert "Wait until it is through" in second.get_data(as_text=True)
    assert len(read(browser, "/usage/ledger.csv")) == 1


def test_a_file_that_one_account_is_sent_keeps_no_other_from_its_own(
    browser: Browser, browser_of: Callable[[Owner], Browser], bob: Owner
) -> None:
    with asked(browser, "/usage/calls.csv"):
        assert len(read(browser_of(bob), "/usage/ledger.csv")) == 1


def test_only_so_many_accounts_are_sent_a_file_at_once(
    settings: Settings, browser: Browser, browser_of: Callable[[Owner], Browser]
) -> None:
    with ExitStack() as sent:
        for number in range(AT_ONCE):
            owner = made_owner(settings, "Ann", f"+1555123100{number}", f"ann{number}@example.com")
            assert sent.enter_context(asked(browser_of(owner), "/usage/calls.csv")).status_code == 200
        refused = asked(browser, "/usage/ledger.csv")
        assert refused.status_code == 429
        assert "Try again in 20 seconds" in refused.get_data(as_text=True)
    assert len(read(browser, "/usage/ledger.csv")) == 1


def test_a_file_that_is_broken_off_leaves_room_for_the_next(browser: Browser, jane: Owner) -> None:
    many_calls(jane, 1500)
    for _ in range(4):
        with asked(browser, "/usage/calls.csv") as response:
            next(iter(response.response))  # type: ignore[arg-type]


def test_nobody_is_asked_for_a_session_by_a_file_that_is_refused(visitor: Browser) -> None:
    for _ in range(3):
        assert visitor.get("/usage/calls.csv", follow=False).status == 303


def test_a_file_of_any_length_takes_the_memory_of_a_batch(browser: Browser, jane: Owner) -> None:
    many_calls(jane, 12_000)
    tracemalloc.start()
    with suppress(StopIteration), asked(browser, "/usage/calls.csv") as response:
        pieces = iter(response.response)
        for _ in range(4):
            next(pieces)  # type: ignore[arg-type]
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        while True:
            next(pieces)  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - before < 6_000_000


def test_a_file_whose_head_alone_is_asked_for_leaves_room_for_the_next(browser: Browser) -> None:
    for _ in range(3):
        given = {"User-Agent": browser.agent}
        with browser.http.head("/usage/calls.csv", base_url=HOST, headers=given) as answer:
            assert answer.status_code == 200

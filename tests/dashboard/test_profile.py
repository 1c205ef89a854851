"""The profile: the account, calling terms, the callback secret, whom not to call, erasure."""

import re
from html import unescape
from uuid import uuid4

import pytest

from app.accounts import profile
from app.calls import do_not_call
from app.config import Mode, Settings
from app.db import execute, rows
from app.models.account import Account
from tests.dashboard.browser import Browser, Page
from tests.dashboard.conftest import Owner, queries
from tests.making import a_call

HERE = "/settings/profile"
LIST = f"{HERE}/do-not-call"
ERASURE = f"{HERE}/erasure"
HOSTILE = "<script>alert('\"1\"')</script>"
NUMBER = "+15552000001"
NO_NUMBERS = ["", "15552000001", "+1", "+1555CALLNOW", "+0123456789", "<b>", "+1555200000123456", "nul\0"]


def account_of(owner: Owner) -> Account:
    return profile.get(owner.account_id)


# The account


def test_the_account_is_changed(browser: Browser, jane: Owner) -> None:
    page = browser.send(browser.get(HERE), HERE, name="Jane Roe", callerName="Roe & Sons", disclosesAi=[])
    changed = account_of(jane)
    assert "Saved." in page.text
    assert (changed.name, changed.caller_name, changed.discloses_ai) == ("Jane Roe", "Roe & Sons", False)


def test_what_is_sent_as_it_is_shown_changes_nothing(browser: Browser, jane: Owner) -> None:
    before = account_of(jane)
    browser.send(browser.get(HERE), HERE)
    assert account_of(jane).__data__ == before.__data__


@pytest.mark.parametrize("value", ["", " ", "x" * 201, "two\nlines", "turned \u202etxet"])
@pytest.mark.parametrize(("field", "label"), [("name", "Name"), ("callerName", "Caller name")])
def test_an_unusable_name_is_told_beside_its_field(
    browser: Browser, jane: Owner, field: str, label: str, value: str
) -> None:
    page = browser.send(browser.get(HERE), HERE, **{field: value})
    assert page.status == 400
    assert f'id="{field}-error">{label} must be 1 to 200 printable characters.' in page.text
    assert (account_of(jane).name, account_of(jane).caller_name) == ("Jane", "Jane")


def test_an_account_may_go_without_a_caller_name(browser: Browser, jane: Owner) -> None:
    execute("UPDATE account SET caller_name = NULL")
    assert browser.send(browser.get(HERE), HERE, name="Jane Roe").status == 200
    assert account_of(jane).caller_name is None


def test_names_are_text_and_nothing_else(browser: Browser, jane: Owner) -> None:
    page = browser.send(browser.get(HERE), HERE, name=HOSTILE, callerName=HOSTILE)
    assert "<script>alert" not in page.text
    assert unescape(page.text).count(HOSTILE) >= 2


def test_what_was_typed_is_there_again(browser: Browser) -> None:
    page = browser.send(browser.get(HERE), HERE, name="", callerName="New Shop", disclosesAi=[])
    values = page.form(HERE).values
    assert (values["callerName"], values["disclosesAi"]) == ("New Shop", [])


def test_limits_are_shown_as_they_stand(browser: Browser, jane: Owner) -> None:
    profile.limit(jane.account_id, {"daily_spend_cents": 12_345})
    text = browser.get(HERE).text
    assert "$123.45 <small>yours</small>" in text
    assert "<dd>1,000</dd>" in text  # what holds for all accounts of the hub


def test_a_paused_account_says_so_and_who_resumes_it(browser: Browser, jane: Owner) -> None:
    profile.pause(jane.account_id)
    assert "Ask whoever runs this hub to resume it." in browser.get(HERE).text


def test_another_accounts_profile_stays_as_it_is(browser: Browser, bob: Owner) -> None:
    browser.send(browser.get(HERE), HERE, name="Jane Roe")
    assert account_of(bob).name == "Bob"


# Calling terms


def test_the_calling_terms_are_accepted_once(browser: Browser, jane: Owner) -> None:
    execute("UPDATE account SET terms_accepted_at = NULL")
    page = browser.send(browser.get(HERE), f"{HERE}/terms", acceptTerms="yes")
    assert "You have accepted the calling terms." in page.text
    assert f"{HERE}/terms" not in page.text
    assert account_of(jane).terms_accepted_at


def test_the_calling_terms_need_a_tick(browser: Browser, jane: Owner) -> None:
    execute("UPDATE account SET terms_accepted_at = NULL")
    page = browser.send(browser.get(HERE), f"{HERE}/terms")
    assert (page.status, 'id="acceptTerms-error"' in page.text) == (400, True)
    assert page.form(HERE).values["name"] == "Jane"
    assert account_of(jane).terms_accepted_at is None


# The callback secret


@pytest.mark.parametrize(("mode", "column"), [("test", "test_callback_secret"), ("live", "callback_secret")])
def test_a_new_callback_secret_is_shown_once(browser: Browser, jane: Owner, mode: str, column: str) -> None:
    at = f"{HERE}/callback-secret?mode={mode}"
    page = browser.send(browser.get(f"{HERE}?mode={mode}"), at)
    found = re.search(r"whsec_[A-Za-z0-9+/=]{44}", page.text)
    assert found
    assert found[0] not in browser.get(HERE).text
    [kept] = rows("SELECT callback_secret, test_callback_secret FROM account")
    assert [name for name, value in kept.items() if value] == [column]


def test_a_form_sent_twice_makes_one_secret(browser: Browser) -> None:
    at = f"{HERE}/callback-secret?mode=test"
    page = browser.get(HERE)
    browser.send(page, at)
    first = rows("SELECT test_callback_secret FROM account")
    assert browser.send(page, at).status == 409
    assert rows("SELECT test_callback_secret FROM account") == first


# Whom not to call


def numbers_on(page: Page) -> list[str]:
    return re.findall(r'<td class="code">(\+\d+)</td>', page.text)


@pytest.mark.parametrize("typed", [NUMBER, "+1 (555) 200-0001", " +1.555.200.0001 "])
def test_a_number_is_listed_as_people_write_it(browser: Browser, jane: Owner, typed: str) -> None:
    page = browser.send(browser.get(LIST), f"{LIST}?mode=test", phoneNumber=typed)
    assert (numbers_on(page), "The number is on the list." in page.text) == ([NUMBER], True)
    assert [one.source for one in do_not_call.page(jane.account_id, "test", limit=5)[0]] == ["api"]


@pytest.mark.parametrize("typed", NO_NUMBERS)
def test_what_is_no_number_is_told_beside_its_field(browser: Browser, typed: str) -> None:
    page = browser.send(browser.get(LIST), f"{LIST}?mode=test", phoneNumber=typed)
    assert (page.status, 'id="phoneNumber-error"' in page.text, numbers_on(page)) == (400, True, [])


def test_the_two_worlds_have_lists_of_their_own(browser: Browser, jane: Owner) -> None:
    browser.send(browser.get(f"{LIST}?mode=live"), f"{LIST}?mode=live", phoneNumber=NUMBER)
    assert numbers_on(browser.get(f"{LIST}?mode=live")) == [NUMBER]
    assert numbers_on(browser.get(f"{LIST}?mode=test")) == []


def test_a_number_is_taken_off(browser: Browser, jane: Owner) -> None:
    do_not_call.add(jane.account_id, "test", NUMBER, "callee")
    before = browser.get(LIST)
    assert "asked never to be called again" in before.text
    page = browser.send(before, f"{LIST}/remove?mode=test")
    assert (numbers_on(page), "off the list" in page.text) == ([], True)


def test_a_number_of_another_account_is_not_taken_off(browser: Browser, jane: Owner, bob: Owner) -> None:
    do_not_call.add(bob.account_id, "test", NUMBER, "api")
    values = browser.get(LIST).form(f"{LIST}?mode=test").values | {"phoneNumber": NUMBER}
    assert browser.post(f"{LIST}/remove?mode=test", values).status == 404
    assert len(do_not_call.page(bob.account_id, "test", limit=5)[0]) == 1


def listed(owner: Owner, count: int, mode: Mode = "test") -> None:
    execute(
        "INSERT INTO do_not_call (account_id, mode, phone_number, source, created_at)"
        " SELECT %s, %s, '+1555' || lpad(n::text, 7, '0'), 'api', now() - n * interval '1 second'"
        " FROM generate_series(1, %s) n",
        (owner.account_id, mode, count),
    )


def test_a_long_list_is_shown_page_by_page(browser: Browser, jane: Owner) -> None:
    listed(jane, 120)
    page, seen = browser.get(LIST), []
    while True:
        seen += numbers_on(page)
        older = re.search(r'href="([^"]+)" rel="next"', page.text)
        if not older:
            break
        page = browser.get(unescape(older[1]))
    assert seen == [f"+1555{n:07d}" for n in range(1, 121)]
    assert "← Newest" in page.text


@pytest.mark.parametrize(
    ("typed", "found"),
    [("+15550000119", ["+15550000119"]), ("1 555 000011", [f"+1555000011{n}" for n in range(10)]), ("+19", [])],
)
def test_numbers_are_found_by_how_they_begin(browser: Browser, jane: Owner, typed: str, found: list[str]) -> None:
    listed(jane, 120)
    page = browser.http.get(LIST, query_string={"q": typed}, base_url="http://localhost")
    assert numbers_on(Page(page)) == found


def test_a_search_that_finds_much_shows_the_beginning(browser: Browser, jane: Owner) -> None:
    listed(jane, 120)
    page = browser.get(f"{LIST}?q=1")
    assert (len(numbers_on(page)), "Type more of the number." in page.text) == (50, True)


@pytest.mark.parametrize("typed", ["<script>", "%00", "+", "'; DROP TABLE call", "9" * 500])
def test_a_search_for_nonsense_is_harmless(browser: Browser, jane: Owner, typed: str) -> None:
    listed(jane, 1)
    page = browser.get(f"{LIST}?q={typed}")
    assert (page.status, "<script>" in page.text) == (200, False)


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "%00"])
def test_a_cursor_that_is_none_is_refused(browser: Browser, cursor: str) -> None:
    assert browser.get(f"{LIST}?cursor={cursor}").status == 400


# Erasure


def ended_call(owner: Owner, settings: Settings, number: str = NUMBER, mode: Mode = "test") -> None:
    call = a_call(account_of(owner), settings, number, mode)
    execute("UPDATE call SET status = 'completed', ended_at = now(), summary = 'Done.' WHERE id = %s", (call.id,))


def sent(browser: Browser, **typed: object) -> Page:
    return browser.send(
        browser.get(ERASURE), ERASURE, **{"phoneNumber": NUMBER, "scope": "both", "sure": "yes"} | typed
    )


def test_every_call_to_a_number_is_erased_and_no_other(browser: Browser, jane: Owner, settings: Settings) -> None:
    ended_call(jane, settings)
    ended_call(jane, settings, "+15552000002")
    page = sent(browser, phoneNumber="+1 555 200 0001")
    assert "Every ended call to the number is erased." in page.text
    assert rows("SELECT to_number FROM call") == [{"to_number": "+15552000002"}]


def test_calls_of_the_other_world_stay(browser: Browser, jane: Owner, settings: Settings) -> None:
    ended_call(jane, settings)
    sent(browser, scope="live")
    assert len(rows("SELECT 1 FROM call")) == 1


def test_calls_of_another_account_stay(browser: Browser, jane: Owner, bob: Owner, settings: Settings) -> None:
    ended_call(bob, settings)
    sent(browser)
    assert len(rows("SELECT 1 FROM call")) == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"sure": []}, "sure"),
        ({"scope": "all"}, "scope"),
        *(({"phoneNumber": typed}, "phoneNumber") for typed in NO_NUMBERS),
    ],
)
def test_nothing_is_erased_by_mistake(
    browser: Browser, jane: Owner, settings: Settings, typed: dict[str, object], field: str
) -> None:
    ended_call(jane, settings)
    page = sent(browser, **typed)
    assert (page.status, f'id="{field}-error"' in page.text) == (400, True)
    assert len(rows("SELECT 1 FROM call")) == 1


def test_a_call_that_has_not_ended_is_told(browser: Browser, jane: Owner, settings: Settings) -> None:
    a_call(account_of(jane), settings, NUMBER)
    page = sent(browser)
    assert (page.status, "Cancel it first, then erase." in page.text) == (409, True)


@pytest.mark.parametrize("path", [HERE, LIST, f"{LIST}?q=1", ERASURE])
def test_a_page_asks_the_database_little(browser: Browser, jane: Owner, path: str) -> None:
    listed(jane, 120)
    with queries() as asked:
        assert browser.get(path).status == 200
    assert len(asked) <= 2


@pytest.mark.parametrize("path", [HERE, f"{HERE}/terms", f"{HERE}/callback-secret", LIST, f"{LIST}/remove", ERASURE])
def test_a_form_of_somebody_else_changes_nothing(browser: Browser, jane: Owner, path: str) -> None:
    values = {
        "name": "Eve",
        "acceptTerms": "yes",
        "phoneNumber": NUMBER,
        "scope": "both",
        "sure": "yes",
        "nonce": uuid4(),
    }
    assert browser.post(path, values).status == 403
    assert (account_of(jane).name, rows("SELECT 1 FROM do_not_call")) == ("Jane", [])

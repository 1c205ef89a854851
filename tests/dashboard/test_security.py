"""The password, the address and the sessions of an owner."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app.accounts import owners, passwords, sessions, tallies
from app.accounts.signing_in import ALL_BY_OWNER
from app.config import Settings
from app.db import execute, rows
from tests.dashboard.browser import Browser, Page
from tests.dashboard.conftest import Owner, queries
from tests.dashboard.mail import last_link, letters
from tests.dashboard.people import OTHER_PASSWORD, PASSWORD, argon2_runs, sign_in, with_password

PAGE = "/settings/security"
Mail = pytest.LogCaptureFixture
Opening = Callable[[Owner], Browser]


@pytest.fixture
def owner(jane: Owner) -> Owner:
    return with_password(jane)


@pytest.fixture
def elsewhere(owner: Owner, settings: Settings, browser_of: Opening) -> Browser:
    """Another browser in which the same owner is signed in."""
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
    token = sessions.begin(owner.id, address="198.51.100.7", user_agent=agent, settings=settings)
    return browser_of(replace(owner, token=token))


def in_there(browser: Browser) -> bool:
    return browser.get(PAGE).heading == "Security"


def test_the_page_shows_where_one_is_signed_in(browser: Browser, elsewhere: Browser) -> None:
    page = browser.get(PAGE)
    assert "Safari on an iPhone" in page.text
    assert "198.51.100.7" in page.text
    assert page.text.count("this one") == 1


def test_the_page_asks_the_database_little(browser: Browser, elsewhere: Browser) -> None:
    browser.get(PAGE)
    with queries() as asked:
        browser.get(PAGE)
    assert len(asked) <= 3


def test_another_password_ends_all_other_sessions(
    browser: Browser, elsewhere: Browser, visitor: Browser, owner: Owner, caplog: Mail
) -> None:
    page = change(browser, PASSWORD, OTHER_PASSWORD)
    assert "Your password is changed." in page.text
    assert (in_there(browser), in_there(elsewhere)) == (True, False)
    assert sign_in(visitor, owner.email).status == 400
    assert sign_in(visitor, owner.email, OTHER_PASSWORD).status == 303
    [(to, text)] = letters(caplog)
    assert (to, "was changed" in text) == (owner.email, True)


def test_another_password_shuts_out_who_holds_a_copy_of_the_cookie(browser: Browser, owner: Owner) -> None:
    thief = Browser(browser.http.application)
    thief.http.set_cookie("mio", owner.token)
    assert in_there(thief)
    change(browser, PASSWORD, OTHER_PASSWORD)
    assert (in_there(browser), in_there(thief)) == (True, False)


def test_another_password_makes_links_void_that_were_sent(browser: Browser, owner: Owner, caplog: Mail) -> None:
    visitor = Browser(browser.http.application)
    visitor.send(visitor.get("/forgotten"), "/forgotten", email=owner.email)
    change(browser, PASSWORD, OTHER_PASSWORD)
    assert visitor.get(last_link(caplog)).status == 404


def test_another_password_needs_the_present_one(browser: Browser, elsewhere: Browser, owner: Owner) -> None:
    page = change(browser, "wrong", OTHER_PASSWORD)
    assert (page.status, "not your present password" in page.text) == (400, True)
    assert in_there(elsewhere)
    assert passwords.matches(owners.get(owner.id).password_hash, PASSWORD)


def test_the_present_password_cannot_be_guessed(browser: Browser, owner: Owner) -> None:
    for _ in range(10):
        assert change(browser, "wrong", OTHER_PASSWORD).status == 400
    locked = change(browser, PASSWORD, OTHER_PASSWORD)
    assert (locked.status, "Too many wrong passwords. Wait 15 minutes" in locked.text) == (429, True)


@pytest.mark.parametrize("password", ["short", "jane@example.com", "x" * 201, "password1234"])
def test_a_bad_new_password_is_said_beside_its_field(browser: Browser, owner: Owner, password: str) -> None:
    page = change(browser, PASSWORD, password)
    assert page.status == 400
    assert 'id="newPassword-error"' in page.text


def test_a_form_sent_twice_changes_the_password_once(browser: Browser, owner: Owner, caplog: Mail) -> None:
    values = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}
    values = browser.get(PAGE).form(f"{PAGE}/password").values | values
    done = browser.post(f"{PAGE}/password", values, follow=False)
    assert (done.status, done.location) == (303, f"{PAGE}?done=password_changed")
    assert browser.post(f"{PAGE}/password", values).status == 403  # the session goes by another name by now
    assert len(letters(caplog)) == 1


def test_another_address_holds_once_it_is_confirmed(
    browser: Browser, visitor: Browser, owner: Owner, caplog: Mail
) -> None:
    execute("UPDATE account SET email = %s", (owner.email,))
    page = move(browser, "Jane@new.example")
    assert "We have sent a link to the new address." in page.text
    assert owners.get(owner.id).email == owner.email
    assert [to for to, _ in letters(caplog)] == ["Jane@new.example", owner.email]
    assert "/links/" not in letters(caplog)[1][1]
    path = last_link(caplog)
    assert browser.send(browser.get(path), path).heading == "Security"
    assert owners.get(owner.id).email == "Jane@new.example"
    assert rows("SELECT email FROM account") == [{"email": "Jane@new.example"}]
    assert letters(caplog)[2][0] == owner.email
    assert sign_in(visitor, owner.email).status == 400
    assert sign_in(visitor, "jane@new.example").status == 303


def test_another_address_is_confirmed_elsewhere_with_the_password_alone(
    browser: Browser, visitor: Browser, owner: Owner, caplog: Mail
) -> None:
    move(browser, "jane@new.example")
    path = last_link(caplog)
    refused = visitor.send(visitor.get(path), path, password="a guess of theirs")
    assert (refused.status, "not your present password" in refused.text) == (400, True)
    assert owners.get(owner.id).email == owner.email
    assert visitor.send(visitor.get(path), path, password=PASSWORD).heading == "Sign in"
    assert owners.get(owner.id).email == "jane@new.example"


def test_who_is_signed_in_to_another_account_does_not_give_it_an_address(
    browser: Browser, owner: Owner, bob: Owner, browser_of: Opening, caplog: Mail
) -> None:
    move(browser, "jane@new.example")
    path, other = last_link(caplog), browser_of(bob)
    assert other.send(other.get(path), path).status == 400
    assert owners.get(owner.id).email == owner.email


def test_notices_stay_where_they_were_sent_on_purpose(browser: Browser, owner: Owner, caplog: Mail) -> None:
    execute("UPDATE account SET email = 'ops@example.com'")
    move(browser, "jane@new.example")
    browser.send(browser.get(last_link(caplog)), last_link(caplog))
    assert rows("SELECT email FROM account") == [{"email": "ops@example.com"}]


def test_an_address_of_somebody_else_is_answered_alike(
    browser: Browser, owner: Owner, bob: Owner, caplog: Mail
) -> None:
    free, taken = move(browser, "jane@new.example"), move(browser, bob.email.upper())
    assert (free.status, free.heading) == (taken.status, taken.heading)
    assert "We have sent a link" in taken.text
    assert (letters(caplog)[2][0], "/links/" in letters(caplog)[2][1]) == (bob.email, False)


def test_nobody_has_many_addresses_written_to(browser: Browser, owner: Owner, caplog: Mail) -> None:
    for number in range(10):
        assert move(browser, f"jane{number}@new.example").status == 200
    written = len(letters(caplog))
    refused = move(browser, "jane@new.example")
    assert (refused.status, "Try again in" in refused.text) == (429, True)
    assert len(letters(caplog)) == written


def test_a_right_password_cannot_be_told_without_end(browser: Browser, owner: Owner) -> None:
    for _ in range(59):
        tallies.take(ALL_BY_OWNER, str(owner.id))
    assert change(browser, PASSWORD, "short").status == 400
    with argon2_runs() as runs:
        assert change(browser, PASSWORD, OTHER_PASSWORD).status == 429
    assert runs == {}


def test_an_address_that_was_taken_meanwhile_is_refused(
    browser: Browser, owner: Owner, bob: Owner, caplog: Mail
) -> None:
    move(browser, "jane@new.example")
    execute("UPDATE owner SET email = 'JANE@new.example' WHERE id = %s", (bob.id,))
    page = browser.send(browser.get(last_link(caplog)), last_link(caplog))
    assert (page.status, "account with this e-mail address already" in page.text) == (409, True)
    assert owners.get(owner.id).email == owner.email


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("jane", PASSWORD, "email"),
        ("jane@example.com", PASSWORD, "email"),
        ("a@b.example\r\nBcc: x@y.example", PASSWORD, "email"),
        ("jane@new.example", "wrong", "emailPassword"),
    ],
)
def test_an_address_that_cannot_be_is_said_beside_its_field(
    browser: Browser, owner: Owner, email: str, password: str, field: str, caplog: Mail
) -> None:
    page = move(browser, email, password)
    assert (page.status, f'id="{field}-error"' in page.text) == (400, True)
    assert letters(caplog) == []


def test_a_moved_address_makes_links_void_that_went_to_the_old_one(
    browser: Browser, visitor: Browser, owner: Owner, caplog: Mail
) -> None:
    visitor.send(visitor.get("/forgotten"), "/forgotten", email=owner.email)
    reset = last_link(caplog)
    move(browser, "jane@new.example")
    browser.send(browser.get(last_link(caplog)), last_link(caplog))
    assert visitor.get(reset).status == 404


def test_a_session_is_ended_from_another_browser(browser: Browser, elsewhere: Browser, owner: Owner) -> None:
    page = browser.get(PAGE)
    [action] = [form.action for form in page.forms if form.action.endswith("/end") and "End" in form.texts]
    assert "The session is ended." in browser.send(page, action).text
    assert (in_there(browser), in_there(elsewhere)) == (True, False)


def test_a_form_from_a_session_that_was_ended_changes_nothing(
    browser: Browser, elsewhere: Browser, owner: Owner
) -> None:
    page = elsewhere.get(PAGE)
    sessions.end_all(owner.id)
    typed = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}
    answer = elsewhere.send(page, f"{PAGE}/password", **typed)
    assert (answer.status, "Your session has ended" in answer.text) == (403, True)
    assert PASSWORD not in answer.text
    assert elsewhere.get(PAGE).heading == "Sign in"
    assert passwords.matches(owners.get(owner.id).password_hash, PASSWORD)


def test_all_other_sessions_are_ended_at_once(browser: Browser, elsewhere: Browser) -> None:
    page = browser.send(browser.get(PAGE), f"{PAGE}/sessions/end-others")
    assert "All other sessions are ended." in page.text
    assert (in_there(browser), in_there(elsewhere)) == (True, False)
    assert f"{PAGE}/sessions/end-others" not in page.text


def test_ending_this_session_signs_out(browser: Browser, owner: Owner) -> None:
    page = browser.get(PAGE)
    [action] = [form.action for form in page.forms if form.action.endswith("/end")]
    assert "You are signed out." in browser.send(page, action).text


def test_a_session_of_somebody_else_is_not_found(
    browser: Browser, owner: Owner, bob: Owner, browser_of: Opening
) -> None:
    [session] = sessions.of_owner(bob.id)
    page = browser.get(PAGE)
    values = page.form(f"{PAGE}/sessions/{sessions.of_owner(owner.id)[0].id}/end").values
    assert browser.post(f"{PAGE}/sessions/{session.id}/end", values).status == 404
    assert in_there(browser_of(bob))


def test_what_a_browser_calls_itself_is_no_markup(
    app: Flask, owner: Owner, settings: Settings, browser: Browser
) -> None:
    evil = "<script>alert(1)</script>"
    sessions.begin(owner.id, address=evil, user_agent=evil, settings=settings)
    assert evil not in browser.get(PAGE).text


@pytest.mark.parametrize("path", ["password", "email", "codes", "codes/confirm", "codes/off", "sessions/end-others"])
def test_nothing_is_changed_by_a_form_without_a_token(browser: Browser, owner: Owner, path: str) -> None:
    before = rows("SELECT * FROM owner")
    assert browser.post(f"{PAGE}/{path}", {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}).status == 403
    assert rows("SELECT * FROM owner") == before


def change(browser: Browser, present: str, new: str) -> Page:
    page = browser.get(PAGE)
    return browser.send(page, f"{PAGE}/password", currentPassword=present, newPassword=new)


def move(browser: Browser, email: str, password: str = PASSWORD) -> Page:
    return browser.send(browser.get(PAGE), f"{PAGE}/email", email=email, emailPassword=password)

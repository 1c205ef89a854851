"""Signing up, and what the link in the e-mail does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from app.accounts import owners, tallies
from app.accounts.registering import ASKING
from app.config import Settings
from app.dashboard.application import build
from app.dashboard.guard import csrf_token
from app.db import db, execute, rows
from app.models.account import Account
from app.vault import Vault
from tests.dashboard.browser import HOST, Browser, Page
from tests.dashboard.conftest import Owner
from tests.dashboard.mail import last_link, letters
from tests.dashboard.people import OTHER_PASSWORD, PASSWORD, argon2_runs, sign_in

EMAIL = "ann@example.com"
SIGN_UP = {"name": "Ann", "phoneNumber": "+15551234567", "email": EMAIL, "password": PASSWORD}

Mail = pytest.LogCaptureFixture


def sign_up(browser: Browser, *, follow: bool = False, **typed: Any) -> Page:
    return browser.send(browser.get("/sign-up"), "/sign-up", follow=follow, **SIGN_UP | typed)


def confirm(browser: Browser, path: str, **typed: Any) -> Page:
    return browser.send(browser.get(path), path, follow=False, **typed)


def accounts() -> int:
    return Account.select().count()


@pytest.fixture
def other_browser(app: Flask) -> Browser:
    """A browser of somebody who has never been here."""
    return Browser(app)


def test_signing_up_leads_to_an_account_with_a_test_key_and_a_session(
    visitor: Browser, settings: Settings, caplog: Mail
) -> None:
    assert sign_up(visitor).location == "/sign-up/sent"
    answer = confirm(visitor, last_link(caplog))
    assert (answer.status, answer.location) == (303, "/start")
    owner = owners.find(EMAIL)
    assert owner is not None
    account = Account.get_by_id(owner.account_id)
    assert (account.name, account.phone_number, account.email) == ("Ann", "+15551234567", EMAIL)
    assert (account.balance, account.terms_accepted_at) == (500, None)
    [key] = rows("SELECT mode, name, sealed FROM api_key")
    assert (key["mode"], key["name"]) == ("test", "First test key")
    assert Vault(settings.encryption_keys).open(key["sealed"]).startswith(b"sk_test_")
    assert visitor.get("/settings/security").heading == "Security"


def test_nothing_exists_before_the_link_is_confirmed(visitor: Browser, caplog: Mail) -> None:
    sign_up(visitor)
    assert visitor.get(last_link(caplog)).status == 200
    assert visitor.http.head(last_link(caplog), base_url=HOST).status_code == 200
    assert accounts() == 0
    assert rows("SELECT 1 FROM owner") == []
    assert sign_in(visitor, EMAIL).status == 400


def test_a_phone_number_is_taken_as_people_write_it(visitor: Browser, caplog: Mail) -> None:
    sign_up(visitor, phoneNumber=" +1 (555) 123-45.67 ")
    confirm(visitor, last_link(caplog))
    assert rows("SELECT phone_number FROM account") == [{"phone_number": "+15551234567"}]


def test_a_known_address_is_answered_like_any_other(
    visitor: Browser, other_browser: Browser, jane: Owner, caplog: Mail
) -> None:
    with argon2_runs() as for_unknown:
        unknown = sign_up(visitor)
    with argon2_runs() as for_known:
        known = sign_up(other_browser, email=jane.email)
    assert (known.status, known.location) == (unknown.status, unknown.location)
    assert dict(known.response.headers).keys() == dict(unknown.response.headers).keys()
    assert for_known == for_unknown == {"hash": 1}
    assert [to for to, _ in letters(caplog)] == [EMAIL, jane.email]


def test_a_known_address_is_told_that_it_has_an_account(visitor: Browser, jane: Owner, caplog: Mail) -> None:
    sign_up(visitor, email=jane.email.upper())
    [(to, text)] = letters(caplog)
    assert to == jane.email
    assert "has an account already" in text
    assert "/links/" not in text
    assert rows("SELECT 1 FROM link") == []


def test_another_browser_must_tell_the_password(visitor: Browser, other_browser: Browser, caplog: Mail) -> None:
    sign_up(visitor)
    page = other_browser.get(last_link(caplog))
    assert "password" in page.form(last_link(caplog)).values
    assert other_browser.send(page, last_link(caplog), password=PASSWORD, follow=False).location == "/start"


def test_who_signs_up_with_anothers_address_gets_no_account_that_the_other_confirms(
    visitor: Browser, other_browser: Browser, caplog: Mail
) -> None:
    sign_up(visitor)  # by somebody who knows Ann's address
    for typed in ({}, {"password": OTHER_PASSWORD}, {"password": ""}):
        answer = confirm(other_browser, last_link(caplog), **typed)
        assert answer.status == 400
        assert "not the password that was chosen" in answer.text
    assert accounts() == 0


def test_who_is_signed_in_opens_no_account_for_somebody_else_who_is(
    browser: Browser, jane: Owner, bob: Owner, browser_of: Callable[[Owner], Browser], caplog: Mail
) -> None:
    """Two browsers in which somebody is signed in already are two browsers."""
    form = SIGN_UP | {"csrf": csrf_token(jane.token), "nonce": "0" * 32}
    assert browser.post("/sign-up", form, follow=False).status == 303
    answer = confirm(browser_of(bob), last_link(caplog))
    assert (answer.status, "not the password that was chosen" in answer.text) == (400, True)
    assert accounts() == 2


def test_a_link_asks_for_the_password_of_its_own_sign_up(
    visitor: Browser, other_browser: Browser, caplog: Mail
) -> None:
    sign_up(visitor)
    sign_up(other_browser, password=OTHER_PASSWORD)
    assert confirm(visitor, last_link(caplog), password=PASSWORD).status == 400


def test_passwords_cannot_be_guessed_at_a_link(visitor: Browser, other_browser: Browser, caplog: Mail) -> None:
    sign_up(visitor)
    for _ in range(10):
        assert confirm(other_browser, last_link(caplog), password=OTHER_PASSWORD).status == 400
    assert confirm(other_browser, last_link(caplog), password=PASSWORD).status == 429
    assert accounts() == 0


def test_two_clicks_at_once_make_one_account(visitor: Browser, app: Flask, caplog: Mail) -> None:
    sign_up(visitor)
    path = last_link(caplog)
    values = visitor.get(path).form(path).values
    cookie = visitor.http.get_cookie("mio_visitor")
    assert cookie is not None
    together = Barrier(2)

    def click() -> int:
        browser = Browser(app)
        browser.http.set_cookie("mio_visitor", cookie.value)
        together.wait()
        try:
            return browser.post(path, values, follow=False).status
        finally:
            db.close()

    with ThreadPoolExecutor(2) as crew:
        answers = sorted(future.result() for future in [crew.submit(click) for _ in range(2)])
    assert answers == [303, 404]
    assert (accounts(), len(rows("SELECT 1 FROM owner"))) == (1, 1)


def test_two_links_to_one_address_make_one_account(visitor: Browser, caplog: Mail) -> None:
    sign_up(visitor)
    first = last_link(caplog)
    sign_up(visitor)
    second = last_link(caplog)
    page = visitor.get(second)
    assert confirm(visitor, first).status == 303
    late = Browser(visitor.http.application)
    values = late.get(second).form(second).values | {"password": PASSWORD}
    answer = late.post(second, values, follow=False)
    assert page.status == 200
    assert answer.status == 409
    assert "account with this e-mail address already" in answer.text
    assert accounts() == 1


def test_a_link_works_once(visitor: Browser, other_browser: Browser, caplog: Mail) -> None:
    sign_up(visitor)
    path = last_link(caplog)
    values = other_browser.get(path).form(path).values | {"password": PASSWORD}
    assert confirm(visitor, path).status == 303
    answer = other_browser.post(path, values, follow=False)
    assert (answer.status, answer.heading) == (404, "This link does not work")
    assert accounts() == 1


def test_a_link_that_is_too_old_does_nothing(visitor: Browser, caplog: Mail) -> None:
    sign_up(visitor)
    path = last_link(caplog)
    values = visitor.get(path).form(path).values
    execute("UPDATE link SET expires_at = now()")
    assert visitor.get(path).heading == "This link does not work"
    assert visitor.post(path, values).status == 404
    assert accounts() == 0


@pytest.mark.parametrize("token", ["x", "x" * 5000, "%00", "%ED%A0%80", "..%2F..", "%3Cscript%3E"])
def test_an_unknown_link_says_what_to_do(visitor: Browser, token: str) -> None:
    page = visitor.get(f"/links/{token}")
    assert page.status == 404
    assert "<script>" not in page.text


def test_a_form_that_is_sent_twice_sends_one_e_mail(visitor: Browser, caplog: Mail) -> None:
    page = visitor.get("/sign-up")
    for _ in range(2):
        assert visitor.send(page, "/sign-up", follow=False, **SIGN_UP).location == "/sign-up/sent"
    assert len(letters(caplog)) == 1


def test_one_address_is_sent_five_e_mails_an_hour(visitor: Browser, caplog: Mail) -> None:
    for _ in range(7):
        assert sign_up(visitor).location == "/sign-up/sent"
    assert len(letters(caplog)) == 5


def test_one_network_signs_up_twenty_times_an_hour(visitor: Browser, caplog: Mail) -> None:
    for _ in range(19):  # others
        tallies.take(ASKING, "127.0.0.1")
    assert sign_up(visitor).status == 303
    answer = sign_up(visitor)
    assert answer.status == 429
    assert "Try again in 60 minutes" in answer.text


WRONG = [
    ({"name": ""}, "Name must be"),
    ({"name": "x" * 201}, "Name must be"),
    ({"name": "a\x00b"}, "Name must be"),
    ({"phoneNumber": "555"}, "with its country"),
    ({"phoneNumber": "+1555123456789012345"}, "with its country"),
    ({"email": "ann"}, "e-mail address"),
    ({"email": "ann@example.com\r\nBcc: all@example.com"}, "e-mail address"),
    ({"email": "ann@example.com,bob@example.com"}, "e-mail address"),
    ({"email": "ann\x00@example.com"}, "e-mail address"),
    ({"email": "änn@example.com"}, "e-mail address"),
    ({"email": f"{'x' * 60}@{'y' * 200}.com"}, "e-mail address"),
    ({"password": "elevenchars"}, "at least 12"),
    ({"password": "x9" * 101}, "at most 200"),
    ({"password": "password1234"}, "easily guessed"),
    ({"password": "ann@example.com"}, "easily guessed"),
    ({"password": "aaaaaaaaaaaaaaa"}, "easily guessed"),
    ({"password": "tulips by\x00 the harbour"}, "cannot be typed"),
]


@pytest.mark.parametrize(("typed", "reason"), WRONG)
def test_what_cannot_be_used_is_said_beside_its_field(visitor: Browser, typed: dict[str, str], reason: str) -> None:
    page = sign_up(visitor, **typed)
    assert page.status == 400
    assert reason in page.text.replace("&#39;", "'")
    assert 'aria-invalid="true"' in page.text
    assert rows("SELECT 1 FROM link") == []


def test_what_was_typed_is_shown_again_but_for_the_password(visitor: Browser) -> None:
    page = sign_up(visitor, email="<script>alert(1)</script>")
    values = page.form("/sign-up").values
    assert (values["name"], values["email"], values["password"]) == ("Ann", "<script>alert(1)</script>", "")
    assert "<script>alert" not in page.text


def test_bytes_that_are_no_text_are_no_error_of_ours(visitor: Browser) -> None:
    csrf = visitor.get("/sign-up").form("/sign-up").values["csrf"]
    body = b"csrf=%s&nonce=%s&name=%%ED%%A0%%80&email=%%FF&phoneNumber=%%00&password=%%ED%%A0%%80" % (
        csrf.encode(), b"0" * 32,
    )  # fmt: skip
    answer = visitor.http.post("/sign-up", base_url=HOST, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


@pytest.fixture
def closed(settings: Settings, visitor: Browser) -> Browser:
    return Browser(build(replace(settings, sign_up_open=False)))


def test_where_nobody_may_sign_up_the_page_says_whom_to_ask(closed: Browser) -> None:
    page = closed.get("/sign-up")
    assert "Ask whoever runs this hub" in page.text
    assert page.forms == []
    assert "/sign-up" not in closed.get("/sign-in").text


def test_where_nobody_may_sign_up_a_form_and_an_older_link_do_nothing(
    closed: Browser, visitor: Browser, caplog: Mail
) -> None:
    csrf = closed.get("/sign-in").form("/sign-in").values["csrf"]
    answer = closed.post("/sign-up", SIGN_UP | {"csrf": csrf, "nonce": "0" * 32})
    assert answer.status == 403
    sign_up(visitor)
    assert confirm(closed, last_link(caplog), password=PASSWORD).status == 403
    assert accounts() == 0


def test_links_in_e_mails_name_this_hub_whatever_the_request_says(
    settings: Settings, visitor: Browser, caplog: Mail
) -> None:
    visitor.http.set_cookie("mio_visitor", "v" * 43, domain="evil.example")
    csrf = csrf_token("v" * 43)
    answer = visitor.http.post(
        "/sign-up", base_url="http://evil.example", data=SIGN_UP | {"csrf": csrf, "nonce": "0" * 32}
    )
    assert answer.status_code == 503
    assert letters(caplog) == []


def test_links_in_e_mails_begin_with_the_address_that_is_set(
    settings: Settings, visitor: Browser, caplog: Mail
) -> None:
    named = Browser(build(replace(settings, api_public_url="http://hub.example/")))
    sign_up(named)
    [(_, text)] = letters(caplog)
    assert "http://hub.example/links/" in text

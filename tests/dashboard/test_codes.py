"""One-time codes: switched on and off, told at the sign-in."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from app.accounts import codes, owners
from app.config import Settings
from app.db import execute, rows
from app.vault import Vault
from tests.dashboard.browser import HOST, Browser, Page
from tests.dashboard.conftest import Owner
from tests.dashboard.mail import letters
from tests.dashboard.people import PASSWORD, code_now, sign_in, switch_codes_on, with_password

PAGE = "/settings/security/codes"
Mail = pytest.LogCaptureFixture


@dataclass
class Guarded:
    """An owner whose sign-in asks for a code of this secret, or a recovery code."""

    email: str
    secret: str
    recovery: list[str]


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


@pytest.fixture
def owner(jane: Owner) -> Owner:
    return with_password(jane)


@pytest.fixture
def guarded(owner: Owner, settings: Settings, vault: Vault) -> Guarded:
    return Guarded(owner.email, *switch_codes_on(owner, settings, vault))


def told(browser: Browser, code: str) -> Page:
    """What answers the code that a browser tells which has told the password."""
    return browser.send(browser.get("/sign-in/code"), "/sign-in/code", code=code, follow=False)


def signed_in(browser: Browser) -> bool:
    return browser.get("/settings/security").heading == "Security"


def test_codes_are_switched_on_by_telling_one(browser: Browser, owner: Owner, vault: Vault, caplog: Mail) -> None:
    page = browser.send(browser.get(PAGE), PAGE)
    secret = _secret(page)
    assert "<svg" in page.text
    page = browser.send(page, f"{PAGE}/confirm", code=code_now(secret), password=PASSWORD)
    assert page.heading == "Recovery codes"
    assert len(rows("SELECT 1 FROM recovery_code")) == 10
    kept = owners.get(owner.id)
    assert kept.totp_since is not None
    assert secret.encode() not in bytes(kept.totp_secret)
    assert vault.open(kept.totp_secret) == secret.encode()
    assert [(to, "codes" in text) for to, text in letters(caplog)] == [(owner.email, True)]


def test_nothing_is_on_before_a_right_code_and_the_password(browser: Browser, owner: Owner) -> None:
    page = browser.send(browser.get(PAGE), PAGE)
    secret = _secret(page)
    wrong_code = browser.send(page, f"{PAGE}/confirm", code="000000", password=PASSWORD)
    assert (wrong_code.status, "This code is not right" in wrong_code.text) == (400, True)
    wrong_password = browser.send(wrong_code, f"{PAGE}/confirm", code=code_now(secret), password="wrong")
    assert (wrong_password.status, "not your present password" in wrong_password.text) == (400, True)
    assert owners.get(owner.id).totp_since is None
    assert _secret(wrong_password) == secret


def test_recovery_codes_are_shown_once(browser: Browser, owner: Owner) -> None:
    page = browser.send(browser.get(PAGE), PAGE)
    values = page.form(f"{PAGE}/confirm").values | {"code": code_now(_secret(page)), "password": PASSWORD}
    assert browser.post(f"{PAGE}/confirm", values).heading == "Recovery codes"
    again = browser.post(f"{PAGE}/confirm", values)
    assert (again.status, "sent already" in again.text) == (409, True)
    assert len(rows("SELECT 1 FROM recovery_code")) == 10


def test_the_password_alone_opens_nothing(visitor: Browser, guarded: Guarded) -> None:
    answer = sign_in(visitor, guarded.email)
    assert answer.location == "/sign-in/code"
    assert visitor.http.get_cookie("mio") is None
    assert not signed_in(visitor)
    assert rows("SELECT 1 FROM session WHERE user_agent LIKE 'Mozilla%%'") == []


def test_the_token_of_a_browser_that_waits_is_no_session(visitor: Browser, guarded: Guarded) -> None:
    sign_in(visitor, guarded.email)
    waiting = visitor.http.get_cookie("mio_code")
    assert waiting is not None
    visitor.http.set_cookie("mio", waiting.value)
    assert not signed_in(visitor)
    assert visitor.get(f"/links/{waiting.value}").status == 404


def test_who_waits_for_a_code_begins_anew_once_codes_are_off(
    visitor: Browser, owner: Owner, guarded: Guarded, settings: Settings
) -> None:
    sign_in(visitor, guarded.email)
    page = visitor.get("/sign-in/code")
    codes.switch_off(settings, HOST, owners.get(owner.id))
    for code in (code_now(guarded.secret), guarded.recovery[0]):
        answer = visitor.send(page, "/sign-in/code", code=code, follow=False)
        assert (answer.status, answer.location) == (303, "/sign-in")
    assert not signed_in(visitor)


def test_a_right_code_leads_to_where_one_wanted_to_go(visitor: Browser, guarded: Guarded) -> None:
    sign_in(visitor, guarded.email, next="/usage")
    assert told(visitor, f" {code_now(guarded.secret)[:3]} {code_now(guarded.secret)[3:]} ").location == "/usage"
    assert signed_in(visitor)
    assert visitor.http.get_cookie("mio_code") is None


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_another_time_is_wrong(visitor: Browser, guarded: Guarded, steps: int) -> None:
    sign_in(visitor, guarded.email)
    assert told(visitor, code_now(guarded.secret, steps)).status == 400


def test_a_code_works_once(app: Flask, guarded: Guarded) -> None:
    first, second = Browser(app), Browser(app)
    code = code_now(guarded.secret)
    for browser in (first, second):
        sign_in(browser, guarded.email)
    assert told(first, code).status == 303
    assert told(second, code).status == 400
    assert told(second, code_now(guarded.secret, -1)).status == 400  # older than one that was told
    assert not signed_in(second)


def test_codes_cannot_be_guessed(app: Flask, guarded: Guarded, caplog: Mail) -> None:
    for number in range(5):
        browser = Browser(app)
        sign_in(browser, guarded.email)
        assert told(browser, f"00000{number}").status == 400
    sign_in(browser, guarded.email)
    locked = told(browser, code_now(guarded.secret))
    assert (locked.status, "Too many wrong codes. Wait 15 minutes" in locked.text) == (429, True)
    assert ["Somebody who knows your password" in text for _, text in letters(caplog)].count(True) == 1
    execute("UPDATE tally SET until = now()")
    assert told(browser, code_now(guarded.secret)).status == 303


def test_a_recovery_code_works_once_and_is_told(app: Flask, guarded: Guarded, caplog: Mail) -> None:
    for expected in (303, 400):
        browser = Browser(app)
        sign_in(browser, guarded.email)
        assert told(browser, guarded.recovery[0].lower().replace("-", " ")).status == expected
    assert "9 are left" in letters(caplog)[-1][1]
    assert bytes(rows("SELECT hash FROM recovery_code")[0]["hash"]).isascii() is False


@pytest.mark.parametrize("code", ["", "\x00", "12345", "1234567", "٠٠٠٠٠٠", "A" * 16, "x" * 500])
def test_whatever_is_told_is_simply_wrong(visitor: Browser, guarded: Guarded, code: str) -> None:
    sign_in(visitor, guarded.email)
    assert told(visitor, code).status == 400


def test_who_waits_too_long_begins_anew(visitor: Browser, guarded: Guarded) -> None:
    sign_in(visitor, guarded.email)
    page = visitor.get("/sign-in/code")
    execute("UPDATE link SET expires_at = now()")
    assert visitor.send(page, "/sign-in/code", code=code_now(guarded.secret)).heading == "Sign in"
    assert visitor.get("/sign-in/code").heading == "Sign in"


def test_a_form_that_is_sent_twice_ends_signed_in(visitor: Browser, guarded: Guarded) -> None:
    sign_in(visitor, guarded.email)
    values = visitor.get("/sign-in/code").form("/sign-in/code").values | {"code": code_now(guarded.secret)}
    token = visitor.http.get_cookie("mio_code")
    assert token is not None
    assert visitor.post("/sign-in/code", values, follow=False).status == 303
    late = Browser(visitor.http.application)  # the second press went off before the first was answered
    late.http.set_cookie("mio_code", token.value)
    values["csrf"] = late.get("/sign-in").form("/sign-in").values["csrf"]
    assert late.post("/sign-in/code", values, follow=False).location == "/sign-in"


def test_new_recovery_codes_make_the_old_ones_void(
    browser: Browser, app: Flask, guarded: Guarded, caplog: Mail
) -> None:
    page = browser.send(browser.get(PAGE), f"{PAGE}/recovery", password=PASSWORD)
    assert page.heading == "Recovery codes"
    assert guarded.recovery[0] not in page.text
    assert "recovery codes" in letters(caplog)[-1][1]
    other = Browser(app)
    sign_in(other, guarded.email)
    assert told(other, guarded.recovery[0]).status == 400


@pytest.mark.parametrize(("what", "field"), [("recovery", "password"), ("off", "offPassword")])
def test_changing_codes_needs_the_password(browser: Browser, guarded: Guarded, what: str, field: str) -> None:
    page = browser.send(browser.get(PAGE), f"{PAGE}/{what}", **{field: "wrong"})
    assert (page.status, "not your present password" in page.text) == (400, True)
    assert len(rows("SELECT 1 FROM recovery_code")) == 10


def test_codes_are_switched_off(browser: Browser, visitor: Browser, guarded: Guarded, caplog: Mail) -> None:
    page = browser.send(browser.get(PAGE), f"{PAGE}/off", offPassword=PASSWORD)
    assert "One-time codes are off." in page.text
    assert "does not ask for a one-time code" in letters(caplog)[-1][1]
    assert rows("SELECT 1 FROM recovery_code") == []
    assert sign_in(visitor, guarded.email).location == "/calls"


def test_a_waiting_browser_gets_in_no_more_once_the_password_changed(
    visitor: Browser, browser_of: Callable[[Owner], Browser], owner: Owner, guarded: Guarded
) -> None:
    sign_in(visitor, guarded.email)
    page = visitor.get("/sign-in/code")
    with_password(owner, "lanterns over the river")
    answer = visitor.send(page, "/sign-in/code", code=code_now(guarded.secret), follow=False)
    assert answer.location == "/sign-in"


def _secret(page: Page) -> str:
    return page.text.partition('class="code"')[2].partition("<code>")[2].partition("</code>")[0]

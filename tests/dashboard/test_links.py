"""A forgotten password, and an invitation by whoever runs the hub."""

from dataclasses import replace
from uuid import uuid4

import pytest
from flask import Flask

from app.accounts import inviting, owners, sessions
from app.config import Settings
from app.dashboard.application import build
from app.dashboard.guard import csrf_token
from app.db import execute, rows
from app.errors import Conflict, InvalidRequest, NotFound
from app.vault import Vault
from tests.dashboard.browser import HOST, Browser, Page
from tests.dashboard.conftest import Owner
from tests.dashboard.mail import last_link, letters
from tests.dashboard.people import OTHER_PASSWORD, PASSWORD, code_now, sign_in, switch_codes_on, with_password
from tests.making import an_account

Mail = pytest.LogCaptureFixture


@pytest.fixture
def owner(jane: Owner) -> Owner:
    return with_password(jane)


def forget(browser: Browser, email: str) -> Page:
    return browser.send(browser.get("/forgotten"), "/forgotten", email=email, follow=False)


def reset(browser: Browser, path: str, password: str = OTHER_PASSWORD) -> Page:
    return browser.send(browser.get(path), path, password=password, follow=False)


def test_a_new_password_is_chosen_through_a_link(visitor: Browser, app: Flask, owner: Owner, caplog: Mail) -> None:
    assert forget(visitor, owner.email.upper()).location == "/forgotten/sent"
    assert reset(visitor, last_link(caplog)).location == "/calls"
    assert visitor.get("/settings/security").heading == "Security"
    assert sign_in(Browser(app), owner.email).status == 400
    assert sign_in(Browser(app), owner.email, OTHER_PASSWORD).status == 303
    assert "was changed" in letters(caplog)[-1][1]


def test_looking_at_the_link_changes_nothing(visitor: Browser, owner: Owner, caplog: Mail) -> None:
    forget(visitor, owner.email)
    visitor.get(last_link(caplog))
    assert visitor.get(last_link(caplog)).heading == "Choose a new password"
    assert sign_in(visitor, owner.email).status == 303


def test_a_reset_ends_every_session(visitor: Browser, browser: Browser, owner: Owner, caplog: Mail) -> None:
    forget(visitor, owner.email)
    reset(visitor, last_link(caplog))
    assert browser.get("/settings/security").heading == "Sign in"
    assert sessions.find(owner.token) is None


def test_an_unknown_address_is_answered_like_any_other(
    visitor: Browser, app: Flask, owner: Owner, caplog: Mail
) -> None:
    known, unknown = forget(visitor, owner.email), forget(Browser(app), "nobody@example.com")
    assert (known.status, known.location) == (unknown.status, unknown.location)
    assert [to for to, _ in letters(caplog)] == [owner.email, "nobody@example.com"]
    assert "/links/" not in letters(caplog)[1][1]


def test_a_link_goes_to_the_address_that_is_kept_not_to_a_lookalike(
    visitor: Browser, owner: Owner, caplog: Mail
) -> None:
    execute("UPDATE owner SET email = 'kate@example.com'")
    assert forget(visitor, "\u212aate@example.com").status == 400
    assert letters(caplog) == []


def test_a_link_works_once(visitor: Browser, app: Flask, owner: Owner, caplog: Mail) -> None:
    forget(visitor, owner.email)
    path = last_link(caplog)
    late = Browser(app)
    values = late.get(path).form(path).values | {"password": "something else again"}
    assert reset(visitor, path).status == 303
    assert late.post(path, values).heading == "This link does not work"
    assert sign_in(Browser(app), owner.email, OTHER_PASSWORD).status == 303


def test_one_reset_makes_every_other_link_void(visitor: Browser, app: Flask, owner: Owner, caplog: Mail) -> None:
    forget(visitor, owner.email)
    first = last_link(caplog)
    forget(visitor, owner.email)
    reset(visitor, last_link(caplog))
    assert Browser(app).get(first).status == 404


def test_a_link_holds_for_an_hour(visitor: Browser, owner: Owner, caplog: Mail) -> None:
    forget(visitor, owner.email)
    assert rows("SELECT expires_at - created_at = interval '1 hour' AS hour FROM link") == [{"hour": True}]
    execute("UPDATE link SET expires_at = now()")
    assert visitor.get(last_link(caplog)).heading == "This link does not work"


def test_a_bad_password_leaves_the_link_as_it_was(visitor: Browser, owner: Owner, caplog: Mail) -> None:
    forget(visitor, owner.email)
    page = reset(visitor, last_link(caplog), "jane@example.com")
    assert (page.status, "easily guessed" in page.text) == (400, True)
    assert reset(visitor, last_link(caplog)).status == 303


def test_a_reset_is_the_way_out_of_a_lock(visitor: Browser, app: Flask, owner: Owner, caplog: Mail) -> None:
    for _ in range(11):
        locked = sign_in(visitor, owner.email, "wrong")
    assert locked.status == 429
    forget(visitor, owner.email)
    assert reset(visitor, last_link(caplog)).status == 303
    assert sign_in(Browser(app), owner.email, OTHER_PASSWORD).status == 303


def test_a_reset_does_not_switch_codes_off(visitor: Browser, owner: Owner, settings: Settings, caplog: Mail) -> None:
    secret, _ = switch_codes_on(owner, settings, Vault(settings.encryption_keys))
    forget(visitor, owner.email)
    assert reset(visitor, last_link(caplog)).location == "/sign-in/code"
    assert visitor.get("/settings/security").heading == "Sign in"
    page = visitor.get("/sign-in/code")
    assert visitor.send(page, "/sign-in/code", code=code_now(secret), follow=False).location == "/calls"


@pytest.mark.parametrize("email", ["", "jane", "jane@example.com\r\nBcc: a@b.example", "\x00", "x" * 60_000])
def test_what_is_no_address_is_said_beside_its_field(visitor: Browser, email: str, caplog: Mail) -> None:
    page = forget(visitor, email)
    assert (page.status, 'id="email-error"' in page.text) == (400, True)
    assert letters(caplog) == []


def test_a_form_that_is_sent_twice_sends_one_e_mail(visitor: Browser, owner: Owner, caplog: Mail) -> None:
    page = visitor.get("/forgotten")
    for _ in range(2):
        assert visitor.send(page, "/forgotten", email=owner.email, follow=False).status == 303
    assert len(letters(caplog)) == 1


def test_one_address_is_sent_five_e_mails_an_hour(visitor: Browser, owner: Owner, caplog: Mail) -> None:
    for _ in range(6):
        assert forget(visitor, owner.email).status == 303
    assert len(letters(caplog)) == 5


def test_no_link_is_sent_that_leads_to_where_the_request_says(visitor: Browser, owner: Owner, caplog: Mail) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80"):
        visitor.http.set_cookie("mio_visitor", "v" * 43, domain=host.partition(":")[0])
        values = {"email": owner.email, "csrf": csrf_token("v" * 43), "nonce": str(uuid4())}
        assert visitor.http.post("/forgotten", base_url=f"http://{host}", data=values).status_code == 503
    assert letters(caplog) == []


def test_links_begin_with_the_address_that_is_set(
    settings: Settings, visitor: Browser, owner: Owner, caplog: Mail
) -> None:
    named = Browser(build(replace(settings, api_public_url="http://hub.example/")))
    forget(named, owner.email)
    assert "http://hub.example/links/" in letters(caplog)[-1][1]


def test_an_invitation_makes_somebody_the_owner_of_an_account(
    visitor: Browser, settings: Settings, caplog: Mail
) -> None:
    account = an_account()
    link = inviting.invite(settings, HOST, account.id, "Ann@example.com")
    path = last_link(caplog)
    assert link == HOST + path
    page = visitor.get(path)
    assert "Ann@example.com" in page.text
    assert visitor.send(page, path, password=PASSWORD, follow=False).location == "/start"
    owner = owners.find("ann@example.com")
    assert owner is not None
    assert owner.account_id == account.id
    assert visitor.get("/settings/security").heading == "Security"


def test_an_account_with_an_owner_invites_nobody_unless_in_that_place(
    visitor: Browser, browser: Browser, owner: Owner, settings: Settings, caplog: Mail
) -> None:
    with pytest.raises(Conflict):
        inviting.invite(settings, HOST, owner.account_id, "ann@example.com")
    inviting.invite(settings, HOST, owner.account_id, "ann@example.com", replace=True)
    assert browser.get("/settings/security").heading == "Security"
    visitor.send(visitor.get(last_link(caplog)), last_link(caplog), password=PASSWORD)
    assert browser.get("/settings/security").heading == "Sign in"
    assert owners.find(owner.email) is None


def test_a_later_invitation_makes_the_earlier_one_void(visitor: Browser, settings: Settings, caplog: Mail) -> None:
    account = an_account()
    inviting.invite(settings, HOST, account.id, "ann@example.com")
    first = last_link(caplog)
    inviting.invite(settings, HOST, account.id, "eve@example.com")
    assert visitor.get(first).status == 404


def test_who_cannot_be_invited(owner: Owner, settings: Settings, bob: Owner) -> None:
    account = an_account()
    with pytest.raises(InvalidRequest):
        inviting.invite(settings, HOST, account.id, "nobody")
    with pytest.raises(Conflict):
        inviting.invite(settings, HOST, account.id, bob.email.upper())
    with pytest.raises(NotFound):
        inviting.invite(settings, HOST, owner.id, "ann@example.com")


@pytest.mark.parametrize(("before", "after"), [(None, "ann@example.com"), ("ops@example.com", "ops@example.com")])
def test_an_invitation_leaves_notices_where_they_go(
    visitor: Browser, settings: Settings, caplog: Mail, before: str | None, after: str
) -> None:
    account = an_account(email=before)
    inviting.invite(settings, HOST, account.id, "ann@example.com")
    visitor.send(visitor.get(last_link(caplog)), last_link(caplog), password=PASSWORD, follow=False)
    assert rows("SELECT email FROM account") == [{"email": after}]

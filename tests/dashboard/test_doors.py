"""Signing in and out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask

from app.accounts import owners, passwords, resetting, sessions, signing_in, tallies
from app.accounts.signing_in import ALL_BY_EMAIL, BY_NETWORK
from app.config import Settings
from app.dashboard.application import build
from app.dashboard.guard import csrf_token
from app.db import db, execute, row, rows
from app.errors import InvalidRequest
from tests.dashboard.browser import HOST, Browser, Page
from tests.dashboard.conftest import Owner
from tests.dashboard.people import OTHER_PASSWORD, PASSWORD, argon2_runs, sign_in, with_password

WRONG = "not the password"


@pytest.fixture
def owner(jane: Owner) -> Owner:
    """Somebody who knows a password, and is signed in nowhere."""
    execute("DELETE FROM session")
    return with_password(jane)


def token_of(page: Page, name: str = "mio") -> str:
    """The value of a cookie that an answer gives."""
    found = [line for line in page.response.headers.getlist("Set-Cookie") if line.startswith(f"{name}=")]
    return found[0].partition("=")[2].partition(";")[0] if found else ""


def test_an_owner_who_signs_in_gets_to_the_calls(visitor: Browser, owner: Owner) -> None:
    answer = sign_in(visitor, owner.email)
    assert (answer.status, answer.location) == (303, "/calls")
    assert visitor.get("/settings/security").heading == "Security"


def test_an_address_is_known_however_it_is_written(visitor: Browser, owner: Owner) -> None:
    assert sign_in(visitor, f" {owner.email.title()} ").status == 303


def test_a_wrong_password_and_an_unknown_address_cannot_be_told_apart(visitor: Browser, owner: Owner) -> None:
    with argon2_runs() as for_known:
        known = sign_in(visitor, owner.email, WRONG)
    with argon2_runs() as for_unknown:
        unknown = sign_in(visitor, "nobody@example.com", WRONG)
    assert known.status == unknown.status == 400
    assert _plain(known, owner.email) == _plain(unknown, "nobody@example.com")
    assert for_known == for_unknown == {"verify": 1}


@pytest.mark.parametrize("email", ["jane@example.com", "nobody@example.com"])
def test_ten_wrong_passwords_lock_an_address_known_or_not(visitor: Browser, owner: Owner, email: str) -> None:
    for _ in range(10):
        assert sign_in(visitor, email, WRONG).status == 400
    with argon2_runs() as runs:
        locked = sign_in(visitor, email, PASSWORD)
    assert (locked.status, runs) == (429, {})
    assert "Too many attempts with this e-mail address. Wait 15 minutes" in locked.text
    assert 'href="/forgotten"' in locked.text


def test_a_lock_ends_after_a_quarter_of_an_hour(visitor: Browser, owner: Owner) -> None:
    for _ in range(11):
        sign_in(visitor, owner.email, WRONG)
    found = rows("SELECT until - now() BETWEEN interval '14 min' AND interval '15 min' AS fits FROM tally")
    assert found == [{"fits": True}] * 3
    execute("UPDATE tally SET until = now()")
    assert sign_in(visitor, owner.email).status == 303


def test_a_right_password_forgets_the_wrong_ones(visitor: Browser, app: Flask, owner: Owner) -> None:
    for _ in range(2):
        for _ in range(9):
            assert sign_in(Browser(app), owner.email, WRONG).status == 400
        assert sign_in(Browser(app), owner.email).status == 303


def test_a_network_is_locked_that_tries_many_addresses(app: Flask, owner: Owner) -> None:
    for _ in range(49):  # other addresses
        tallies.take(BY_NETWORK, "2001:db8::")
    assert sign_in(_from(app, "2001:db8::1"), "nobody@example.com", WRONG).status == 400
    locked = sign_in(_from(app, "2001:db8::ffff:2"), owner.email)
    assert (locked.status, "from your network" in locked.text) == (429, True)
    assert sign_in(_from(app, "2001:db8:0:1::1"), owner.email).status == 303


def test_signing_in_rightly_does_not_count_for_the_network(app: Flask, owner: Owner) -> None:
    for _ in range(49):
        tallies.take(BY_NETWORK, "192.0.2.7")
    for _ in range(2):
        assert sign_in(_from(app, "192.0.2.7"), owner.email).status == 303


def test_signing_in_rightly_without_end_keeps_no_line_of_hashes_full(app: Flask, owner: Owner) -> None:
    for _ in range(59):
        tallies.take(ALL_BY_EMAIL, owner.email)
    assert sign_in(Browser(app), owner.email).status == 303
    with argon2_runs() as runs:
        assert sign_in(Browser(app), owner.email).status == 429
    assert runs == {}


def test_who_had_the_old_password_is_not_let_in_once_it_is_changed(settings: Settings, owner: Owner) -> None:
    """However closely: the password was told before the change, the session would begin after it."""
    told = signing_in.by_password(owner.email, PASSWORD, "192.0.2.1")
    resetting.change(settings, HOST, owners.get(owner.id), OTHER_PASSWORD, but=uuid4())
    with pytest.raises(InvalidRequest):
        signing_in.let_in(told, address="192.0.2.1", user_agent="x", settings=settings)
    with pytest.raises(InvalidRequest):
        signing_in.wait_for_code(told, "/calls")
    assert rows("SELECT 1 FROM session UNION ALL SELECT 1 FROM link") == []


def test_a_change_of_the_password_ends_what_begins_at_the_same_time(settings: Settings, owner: Owner) -> None:
    told = signing_in.by_password(owner.email, PASSWORD, "192.0.2.1")

    def change() -> None:
        with db.connection_context():
            resetting.change(settings, HOST, owners.get(owner.id), OTHER_PASSWORD, but=uuid4())

    with ThreadPoolExecutor(1) as other:
        with db.atomic():
            signing_in.let_in(told, address="192.0.2.1", user_agent="x", settings=settings)
            changed = other.submit(change)
            with pytest.raises(TimeoutError):
                changed.result(timeout=0.5)
        changed.result(timeout=10)
    assert rows("SELECT 1 FROM session") == []


def test_addresses_are_not_kept_with_what_was_tried(visitor: Browser, owner: Owner) -> None:
    sign_in(visitor, owner.email, WRONG)
    assert all(owner.email.encode() not in bytes(kept["name"]) for kept in rows("SELECT name FROM tally"))


def test_the_session_of_a_cookie_that_was_planted_is_not_taken_over(visitor: Browser, owner: Owner) -> None:
    visitor.http.set_cookie("mio", "p" * 43)
    answer = sign_in(visitor, owner.email)
    token = token_of(answer)
    assert token not in ("", "p" * 43)
    assert sessions.find("p" * 43) is None
    assert sessions.find(token) is not None


def test_a_session_that_this_browser_had_ends_with_the_new_one(visitor: Browser, app: Flask, owner: Owner) -> None:
    first = token_of(sign_in(visitor, owner.email))
    values = {"email": owner.email, "password": PASSWORD, "csrf": csrf_token(first)}
    second = token_of(visitor.post("/sign-in", values, follow=False))
    assert second not in ("", first)
    assert sessions.find(first) is None


def test_the_visitors_cookie_ends_at_the_sign_in(visitor: Browser, owner: Owner) -> None:
    sign_in(visitor, owner.email)
    assert visitor.http.get_cookie("mio_visitor") is None


def test_cookies_are_not_for_scripts_nor_other_sites(visitor: Browser, owner: Owner) -> None:
    for line in sign_in(visitor, owner.email).response.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert "Secure" not in line


def test_cookies_are_for_https_alone_where_the_hub_is(settings: Settings, owner: Owner) -> None:
    http = build(replace(settings, api_public_url="https://hub.example")).test_client()
    page = Page(http.get("/sign-in", base_url="https://hub.example"))
    values = page.form("/sign-in").values | {"email": owner.email, "password": PASSWORD}
    answer = http.post("/sign-in", base_url="https://hub.example", data=values)
    cookies = answer.headers.getlist("Set-Cookie")
    assert any(line.startswith("__Host-mio=") for line in cookies)
    for line in cookies:
        assert line.startswith("__Host-mio")
        assert "Secure" in line
        assert "Domain" not in line


@pytest.mark.parametrize("place", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"])
def test_the_sign_in_leads_to_no_other_site(visitor: Browser, app: Flask, owner: Owner, place: str) -> None:
    page = visitor.get("/sign-in?next=" + place)
    assert page.form("/sign-in").values["next"] == "/calls"
    assert sign_in(visitor, owner.email, next=place).location == "/calls"
    assert visitor.get("/sign-in?next=" + place, follow=False).location == "/calls"


def test_the_sign_in_leads_to_where_one_wanted_to_go(visitor: Browser, owner: Owner) -> None:
    page = visitor.get("/settings/security?a=1%262")
    answer = visitor.send(page, "/sign-in", email=owner.email, password=PASSWORD, follow=False)
    assert answer.location == "/settings/security?a=1%262"


def test_who_is_signed_in_is_led_on_from_the_sign_in(browser: Browser) -> None:
    assert browser.get("/sign-in", follow=False).location == "/calls"
    assert browser.get("/sign-up", follow=False).location == "/calls"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/forgotten", "/links/x", "/sign-in/code", "/sign-out"])
def test_no_door_takes_a_form_of_another_site_or_without_a_token(visitor: Browser, app: Flask, path: str) -> None:
    csrf = visitor.get("/sign-in").form("/sign-in").values["csrf"]
    other = Browser(app).get("/sign-in").form("/sign-in").values["csrf"]
    assert visitor.post(path, {}).status == 403
    assert visitor.post(path, {"csrf": "wrong"}).status == 403
    assert visitor.post(path, {"csrf": other}).status == 403
    assert visitor.post(path, {"csrf": csrf}, headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    foreign = visitor.http.post(path, base_url=HOST, data={"csrf": csrf}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


@pytest.mark.parametrize("email", ["jane@example.com\x00", "\x00", "ja\u212ae@example.com", "x" * 60_000, "%", ""])
@pytest.mark.parametrize("password", ["", "\x00", "y" * 201, "\U0001f511" * 3])
def test_whatever_is_typed_is_simply_wrong(visitor: Browser, owner: Owner, email: str, password: str) -> None:
    assert sign_in(visitor, email, password).status == 400


def test_a_password_that_is_too_long_is_wrong_though_its_beginning_is_right(visitor: Browser, owner: Owner) -> None:
    owners.set_password(owner.id, passwords.hashed("z" * 200))
    assert sign_in(visitor, owner.email, "z" * 201).status == 400


def test_bytes_that_are_no_text_are_no_error_of_ours(visitor: Browser, owner: Owner) -> None:
    csrf = visitor.get("/sign-in").form("/sign-in").values["csrf"].encode()
    body = b"csrf=" + csrf + b"&email=%ED%A0%80&password=%ED%A0%80%FF&next=/%ED%A0%80"
    kind = "application/x-www-form-urlencoded"
    assert visitor.http.post("/sign-in", base_url=HOST, data=body, content_type=kind).status_code == 400


def test_a_password_is_the_same_however_a_keyboard_composes_it(visitor: Browser, owner: Owner) -> None:
    owners.set_password(owner.id, passwords.hashed("caf\u00e9 by the harbour"))
    assert sign_in(visitor, owner.email, "cafe\u0301 by the harbour").status == 303


def test_a_hash_of_an_older_cost_is_made_anew(visitor: Browser, owner: Owner) -> None:
    owners.set_password(owner.id, PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD))
    assert sign_in(visitor, owner.email).status == 303
    kept = row("SELECT password_hash FROM owner")
    assert kept is not None
    assert "m=19456,t=2,p=1" in kept["password_hash"]
    assert passwords.matches(kept["password_hash"], PASSWORD)


def test_signing_out_ends_the_session_and_not_only_its_cookie(visitor: Browser, owner: Owner) -> None:
    token = token_of(sign_in(visitor, owner.email))
    page = visitor.send(visitor.get("/settings/security"), "/sign-out")
    assert page.heading == "Sign in"
    assert "You are signed out." in page.text
    visitor.http.set_cookie("mio", token)
    assert visitor.get("/settings/security").heading == "Sign in"


def test_a_password_is_not_shown_again(visitor: Browser, owner: Owner) -> None:
    page = sign_in(visitor, owner.email, WRONG)
    assert page.form("/sign-in").values["email"] == owner.email
    assert WRONG not in page.text


def _plain(page: Page, email: str) -> str:
    values = page.form("/sign-in").values
    return page.text.replace(email, "…").replace(values["nonce"], "…")


def _from(app: Flask, address: str) -> Browser:
    browser = Browser(app)
    browser.http.environ_base["REMOTE_ADDR"] = address
    return browser

"""What holds for every page there is, found by the routes themselves: a new one is held to it from its first day."""

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.config import Settings
from app.dashboard.guard import csrf_token
from app.dashboard.pages import MACHINES, OPEN, PAGES
from tests.dashboard.browser import Browser, Page
from tests.dashboard.conftest import Owner
from tests.dashboard.planting import planted

BrowserOf = Callable[[Owner], Browser]


def routes(app: Flask, method: str, *, of_one_thing: bool | None = None) -> Iterator[Rule]:
    """The routes that need somebody signed in; `of_one_thing` are those whose address holds an id."""
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        if rule.endpoint == "static" or blueprint in OPEN | MACHINES or method not in (rule.methods or ()):
            continue
        if of_one_thing is None or of_one_thing == bool(rule.arguments):
            yield rule


def address(rule: Rule, ids: Mapping[str, UUID]) -> str:
    """The route's address with these ids; those that are not known are made up."""
    built = rule.rule
    for name in rule.arguments:
        for converter in ("uuid", "string", "int"):
            built = built.replace(f"<{converter}:{name}>", str(ids.get(name, uuid4())))
        built = built.replace(f"<{name}>", str(ids.get(name, "nothing")))
    return built


def test_every_page_has_a_blueprint_that_is_guarded(app: Flask) -> None:
    known = {page.name for page in PAGES}
    assert known >= OPEN | MACHINES
    assert {rule.endpoint.partition(".")[0] for rule in app.url_map.iter_rules()} - {"static"} == known


def test_no_page_is_shown_to_a_stranger(app: Flask, visitor: Browser) -> None:
    shown = [
        rule.rule
        for rule in routes(app, "GET")
        if not visitor.get(address(rule, {}), follow=False).location.startswith("/sign-in")
        and visitor.get(address(rule, {}), follow=False).status != 401
    ]
    assert shown == []


def test_no_form_is_taken_from_a_stranger(app: Flask, visitor: Browser) -> None:
    taken = [r.rule for r in routes(app, "POST") if visitor.post(address(r, {}), {}, follow=False).status != 403]
    assert taken == []


def test_no_form_is_taken_without_its_token(app: Flask, browser: Browser, jane: Owner, settings: Settings) -> None:
    ids = planted(jane, settings)
    taken = [r.rule for r in routes(app, "POST") if browser.post(address(r, ids), {}, follow=False).status != 403]
    assert taken == []


def test_no_form_is_taken_from_another_site(app: Flask, browser: Browser, jane: Owner, settings: Settings) -> None:
    ids, form = planted(jane, settings), {"csrf": csrf_token(jane.token), "nonce": str(uuid4())}
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    taken = [
        rule.rule
        for rule in routes(app, "POST")
        if browser.post(address(rule, ids), form, follow=False, headers=foreign).status != 403
    ]
    assert taken == []


def test_nothing_of_another_account_is_shown(
    app: Flask, jane: Owner, bob: Owner, browser_of: BrowserOf, settings: Settings
) -> None:
    ids, strange = planted(jane, settings), browser_of(bob)
    shown = [
        rule.rule
        for rule in routes(app, "GET", of_one_thing=True)
        if strange.get(address(rule, ids), follow=False).status != 404
    ]
    assert shown == []


def test_nothing_of_another_account_is_changed(
    app: Flask, jane: Owner, bob: Owner, browser_of: BrowserOf, settings: Settings
) -> None:
    ids, strange = planted(jane, settings), browser_of(bob)
    changed = []
    for rule in routes(app, "POST", of_one_thing=True):
        form = {"csrf": csrf_token(bob.token), "nonce": str(uuid4())}
        if strange.post(address(rule, ids), form, follow=False).status != 404:
            changed.append(rule.rule)
    assert changed == []


def test_what_others_write_stays_text(app: Flask, browser: Browser, jane: Owner, settings: Settings) -> None:
    ids = planted(jane, settings)
    pages = {rule.rule: browser.get(address(rule, ids), follow=False) for rule in routes(app, "GET")}
    assert [path for path, page in pages.items() if _grew(page)] == []
    assert any("planted" in page.text for page in pages.values())


def test_what_an_address_holds_stays_text(app: Flask, browser: Browser, jane: Owner, settings: Settings) -> None:
    ids, plant = planted(jane, settings), "%22%27%3E%3Cb%20id=planted%3E"
    names = (
        "q",
        "status",
        "from",
        "to",
        "cursor",
        "mode",
        "next",
        "done",
        "event",
        "days",
        "number",
        "connection",
        "rule",
    )
    asked = "&".join(f"{name}={plant}" for name in names)
    pages = {r.rule: browser.get(f"{address(r, ids)}?{asked}", follow=False) for r in routes(app, "GET")}
    assert [path for path, page in pages.items() if _grew(page)] == []
    assert [path for path, page in pages.items() if page.status >= 500] == []


ASKED = ("q", "status", "answered", "state", "event", "from", "to", "since", "until", "cursor", "days", "connection",
         "rule", "show", "session", "sent", "more", "example", "again", "topic", "next", "done", "mode")  # fmt: skip
SENT = ("name", "url", "cents", "amount", "phoneNumber", "instructions", "text", "events", "since", "mode")
BAD = {
    "nul": "\x00",
    "half surrogate": "\ud800",
    "long": "a" * 3000,
    "negative": "-1",
    "huge": "99999999999999999999",
    "date": "2026-13-45",
}


@pytest.mark.parametrize("kind", BAD)
def test_no_page_fails_for_what_an_address_or_a_form_holds(
    app: Flask, browser: Browser, jane: Owner, settings: Settings, kind: str, pytestconfig: pytest.Config
) -> None:
    ids = planted(jane, settings)
    text = BAD[kind].encode("utf-8", "surrogatepass")
    failed = []
    # One at a time where there is time: a page that refuses the first at once never comes to the next.
    queries = [[name] for name in ASKED] if pytestconfig.getoption("--fuzz") == "many" else [ASKED]
    for rule in routes(app, "GET"):
        for names in queries:
            with browser.http.get(address(rule, ids), query_string=dict.fromkeys(names, text)) as answer:
                status = answer.status_code
            if status >= 500:
                failed.append(f"GET {rule.rule}?{', '.join(names)}")
    for rule in routes(app, "POST"):
        form: dict[str, str | bytes] = dict.fromkeys(SENT, text)
        form |= {"csrf": csrf_token(jane.token), "nonce": str(uuid4())}
        if browser.post(address(rule, ids), form, follow=False).status in (500, 502):
            failed.append(f"POST {rule.rule}")
    assert failed == []


def _grew(page: Page) -> bool:
    """Whether what was planted became part of the page."""
    return "<b id=planted" in page.text or "<script>planted" in page.text

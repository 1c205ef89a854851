"""What is live on a page, in Chromium: `live.js` with htmx, on a page of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.hub import wait_until
from tests.processes.served import Served, served

HIDDEN = """(hidden) => {
  Object.defineProperty(document, 'hidden', {configurable: true, value: hidden});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served("tests.web.watched:app", tmp_path_factory.mktemp("live") / "log", threads=4, MOST="50") as running:
        yield running


class Watched:
    """A page in a browser of its own, whose topics are `call:a` and so on, of an account of its own."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url
        self._account = str(uuid4())
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.context.add_cookies(
            [{"name": name, "value": self._account, "url": url} for name in ("account", "session")]
        )

    def open(self, *names: str) -> None:
        """Load the page, and wait until it hears."""
        self.page.goto("/page?" + "&".join(f"topic={self.topic(name)}" for name in names))
        for name in names:
            wait_until(lambda name=name: self.fetched(name))  # type: ignore[misc]

    def topic(self, name: str) -> str:
        """`calls` is the list."""
        return name if name == "calls" else f"call:{name}{self._account}"

    def say(self, name: str, text: str) -> None:
        """Change a text."""
        path = f"/say?topic={self.topic(name)}&text={text}"
        urlopen(Request(self._url + path, method="POST", headers={"Cookie": f"account={self._account}"})).read()

    def shows(self, name: str, text: str) -> None:
        """Waits until a text is on the page."""
        expect(self.page.locator(f"#{self.topic(name).replace(':', '-')}")).to_have_text(text)

    def fetched(self, name: str) -> int:
        """How often a text was fetched anew."""
        with urlopen(f"{self._url}/fetched?topic={self.topic(name)}") as answer:
            return int(answer.read())

    def streams(self) -> int:
        """How many streams the page has asked for."""
        return sum("/live?" in url for url in self.asked)


@contextmanager
def watching(browser: Browser, server: Served) -> Iterator[Watched]:
    url = f"http://127.0.0.1:{server.port}"
    context = browser.new_context(base_url=url)
    try:
        yield Watched(context.new_page(), url)
    finally:
        context.close()


@pytest.fixture
def watched(browser: Browser, server: Served) -> Iterator[Watched]:
    with watching(browser, server) as made:
        yield made


def test_what_changes_is_shown(watched: Watched) -> None:
    watched.open("a", "b")
    watched.say("b", "Hello!")
    watched.shows("b", "Hello!")
    assert (watched.fetched("a"), watched.streams()) == (1, 1)


def test_what_changed_while_the_page_was_loading_is_shown(watched: Watched) -> None:
    watched.say("a", "Hello!")
    watched.open("a")
    watched.shows("a", "Hello!")


def test_what_came_to_the_page_later_is_heard_too(watched: Watched) -> None:
    watched.open("a")
    watched.say("a", f"more:{watched.topic('b')}")
    wait_until(lambda: watched.fetched("b"))
    watched.say("b", "Hello!")
    watched.shows("b", "Hello!")


def test_a_burst_is_folded_and_its_last_word_is_shown(watched: Watched) -> None:
    watched.open("a")
    for number in range(60):
        watched.say("a", str(number))
    watched.shows("a", "59")
    assert watched.fetched("a") < 20


def test_a_list_is_fetched_once_a_second_at_most(watched: Watched) -> None:
    watched.open("calls")
    before = watched.fetched("calls")
    for number in range(10):
        watched.say("calls", str(number))
        watched.page.wait_for_timeout(20)
    assert watched.fetched("calls") - before <= 2
    watched.shows("calls", "9")


def test_what_changes_while_it_is_fetched_is_fetched_again(watched: Watched) -> None:
    watched.open("a")
    watched.say("a", "slow")
    wait_until(lambda: watched.fetched("a") == 2)
    watched.say("a", "done")
    watched.shows("a", "done")


def test_what_is_over_is_heard_no_longer(watched: Watched) -> None:
    watched.open("a")
    watched.say("a", "over")
    watched.shows("a", "over")
    before = watched.fetched("a")
    watched.say("a", "again")
    watched.page.wait_for_timeout(500)
    assert watched.fetched("a") == before


def test_a_hidden_page_hears_nothing_and_catches_up(watched: Watched) -> None:
    watched.open("a")
    watched.page.evaluate(HIDDEN, True)
    watched.page.wait_for_timeout(200)
    watched.say("a", "Hello!")
    watched.page.wait_for_timeout(500)
    assert watched.fetched("a") == 1
    watched.page.evaluate(HIDDEN, False)
    watched.shows("a", "Hello!")


def test_what_cannot_be_fetched_leaves_what_is_there(watched: Watched) -> None:
    watched.open("a")
    watched.say("a", "Hello!")
    watched.shows("a", "Hello!")
    before = watched.fetched("a")
    watched.say("a", "broken")
    wait_until(lambda: watched.fetched("a") > before)
    watched.page.wait_for_timeout(200)
    watched.shows("a", "Hello!")
    watched.say("a", "well")
    watched.shows("a", "well")


def test_without_a_stream_the_page_asks_now_and_then(browser: Browser, tmp_path: Path) -> None:
    with (
        served("tests.web.watched:app", tmp_path / "log", threads=4, MOST="0") as server,
        watching(browser, server) as watched,
    ):
        watched.open("a")
        watched.say("a", "Hello!")
        watched.shows("a", "Hello!")
        assert watched.fetched("a") <= 3

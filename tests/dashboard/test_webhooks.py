"""Webhooks on their pages: made, changed, tried, paused, replayed, deleted, and never shown to anybody else."""

from tests.dashboard.browser import Browser


def test_smoke(browser: Browser) -> None:
    page = browser.get("/webhooks")
    assert page.status == 200, page.text
    page = browser.send(browser.get("/webhooks/new"), "/webhooks/new", url="https://example.com/mio")
    print(page.text)
    assert page.status == 200
    assert 0

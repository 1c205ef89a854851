"""Deliveries on their pages: what was sent, each try of it, and what came back; never to anybody else."""

import json
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.config import Settings
from app.db import execute
from app.models.webhook import Delivery
from app.vault import Vault
from app.webhooks.browsing import MOST_ATTEMPTS, SHOWN_CHARACTERS
from app.webhooks.endpoints import PAUSED
from app.webhooks.explaining import explain
from app.webhooks.outcome import ERRORS
from app.webhooks.samples import send_sample
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import Owner, queries
from tests.dashboard.test_webhooks import delivered, made
from tests.hub import wait_until
from tests.receiving import Receiver
from tests.webhooks.support import sending, settled


def tried(delivery_id: UUID, number: int = 1, **columns: Any) -> None:
    """One try of a delivery, noted as the recorder notes it."""
    values = {"duration_ms": 20, "signed_at": 1_790_000_000} | columns
    names = ", ".join(values)
    execute(
        f"INSERT INTO attempt (delivery_id, number, started_at, {names})"
        f" VALUES (%s, %s, now(), {', '.join(['%s'] * len(values))})",
        (delivery_id, number, *values.values()),
    )
    execute("UPDATE delivery SET attempts = %s WHERE id = %s", (number, delivery_id))


def callback(owner: Owner, settings: Settings, mode: str = "test") -> UUID:
    """A delivery of a call's callback; its id."""
    call_id, callback_id, event_id, delivery_id = uuid4(), uuid4(), uuid4(), uuid4()
    execute(
        "INSERT INTO call (id, account_id, mode, direction, to_number, from_number, instructions, status)"
        " VALUES (%s, %s, %s, 'outbound', '+15551234567', '+15550100100', 'Ask.', 'completed')",
        (call_id, owner.account_id, mode),
    )
    url = Vault(settings.encryption_keys).seal(b"https://resume.example.com/step/very-secret-token?key=hidden")
    execute(
        "INSERT INTO callback (id, account_id, call_id, url) VALUES (%s, %s, %s, %s)",
        (callback_id, owner.account_id, call_id, url),
    )
    execute(
        "INSERT INTO event (id, account_id, call_id, mode, type, data) VALUES (%s, %s, %s, %s, 'call.completed', '{}')",
        (event_id, owner.account_id, call_id, mode),
    )
    execute(
        "INSERT INTO delivery (id, account_id, callback_id, event_id, status, completed_at)"
        " VALUES (%s, %s, %s, %s, 'failed', now())",
        (delivery_id, owner.account_id, callback_id, event_id),
    )
    return delivery_id


def test_a_delivery_is_shown_with_every_try_in_a_handful_of_queries(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    delivery_id = delivered(made(jane, settings))
    tried(delivery_id, 1, error="timeout", error_detail="Operation timed out", address="203.0.113.7")
    tried(
        delivery_id, 2, error="http_5xx", status_code=502, answer="<html>Bad Gateway",
        dns_ms=4, connect_ms=10, tls_ms=25, first_byte_ms=60, duration_ms=62,
    )  # fmt: skip
    with queries() as asked:
        page = browser.get(f"/deliveries/{delivery_id}")
    assert len(asked) <= 6
    text = unescape(page.text)
    assert "The whole answer was not there within the time limit." in text
    assert "The proxy got no proper answer from your application." in text
    assert "<html>Bad Gateway" in text
    assert [f"<b>{took} ms</b>" in page.text for took in (4, 10, 15, 35, 2)] == [True] * 5
    assert "X-Mio-Timestamp: 1790000000" in text
    assert "X-Mio-Signature: (not kept)" in text
    assert "POST /mio HTTP/1.1" in text


def test_what_is_shown_is_what_the_receiver_got(
    browser_of: Callable[[Owner], Browser], jane: Owner, settings: Settings
) -> None:
    with Receiver() as receiver, sending(settings):
        webhook = made(jane, settings, receiver.url)
        _, delivery_id = send_sample(jane.account_id, "test", webhook.id, "call.completed")
        got = receiver.next()
        wait_until(settled("succeeded"))
    browser = browser_of(jane)
    assert browser.get(f"/deliveries/{delivery_id}/payload").response.data == got.body
    text = unescape(browser.get(f"/deliveries/{delivery_id}").text)
    assert got.body.decode() in text
    assert json.dumps(got.event, indent=2, ensure_ascii=False) in text
    head = text.partition("POST /webhook HTTP/1.1\n")[2].partition("</pre>")[0]
    shown = {name.lower(): value for name, value in (line.split(": ", 1) for line in head.splitlines())}
    signatures = ("x-mio-signature", "webhook-signature")
    assert shown == got.headers | dict.fromkeys(signatures, "(not kept)")


def test_a_payload_of_megabytes_is_shown_by_its_beginning(browser: Browser, jane: Owner, settings: Settings) -> None:
    delivery_id = delivered(made(jane, settings))
    execute("UPDATE event SET data = %s", (json.dumps({"pad": "é" * 2_000_000}, ensure_ascii=False),))
    page = browser.get(f"/deliveries/{delivery_id}")
    assert (page.status, len(page.text) < 2 * SHOWN_CHARACTERS) == (200, True)
    assert len(browser.get(f"/deliveries/{delivery_id}/payload").response.data) > 4_000_000


def test_of_many_tries_the_last_are_shown(browser: Browser, jane: Owner, settings: Settings) -> None:
    delivery_id = delivered(made(jane, settings))
    for number in range(1, MOST_ATTEMPTS + 4):
        tried(delivery_id, number)
    text = browser.get(f"/deliveries/{delivery_id}").text
    assert f"The last {MOST_ATTEMPTS} of {MOST_ATTEMPTS + 3}." in text
    assert "Try 53 " in text
    assert "Try 3 " not in text


@pytest.mark.parametrize("error", ["dns", "refused", "tls", "blocked_address", "no_route", "internal"])
def test_no_headers_are_shown_of_a_try_that_sent_nothing(
    browser: Browser, jane: Owner, settings: Settings, error: str
) -> None:
    delivery_id = delivered(made(jane, settings))
    tried(delivery_id, error=error, error_detail="x")
    assert "X-Mio-Timestamp:" not in browser.get(f"/deliveries/{delivery_id}").text


@pytest.mark.parametrize("status", ["failed", "skipped", "succeeded"])
def test_a_delivery_is_sent_again_from_its_page(browser: Browser, jane: Owner, settings: Settings, status: str) -> None:
    delivery_id = delivered(made(jane, settings, mode="live"), status)
    page = browser.get(f"/deliveries/{delivery_id}")
    again = browser.send(page, f"/deliveries/{delivery_id}/retry")
    assert "It is being sent." in again.text
    assert browser.send(page, f"/deliveries/{delivery_id}/retry").status == 200  # sent twice, done once
    assert Delivery.get_by_id(delivery_id).status == "pending"


def test_a_pending_delivery_is_not_sent_again(browser: Browser, jane: Owner, settings: Settings) -> None:
    delivery_id = delivered(made(jane, settings))
    page = browser.get(f"/deliveries/{delivery_id}")
    execute("UPDATE delivery SET status = 'pending', due_at = now() + interval '1 hour'")
    refused = browser.send(page, f"/deliveries/{delivery_id}/retry")
    assert (refused.status, "still pending" in refused.text, "First try at" in refused.text) == (409, True, True)


def test_a_delivery_of_a_webhook_that_is_not_active_is_not_sent_again(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    delivery_id = delivered(made(jane, settings))
    page = browser.get(f"/deliveries/{delivery_id}")
    execute("UPDATE webhook SET active = false, disabled_reason = %s", (PAUSED,))
    refused = browser.send(page, f"/deliveries/{delivery_id}/retry")
    assert (refused.status, "Enable it" in refused.text) == (409, True)


@pytest.mark.parametrize("mode", ["test", "live"])
def test_of_a_callback_only_the_host_is_told(browser: Browser, jane: Owner, settings: Settings, mode: str) -> None:
    delivery_id = callback(jane, settings, mode)
    tried(delivery_id, error="http_4xx", status_code=404)
    page = browser.get(f"/deliveries/{delivery_id}")
    assert page.heading == "Callback of call.completed"
    assert "resume.example.com" in page.text
    assert "very-secret-token" not in page.text
    assert "hidden" not in unescape(page.text).partition("POST /… HTTP/1.1")[2].partition("</pre>")[0]
    assert browser.send(page, f"/deliveries/{delivery_id}/retry").status == 200
    assert Delivery.get_by_id(delivery_id).status == "pending"


def test_nobody_elses_delivery_is_shown_or_sent_again(
    browser_of: Callable[[Owner], Browser], jane: Owner, bob: Owner, settings: Settings
) -> None:
    bobs = browser_of(bob)
    csrf = bobs.get("/webhooks/new").form("/webhooks/new").values["csrf"]
    for delivery_id in (delivered(made(jane, settings)), callback(jane, settings)):
        for path in ("", "/live", "/payload"):
            assert bobs.get(f"/deliveries/{delivery_id}{path}").status == 404
        sent = {"csrf": csrf, "nonce": str(uuid4())}
        assert bobs.post(f"/deliveries/{delivery_id}/retry", sent).status == 404
        assert Delivery.get_by_id(delivery_id).status == "failed"


def test_a_retry_needs_the_token_of_its_session(browser: Browser, jane: Owner, settings: Settings) -> None:
    delivery_id = delivered(made(jane, settings))
    assert browser.post(f"/deliveries/{delivery_id}/retry", {"nonce": str(uuid4())}).status == 403


def test_nothing_that_others_have_written_becomes_part_of_a_page(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    evil = "</pre><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    delivery_id = delivered(made(jane, settings, "https://example.com/?<script>alert(1)</script>"))
    execute("UPDATE event SET data = %s", (json.dumps({"summary": evil}),))
    for number, error in enumerate(ERRORS, 1):
        tried(delivery_id, number, error=error, error_detail=evil, answer=evil, address=evil)
    for path in ("", "/live"):
        page = browser.get(f"/deliveries/{delivery_id}{path}")
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<img" not in page.text.replace('<img src="/static/', "")
    payload = browser.get(f"/deliveries/{delivery_id}/payload").response
    assert (payload.mimetype, payload.headers["X-Content-Type-Options"]) == ("application/json", "nosniff")
    assert payload.headers["Content-Disposition"].startswith("attachment")


def test_what_lives_is_a_part_of_the_page_that_asks_for_itself(
    browser: Browser, jane: Owner, settings: Settings
) -> None:
    delivery_id = delivered(made(jane, settings))
    assert f'data-live="delivery:{delivery_id}"' in browser.get(f"/deliveries/{delivery_id}").text
    part = browser.get(f"/deliveries/{delivery_id}/live")
    assert ("<html" in part.text, part.form(f"/deliveries/{delivery_id}/retry").method) == (False, "post")


def test_every_error_and_every_status_has_words_of_its_own() -> None:
    told = [explain(error) for error in ERRORS]
    assert None not in told
    assert len({one.what for one in told if one}) == len(ERRORS)
    for status in range(300, 600):
        explained = explain(f"http_{status // 100}xx", status, f"answered {status}")
        assert explained
        assert explained.what.endswith(".")
        assert explained.todo.endswith(".")
    assert explain(None, 204) is None


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("SSL certificate problem: certificate has expired", "expired"),
        ("SSL certificate problem: self-signed certificate", "self-signed"),
        ("SSL certificate problem: unable to get local issuer certificate", "chain"),
        ("SSL: no alternative certificate subject name matches target host name 'x'", "another host name"),
        ("error:0A00010B:SSL routines::wrong version number", "does not speak TLS"),
        (None, "No trusted encrypted connection"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(detail: str | None, words: str) -> None:
    explained = explain("tls", None, detail)
    assert explained
    assert words in explained.what

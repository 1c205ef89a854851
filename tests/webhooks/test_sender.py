"""Deliveries from the table to a receiver and back, with real HTTP and a real database."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from uuid import uuid4

import pytest
from standardwebhooks import Webhook as Verifier

from app.config import Settings
from app.db import db, execute, row, rows
from app.models.account import Account
from app.models.webhook import Delivery, Webhook
from app.vault import Vault
from app.webhooks import deliveries, endpoints
from app.webhooks.events import record
from app.webhooks.recording import record as record_outcome
from app.webhooks.request import Outcome
from app.webhooks.samples import send_sample
from app.webhooks.sender import Sender
from tests.hub import wait_until
from tests.making import a_call, an_account
from tests.receiving import Receiver

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return replace(settings, webhook_retry_scale=0.001, webhook_timeout_seconds=1.0)


@contextmanager
def sending(settings: Settings) -> Iterator[None]:
    """A sender at work in the background."""
    stop, sender = threading.Event(), Sender(settings, Vault(settings.encryption_keys))

    def work() -> None:
        while not stop.is_set():
            stop.wait(min(sender.step(), 0.02))

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()
    sender.close()


def a_webhook(account: Account, url: str, settings: Settings) -> tuple[Webhook, str]:
    return endpoints.create(account.id, "test", url, None, None, settings)


def an_event(account: Account, settings: Settings, text: str = "Fine.") -> None:
    call = a_call(account, settings, f"+1555{uuid4().int % 10**7:07d}")
    record("call.completed", account.id, call.id, "test", {"id": str(call.id), "summary": text})


def delivery() -> Delivery:
    found: Delivery = Delivery.select().get()
    return found


def settled(*statuses: str) -> Callable[[], bool]:
    return lambda: not rows("SELECT 1 FROM delivery WHERE NOT status = ANY(%s)", (list(statuses),))


def test_an_event_reaches_its_receiver_signed_in_both_ways(quick: Settings) -> None:
    account = an_account()
    with Receiver() as receiver:
        _, secret = a_webhook(account, receiver.url, quick)
        an_event(account, quick, "naïve “pizza”")
        with sending(quick):
            wait_until(settled("succeeded"))
    [got] = receiver.received
    assert Verifier(secret).verify(got.body, dict(got.headers)) == got.event
    assert got.event["event"] == got.headers["x-mio-event"] == "call.completed"
    assert got.event["timestamp"] == got.headers["x-mio-timestamp"]
    assert got.event["call"]["summary"] == "naïve “pizza”"
    assert got.headers["x-mio-delivery"] == str(delivery().id)


def test_a_failure_is_tried_again_with_the_same_id_and_bytes_but_for_the_timestamp(quick: Settings) -> None:
    account, answers = an_account(), iter([500, 404, 204])
    with Receiver(lambda _: next(answers)) as receiver:
        a_webhook(account, receiver.url, quick)
        an_event(account, quick)
        with sending(quick):
            wait_until(settled("succeeded"))
    assert len({got.headers["x-mio-delivery"] for got in receiver.received}) == 1
    bodies = [got.body.replace(got.headers["x-mio-timestamp"].encode(), b"T") for got in receiver.received]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1
    [(_, _, attempts)] = deliveries.with_attempts([delivery()])
    assert [(a.number, a.status_code, a.error) for a in attempts] == [
        (1, 500, "http_5xx"), (2, 404, "http_4xx"), (3, 204, None)
    ]  # fmt: skip


def test_after_ten_retries_a_delivery_has_failed(quick: Settings) -> None:
    account = an_account()
    fast = replace(quick, webhook_retry_scale=1e-6)
    with Receiver(lambda _: 500) as receiver:
        a_webhook(account, receiver.url, fast)
        an_event(account, fast)
        with sending(fast):
            wait_until(settled("failed", "skipped"))
    assert (len(receiver.received), delivery().status) == (11, "failed")


def test_no_retry_is_early(quick: Settings) -> None:
    account, answers = an_account(), iter([500, 500, 204])
    slow = replace(quick, webhook_retry_scale=0.04)
    with Receiver(lambda _: next(answers)) as receiver:
        a_webhook(account, receiver.url, slow)
        an_event(account, slow)
        with sending(slow):
            wait_until(settled("succeeded"))
    first, second, third = (got.at for got in receiver.received)
    assert second - first >= 5 * 0.04
    assert third - second >= 30 * 0.04


def test_a_slow_receiver_holds_up_nobody(quick: Settings) -> None:
    account, release = an_account(), threading.Event()

    def stall(_: object) -> int:
        release.wait(5)
        return 204

    with Receiver(stall) as slow, Receiver() as fast:
        a_webhook(account, slow.url, quick)
        a_webhook(account, fast.url, quick)
        for _ in range(12):
            an_event(account, quick)
        with sending(quick):
            wait_until(lambda: len(fast.received) == 12, seconds=5)
            release.set()


def test_two_senders_share_the_work_without_sending_twice(quick: Settings) -> None:
    account = an_account()
    with Receiver() as receiver:
        a_webhook(account, receiver.url, quick)
        for _ in range(40):
            an_event(account, quick)
        with sending(quick), sending(quick):
            wait_until(settled("succeeded"))
    sent = [got.headers["x-mio-delivery"] for got in receiver.received]
    assert len(sent) == len(set(sent)) == 40


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_sender_that_is_killed_loses_nothing(quick: Settings, moment: str) -> None:
    account, seen = an_account(), threading.Event()
    child = None

    def answer(_: object) -> int:
        if moment == "after" and child is not None and not seen.is_set():
            os.kill(child.pid, signal.SIGKILL)
        seen.set()
        return 204

    with Receiver(answer) as receiver:
        a_webhook(account, receiver.url, quick)
        an_event(account, quick)
        child = subprocess.Popen([sys.executable, "-c", _CHILD], env=os.environ | _environment(quick))
        if moment == "before":
            wait_until(lambda: rows("SELECT 1 FROM delivery WHERE lease_until IS NOT NULL OR status = 'succeeded'"))
            child.kill()
        else:
            assert seen.wait(20)
        child.wait(10)
        execute("UPDATE delivery SET lease_until = now() - interval '1 second' WHERE status = 'pending'")
        with sending(quick):
            wait_until(settled("succeeded"))
    assert len({got.headers["x-mio-delivery"] for got in receiver.received}) == 1
    assert len(receiver.received) <= 2


_CHILD = """
from app import db
from app.config import load
from app.vault import Vault
from app.webhooks.sender import Sender
settings = load()
db.init(settings.database_url, pool=4, wait_seconds=5)
sender = Sender(settings, Vault(settings.encryption_keys))
while True:
    sender.step()
"""


def _environment(settings: Settings) -> dict[str, str]:
    values = {field.name.upper(): getattr(settings, field.name) for field in fields(settings)}
    return {name: str(int(value) if isinstance(value, bool) else value) for name, value in values.items()}


def test_a_result_whose_lease_was_lost_is_not_written(quick: Settings) -> None:
    account = an_account()
    webhook, _ = a_webhook(account, "https://example.com", quick)
    an_event(account, quick)
    stale = delivery()
    stale.claim_token = uuid4()
    assert not record_outcome(webhook, stale, Outcome(200, None, None, 5), quick)
    assert delivery().attempts == 0


def fail(webhook: Webhook, settings: Settings, outcome: Outcome, attempts: int = 0) -> None:
    """Write one failed attempt down, as the sender does."""
    token = uuid4()
    execute("UPDATE delivery SET status = 'pending', attempts = %s, claim_token = %s", (attempts, token))
    with db.atomic():
        record_outcome(Webhook.get_by_id(webhook.id), delivery(), outcome, settings)


FAILED = Outcome(500, "http_5xx", "answered 500", 5)


@pytest.fixture
def failing(quick: Settings) -> Webhook:
    account = an_account()
    webhook, _ = a_webhook(account, "https://example.com", quick)
    an_event(account, quick)
    return webhook


def test_ten_failures_in_a_row_that_span_an_hour_disable(quick: Settings, failing: Webhook) -> None:
    for number in range(10):
        assert Webhook.get_by_id(failing.id).active
        if number == 9:
            execute("UPDATE webhook SET failing_since = now() - interval '61 minutes'")
        fail(failing, quick, FAILED)
    disabled = Webhook.get_by_id(failing.id)
    assert not disabled.active
    assert "10 attempts in a row failed" in disabled.disabled_reason
    assert delivery().status == "skipped"


def test_ten_failures_within_one_blip_do_not_disable(quick: Settings, failing: Webhook) -> None:
    for _ in range(12):
        fail(failing, quick, FAILED)
    assert Webhook.get_by_id(failing.id).active


def test_the_span_is_a_setting_and_none_is_the_document_to_the_letter(quick: Settings, failing: Webhook) -> None:
    literal = replace(quick, webhook_disable_span_seconds=0)
    for _ in range(10):
        fail(failing, literal, FAILED)
    assert not Webhook.get_by_id(failing.id).active


def test_a_success_ends_the_row_of_failures(quick: Settings, failing: Webhook) -> None:
    literal = replace(quick, webhook_disable_span_seconds=0)
    for _ in range(9):
        fail(failing, literal, FAILED)
    fail(failing, literal, Outcome(200, None, None, 5))
    fail(failing, literal, FAILED)
    assert (Webhook.get_by_id(failing.id).active, Webhook.get_by_id(failing.id).failures) == (True, 1)


def test_failures_on_our_side_never_count(quick: Settings, failing: Webhook) -> None:
    literal = replace(quick, webhook_disable_span_seconds=0)
    for _ in range(12):
        fail(failing, literal, Outcome(None, "no_route", "unreachable", 5, ours=True))
    assert Webhook.get_by_id(failing.id).failures == 0


def test_a_410_that_the_first_retry_repeats_disables_at_once(quick: Settings, failing: Webhook) -> None:
    gone = Outcome(410, "http_4xx", "answered 410", 5)
    fail(failing, quick, gone, attempts=0)
    assert Webhook.get_by_id(failing.id).active
    fail(failing, quick, gone, attempts=1)
    assert "410" in Webhook.get_by_id(failing.id).disabled_reason


def test_a_sample_reaches_the_receiver_marked_as_a_test(quick: Settings) -> None:
    account = an_account()
    with Receiver() as receiver:
        webhook, secret = a_webhook(account, receiver.url, quick)
        sent, outcome = send_sample(account.id, "test", webhook.id, quick)
    [got] = receiver.received
    assert Verifier(secret).verify(got.body, dict(got.headers))
    assert (got.event["test"], got.event["event"], outcome.status_code) == (True, "call.completed", 204)
    assert row("SELECT status, attempts FROM delivery WHERE id = %s", (sent.id,)) == {
        "status": "succeeded", "attempts": 1
    }  # fmt: skip


def test_a_sample_probes_a_disabled_webhook_and_is_not_counted(quick: Settings) -> None:
    account = an_account()
    with Receiver(lambda _: 500) as receiver:
        webhook, _ = a_webhook(account, receiver.url, quick)
        endpoints.update(account.id, "test", webhook.id, quick, active=False)
        _, outcome = send_sample(account.id, "test", webhook.id, quick)
    assert outcome.error == "http_5xx"
    assert Webhook.get_by_id(webhook.id).failures == 0
    assert json.loads(receiver.received[0].body)["call"]["test"] is True

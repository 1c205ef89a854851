"""Deliveries from the table to a receiver and back, with real HTTP and a real database."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import fields, replace

import pytest
from standardwebhooks import Webhook as Verifier

from app.config import Settings
from app.db import execute, rows
from app.models.webhook import Attempt
from app.queue import Broken
from app.vault import Vault
from app.webhooks import deliveries, endpoints
from app.webhooks.endpoints import Wanted
from app.webhooks.sender import EMPTY_SECONDS, IDLE_SECONDS, Sender
from tests.hub import wait_until
from tests.making import an_account
from tests.receiving import Receiver
from tests.webhooks.support import a_webhook, an_event, delivery, sending, settled, with_secret

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return replace(settings, webhook_retry_scale=0.001, webhook_timeout_seconds=1.0)


def test_an_event_reaches_its_receiver_signed_in_both_ways(quick: Settings) -> None:
    account = an_account()
    with Receiver() as receiver:
        _, secret = with_secret(account, quick, receiver.url)
        an_event(account, quick, summary="naïve “pizza”")
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
        a_webhook(account, quick, receiver.url)
        an_event(account, quick)
        with sending(quick):
            wait_until(settled("succeeded"))
    assert len({got.headers["x-mio-delivery"] for got in receiver.received}) == 1
    bodies = [got.body.replace(got.headers["x-mio-timestamp"].encode(), b"T") for got in receiver.received]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1
    [(_, event, attempts)] = deliveries.with_attempts([delivery()])
    assert (event.type, event.data) == ("call.completed", None)  # a page of large ones is not to fill the memory
    assert [(a.number, a.status_code, a.error) for a in attempts] == [
        (1, 500, "http_5xx"), (2, 404, "http_4xx"), (3, 204, None)
    ]  # fmt: skip


def test_after_ten_retries_a_delivery_has_failed(quick: Settings) -> None:
    account = an_account()
    fast = replace(quick, webhook_retry_scale=1e-6)
    with Receiver(lambda _: 500) as receiver:
        a_webhook(account, fast, receiver.url)
        an_event(account, fast)
        with sending(fast):
            wait_until(settled("failed", "skipped"))
    assert (len(receiver.received), delivery().status) == (11, "failed")


def test_no_retry_is_early(quick: Settings) -> None:
    account, answers = an_account(), iter([500, 500, 204])
    slow = replace(quick, webhook_retry_scale=0.04)
    with Receiver(lambda _: next(answers)) as receiver:
        a_webhook(account, slow, receiver.url)
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
        a_webhook(account, quick, slow.url)
        a_webhook(account, quick, fast.url)
        for _ in range(12):
            an_event(account, quick)
        with sending(quick):
            wait_until(lambda: len(fast.received) == 12, seconds=5)
            release.set()


def test_two_senders_share_the_work_without_sending_twice(quick: Settings) -> None:
    account = an_account()
    with Receiver() as receiver:
        a_webhook(account, quick, receiver.url)
        for _ in range(40):
            an_event(account, quick)
        with sending(quick), sending(quick):
            wait_until(settled("succeeded"))
    sent = [got.headers["x-mio-delivery"] for got in receiver.received]
    assert len(sent) == len(set(sent)) == 40


def test_what_cannot_be_sent_is_in_the_log_and_does_not_count(quick: Settings) -> None:
    """A secret that no key opens any more: our fault, told as such, and tried again."""
    account = an_account()
    webhook = a_webhook(account, quick)
    an_event(account, quick)
    execute("UPDATE webhook SET secret = 'damaged'")
    with sending(quick):
        wait_until(lambda: rows("SELECT 1 FROM attempt"))
    assert Attempt.select().first().error == "internal"
    assert endpoints.get(account.id, "test", webhook.id).failures == 0
    assert (delivery().status, delivery().failures) == ("pending", 0)


def test_a_sender_whose_wire_has_died_says_that_it_is_broken(quick: Settings) -> None:
    sender = Sender(quick, Vault(quick.encryption_keys))
    sender.close()
    with pytest.raises(Broken):
        sender.step()


def test_a_lane_that_was_empty_just_now_is_asked_again_soon_not_in_a_second(quick: Settings) -> None:
    sender = Sender(quick, Vault(quick.encryption_keys))
    try:
        assert sender.step() == IDLE_SECONDS
        assert sender.step() == EMPTY_SECONDS
    finally:
        sender.close()


def test_what_waits_for_a_paused_webhook_is_not_sent(quick: Settings) -> None:
    account = an_account()
    with Receiver() as receiver:
        webhook = a_webhook(account, quick, receiver.url)
        an_event(account, quick)
        endpoints.update(account.id, "test", webhook.id, Wanted(), quick, active=False)
        with sending(quick):
            wait_until(settled("skipped"))
    assert receiver.received == []


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
        a_webhook(account, quick, receiver.url)
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

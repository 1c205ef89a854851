"""What tests of deliveries start from, and a sender at work."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from app.config import Mode, Settings
from app.db import execute, rows
from app.models.account import Account
from app.models.webhook import Delivery, Webhook
from app.vault import Vault
from app.webhooks import claiming, endpoints
from app.webhooks.endpoints import Wanted
from app.webhooks.events import record
from app.webhooks.outcome import Outcome
from app.webhooks.recording import Attempted
from app.webhooks.recording import record as record_attempts
from app.webhooks.resolving import Resolver
from app.webhooks.sender import Sender
from tests.making import a_call

OK = Outcome(204, None, None, 5)
FAILED = Outcome(500, "http_5xx", "answered 500", 5)
GONE = Outcome(410, "http_4xx", "answered 410", 5)
OURS = Outcome(None, "no_route", "unreachable", 5, ours=True)


def a_webhook(
    account: Account,
    settings: Settings,
    url: str = "https://example.com/mio",
    key_mode: Mode = "test",
    mode: str | None = None,
    **wanted: Any,
) -> Webhook:
    return endpoints.create(account.id, key_mode, Wanted(url, **wanted), settings, mode=mode)[0]


def with_secret(account: Account, settings: Settings, url: str) -> tuple[Webhook, str]:
    return endpoints.create(account.id, "test", Wanted(url), settings)


def an_event(account: Account, settings: Settings, event_type: str = "call.completed", **data: Any) -> UUID:
    """An event of a new call; the call's id."""
    call = a_call(account, settings, f"+1555{uuid4().int % 10**7:07d}")
    record(event_type, account.id, "test", {"id": str(call.id)} | data, call_id=call.id)
    return UUID(str(call.id))


def delivery() -> Delivery:
    """The one delivery there is."""
    found: Delivery = Delivery.select().get()
    return found


def statuses(webhook: Webhook) -> list[str]:
    found = rows("SELECT status FROM delivery WHERE webhook_id = %s ORDER BY created_at", (webhook.id,))
    return [row["status"] for row in found]


def settled(*statuses: str) -> Callable[[], bool]:
    return lambda: not rows("SELECT 1 FROM delivery WHERE NOT status = ANY(%s)", (list(statuses),))


@contextmanager
def sending(settings: Settings, names: str | None = None) -> Iterator[None]:
    """A sender at work in the background."""
    stop, resolver = threading.Event(), Resolver([names]) if names else None
    sender = Sender(settings, Vault(settings.encryption_keys), resolver=resolver)

    def work() -> None:
        while not stop.is_set():
            stop.wait(min(sender.step(), 0.01))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sender.close()


def claim(settings: Settings, room: int = 100, lane: claiming.Lane = 0) -> list[claiming.Claimed]:
    return claiming.claim(lane, room, settings, lease_seconds=30)


def attempt(settings: Settings, *outcomes: Outcome) -> None:
    """Claim the one delivery there is and write down what came of it, once for each outcome."""
    for outcome in outcomes:
        execute("UPDATE delivery SET due_at = now(), lane = 0 WHERE status = 'pending'")
        [claimed] = claim(settings)
        assert record_attempts([Attempted(claimed, ended_now(outcome))], settings) == 1


def ended_now(outcome: Outcome) -> Outcome:
    return replace(outcome, ended=time.monotonic())

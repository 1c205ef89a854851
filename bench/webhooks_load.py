"""The load: events recorded as the hub records them, at a steady rate that waits for nothing (an open loop)."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from app.accounts.signup import sign_up
from app.config import Settings
from app.db import db
from app.webhooks import endpoints, events
from app.webhooks.endpoints import Wanted
from app.webhooks.samples import sample

THREADS: Final = 8
LEAD_SECONDS: Final = 0.2
EVENT: Final = "call.completed"


class Target(NamedTuple):
    """An account, and the one webhook that it has."""

    account: UUID
    webhook: UUID


class Offered(NamedTuple):
    """An event: the id of the call it tells of, the place of its target, the monotonic moment after its commit."""

    mark: str
    place: int
    committed: float


def make_targets(urls: Sequence[str], settings: Settings) -> list[Target]:
    """An account with a webhook for each URL."""
    with db.connection_context():
        return [_target(place, url, settings) for place, url in enumerate(urls)]


def _target(place: int, url: str, settings: Settings) -> Target:
    account = sign_up(settings, f"Bench {place}", f"+1555{place:07d}")
    webhook, _ = endpoints.create(account, "test", Wanted(url=url), settings)
    return Target(account, webhook.id)


def lead(target: Target, url: str, settings: Settings) -> None:
    """Have a webhook lead to another URL from now on."""
    with db.connection_context():
        endpoints.update(target.account, "test", target.webhook, Wanted(url=url), settings)


def offer(targets: Sequence[Target], rate: float, seconds: float) -> list[Offered]:
    """Record `rate` events a second, to the targets in turn; each in a transaction of its own."""
    begin, count = time.monotonic() + LEAD_SECONDS, round(rate * seconds)
    with ThreadPoolExecutor(THREADS) as crew:
        shares = crew.map(lambda first: _share(targets, range(first, count, THREADS), begin, rate), range(THREADS))
        return [offered for share in shares for offered in share]


def _share(targets: Sequence[Target], numbers: range, begin: float, rate: float) -> list[Offered]:
    """What one thread records: each event at its moment, or at once when that has passed."""
    offered = []
    with db.connection_context():
        for number in numbers:
            time.sleep(max(begin + number / rate - time.monotonic(), 0))
            offered.append(_record(targets, number % len(targets)))
    return offered


def _record(targets: Sequence[Target], place: int) -> Offered:
    mark, committed = str(uuid4()), list[float]()
    with db.atomic():
        db.after_commit(lambda: committed.append(time.monotonic()))  # the first of the hooks: even before the ring
        events.record(EVENT, targets[place].account, "test", sample(EVENT, "test") | {"id": mark})
    return Offered(mark, place, committed[0])

"""Who a connector works for, and what listens for it."""

from collections.abc import Iterator

import pytest

from tests.connectors.between import Between
from tests.connectors.contract import Connection
from tests.hub import Holder, Hub
from tests.receiving import Receiver


@pytest.fixture
def holder(hub: Hub) -> Holder:
    return hub.account()


@pytest.fixture
def connection(hub: Hub, holder: Holder) -> Connection:
    return Connection(hub.url, holder.test_key)


@pytest.fixture
def live(hub: Hub, holder: Holder) -> Connection:
    return Connection(hub.url, holder.live_key)


@pytest.fixture
def second_receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture
def between(hub: Hub) -> Iterator[Between]:
    """What stands between a connector and the hub."""
    with Between(hub.url) as listening:
        yield listening


@pytest.fixture
def through(between: Between, holder: Holder) -> Connection:
    """A connection to the hub by way of `between`."""
    return Connection(between.url, holder.test_key)

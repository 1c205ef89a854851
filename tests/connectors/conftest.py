"""Who a connector works for, and what listens for it."""

from collections.abc import Iterator

import pytest

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

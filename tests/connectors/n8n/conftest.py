"""The nodes in n8n's engine, one engine for all tests."""

from collections.abc import Iterator

import pytest

from tests.connectors.n8n import engine
from tests.connectors.n8n.engine import N8n


@pytest.fixture(scope="session")
def connector() -> Iterator[N8n]:
    with engine.running() as running:
        yield running

"""The nodes in n8n's engine, one engine for all tests."""

from collections.abc import Iterator

import pytest

from tests.connectors.n8n.engine import FOLDER, N8n, built
from tests.connectors.runtime import Runtime, needs_node_parts


@pytest.fixture(scope="session")
def engine() -> Iterator[Runtime]:
    needs_node_parts(FOLDER)
    with Runtime("n8n.mjs", built()) as running:
        yield running


@pytest.fixture
def connector(engine: Runtime) -> N8n:
    return N8n(engine)

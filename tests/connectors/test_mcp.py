"""The MCP server keeps the contract of connectors."""

from collections.abc import Iterator

import pytest

from tests.connectors import agent
from tests.connectors.agent import Agent
from tests.connectors.contract import Starts, WaitsByPolling


@pytest.fixture(scope="module")
def connector() -> Iterator[Agent]:
    with agent.running() as running:
        yield running


class TestMcp(Starts, WaitsByPolling):
    pass

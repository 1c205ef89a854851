"""The MCP server keeps the contract of connectors, over both of its transports."""

from collections.abc import Iterator

import pytest

from tests.connectors.agent import Agent, agent
from tests.connectors.contract import Starts, WaitsByPolling


@pytest.fixture(scope="module", params=["stdio", "http"])
def connector(request: pytest.FixtureRequest) -> Iterator[Agent]:
    with agent(request.param) as running:
        yield running


class TestMcp(Starts, WaitsByPolling):
    pass

"""Make's custom app keeps the contract of connectors, as far as Make's documentation tells how Make runs it."""

import pytest

from tests.connectors.contract import Starts, Triggers, WaitsByPolling
from tests.connectors.make.connector import Make


@pytest.fixture
def connector() -> Make:
    return Make()


class TestMake(Starts, WaitsByPolling, Triggers):
    pass

"""The contract of connectors can be kept: plain requests keep it."""

import pytest

from tests.connectors.contract import Starts, Triggers, Waits
from tests.connectors.rest import Rest


@pytest.fixture
def connector() -> Rest:
    return Rest()


class TestRest(Starts, Waits, Triggers):
    pass

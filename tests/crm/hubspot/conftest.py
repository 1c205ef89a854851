"""A HubSpot portal for each test, and the ways to it."""

from collections.abc import Iterator

import pytest

from app.config import Settings
from app.crm.hubspot.platform import HubSpot
from tests.crm.hubspot.lines import PlainLine, settings_for
from tests.crm.hubspot.stand_in import StandIn


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running
        assert running.violations == []


@pytest.fixture
def hub_settings(stand_in: StandIn) -> Settings:
    return settings_for(stand_in)


@pytest.fixture
def hubspot(hub_settings: Settings) -> HubSpot:
    return HubSpot(hub_settings)


@pytest.fixture
def line(stand_in: StandIn) -> PlainLine:
    """The line of a connection in live mode."""
    return PlainLine(stand_in.url, stand_in.portal.token())

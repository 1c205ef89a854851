"""For each test and each CRM an account of its own, with that CRM's cloud to itself."""

from collections.abc import Iterator

import pytest

from tests.crm.clouds import MISSING, PLATFORMS, Clouds
from tests.crm.contract.site import Site
from tests.hub import Hub


@pytest.fixture(params=list(PLATFORMS))
def site(request: pytest.FixtureRequest, hub: Hub, clouds: Clouds) -> Iterator[Site]:
    """One CRM, with an account that has not connected it yet; disconnected when the test is over."""
    key = request.param
    if key not in clouds:
        pytest.fail(MISSING.format(key=key))
    made = Site(hub, clouds[key], PLATFORMS[key], hub.account(balance=5000))
    yield made
    made.clear()

"""A hub that is led to a cloud of every CRM, and for each test an account of its own."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.crm.contract.clouds import MISSING, PLATFORMS, Clouds, clouds, has_stand_in, settings_of
from tests.crm.contract.site import Site
from tests.hub import Hub, running_hub
from tests.services import TEMPLATE, fresh_database

pytest.register_assert_rewrite("tests.crm.contract.site")

KEYS = [pytest.param(key, marks=pytest.mark.xdist_group(f"crm-{key}")) for key in PLATFORMS]


@dataclass(frozen=True, slots=True)
class Wired:
    """A hub and the clouds to which its settings lead."""

    hub: Hub
    clouds: Clouds


@pytest.fixture(scope="session")
def wired() -> Iterator[Wired]:
    with (
        clouds() as standing,
        fresh_database(os.environ["DATABASE_URL"], f"mio_crm_{os.getpid()}", os.environ[TEMPLATE]) as url,
        running_hub(url, **settings_of(standing)) as hub,
    ):
        yield Wired(hub, standing)


@pytest.fixture(params=KEYS)
def site(request: pytest.FixtureRequest, wired: Wired) -> Iterator[Site]:
    """One CRM, with an account that has not connected it yet; disconnected when the test is over."""
    key = request.param
    if not has_stand_in(key):
        pytest.fail(MISSING.format(key=key))
    made = Site(wired.hub, wired.clouds[key], PLATFORMS[key], wired.hub.account(balance=5000))
    yield made
    made.clear()

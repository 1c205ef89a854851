from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.billing.checkout import Checkout
from app.config import Settings
from tests.billing.stripe_stand_in import StandIn


@pytest.fixture
def stripe() -> Iterator[StandIn]:
    """What stands for Stripe."""
    with StandIn() as listening:
        yield listening


@pytest.fixture
def paying(settings: Settings, stripe: StandIn) -> Settings:
    """Settings of a hub whose owners can pay."""
    return replace(settings, **stripe.settings)


@pytest.fixture
def checkout(paying: Settings) -> Checkout:
    return Checkout(paying)

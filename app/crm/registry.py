"""The CRMs that the hub speaks to: one line for each."""

from collections.abc import Callable
from typing import Final

from app.config import Settings
from app.crm.hubspot.platform import HubSpot
from app.crm.platform import Platform

PLATFORMS: Final[tuple[Callable[[Settings], Platform], ...]] = (HubSpot,)


def platforms(settings: Settings) -> dict[str, Platform]:
    """Every CRM by its key, whether or not this hub has the settings for it."""
    made = (platform(settings) for platform in PLATFORMS)
    return {platform.key: platform for platform in made}

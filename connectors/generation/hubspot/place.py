"""Where a hub is, as HubSpot has to know it. The app of another hub differs in nothing else."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A hub's public address, without a trailing slash and without `/api/v1`, and where its people help."""

    hub: str
    support_email: str
    support_url: str

    @property
    def documentation_url(self) -> str:
        return f"{self.hub}/docs"

    def inbound(self, name: str) -> str:
        """What HubSpot sends requests to, by its name."""
        return f"{self.hub}/crm/hubspot/{name}"


MIO: Final = Place("https://api.mio.gg", "support@mio.gg", "https://mio.gg")


def place_of(url: str, support_email: str) -> Place:
    """The place of another hub. Raises ValueError where HubSpot would take no such address."""
    hub = url.strip().rstrip("/").removesuffix("/api/v1")
    if not hub.startswith("https://") or hub.count("/") != 2 or "?" in hub or "#" in hub:
        raise ValueError(f"{url} is not the address of a hub: HubSpot wants https://, a host, and nothing behind it.")
    if "@" not in support_email.strip("@"):
        raise ValueError(f"{support_email} is not an e-mail address.")
    return Place(hub, support_email, f"{hub}/docs")

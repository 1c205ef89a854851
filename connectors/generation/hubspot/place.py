"""What the app is called in HubSpot, and where its hub is. The app of another hub differs in nothing else."""

import re
from dataclasses import dataclass
from typing import Final

# No app of HubSpot's marketplace may have Hub in its name.
APP: Final = "Mio AI Calls"

_HUB: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)*")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


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
    """The place of another hub. Raises ValueError where HubSpot could not reach it, or nobody be written to."""
    hub = url.rstrip("/").removesuffix("/api/v1")
    if not _HUB.fullmatch(hub):
        raise ValueError(f"{url} is not the address of a hub, like https://calls.example.com: HubSpot wants https.")
    if not _EMAIL.fullmatch(support_email):
        raise ValueError(f"{support_email} is not an e-mail address.")
    return Place(hub, support_email, f"{hub}/docs")

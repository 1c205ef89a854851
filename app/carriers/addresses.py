"""Where the carrier reaches us for one call. Pure."""

from dataclasses import dataclass
from uuid import UUID

from app.config import Mode


@dataclass(frozen=True, slots=True)
class CallAddresses:
    """The callback addresses of one call, under the public URL of the call's mode."""

    base: str
    mode: Mode
    call_id: UUID

    def path(self, name: str) -> str:
        return f"/carrier/{self.mode}/calls/{self.call_id}/{name}"

    def url(self, name: str) -> str:
        """`answer`, `status`, `amd` or `relay-ended`, over HTTP."""
        return self.base + self.path(name)

    @property
    def relay(self) -> str:
        """The relay's WebSocket: wss for https, ws for http."""
        return "ws" + self.url("relay").removeprefix("http")

"""The way to a CRM: every request authorised, recorded, and held to a deadline and to the CRM's limits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.config import Settings
from app.crm.platform import Answer, Platform
from app.models.crm import CrmConnection
from app.vault import Vault


class HubLine:
    """A connection's Line. Use it outside transactions: it borrows database connections of its own."""

    def __init__(
        self,
        connection: CrmConnection,
        platform: Platform,
        settings: Settings,
        vault: Vault,
        *,
        purpose: str,
        job_id: UUID | None,
    ) -> None:
        self.connection = connection

    def get(self, path: str, *, params: Mapping[str, str] | None = None) -> Answer:
        raise NotImplementedError

    def ask(self, method: str, path: str, *, json: Any) -> Answer:
        raise NotImplementedError

    def write(self, method: str, path: str, *, json: Any, unsent: Any) -> Answer:
        raise NotImplementedError


class HubDoor:
    """A connection's Door."""

    def __init__(self, connection: CrmConnection, settings: Settings, *, purpose: str, job_id: UUID | None) -> None:
        raise NotImplementedError

    def form(self, url: str, fields: Mapping[str, str]) -> Answer:
        raise NotImplementedError

    def get(self, url: str, *, bearer: str) -> Answer:
        raise NotImplementedError

    def delete(self, url: str, *, bearer: str | None = None) -> Answer:
        raise NotImplementedError


def line(
    connection: CrmConnection,
    platform: Platform,
    settings: Settings,
    vault: Vault,
    *,
    purpose: str,
    job_id: UUID | None = None,
) -> HubLine:
    """A line for `purpose` (a word that is shown: `start`, `write`, `answer`, `dry_run`)."""
    return HubLine(connection, platform, settings, vault, purpose=purpose, job_id=job_id)


def door(connection: CrmConnection, settings: Settings, *, purpose: str, job_id: UUID | None = None) -> HubDoor:
    """A door for `purpose` (`authorize`, `refresh`, `leave`)."""
    return HubDoor(connection, settings, purpose=purpose, job_id=job_id)

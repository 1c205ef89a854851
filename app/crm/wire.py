"""The way to a CRM: every request authorised, recorded, and held to a deadline and to the CRM's limits.

Use it outside transactions: database connections are borrowed for each statement, none is held during a request.
"""

import json as jsons
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from app.config import Settings
from app.crm import grants
from app.crm.connections import bar, lost
from app.crm.exchanging import Exchange
from app.crm.failures import Barred, CrmFailed, Revoked
from app.crm.platform import Answer, Grant, Platform
from app.crm.reading import Expired, ReadingOf, at_the_door
from app.crm.recording import Log, path_of, place_of
from app.crm.transport import vetted
from app.models.crm import CrmConnection
from app.times import now
from app.vault import Vault

NO_TIME: Final = timedelta(0)
JSON_BODY: Final = {"Content-Type": "application/json"}
FORM_BODY: Final = {"Content-Type": "application/x-www-form-urlencoded"}
# Fields of an authorisation request that are no secrets.
OPEN_FIELDS: Final = frozenset({"grant_type", "client_id", "redirect_uri", "format"})


def line(
    connection: CrmConnection,
    platform: Platform,
    settings: Settings,
    vault: Vault,
    *,
    purpose: str,
    job_id: UUID | None = None,
) -> "HubLine":
    """A line for `purpose` (a word that is shown: `start`, `write`, `answer`, `dry_run`)."""
    return HubLine(connection, platform, settings, vault, Log(connection.id, purpose, job_id))


def door(connection: CrmConnection, settings: Settings, *, purpose: str, job_id: UUID | None = None) -> "HubDoor":
    """A door for `purpose` (`authorize`, `refresh`, `leave`)."""
    return HubDoor(connection, settings, Log(connection.id, purpose, job_id))


def hosts(settings: Settings, connection: CrmConnection) -> tuple[str, ...]:
    """Where requests of a connection may go: as set, and where its people sign in, as its CRM's module has checked."""
    host = urlsplit(connection.login_url or "").hostname
    return (*settings.crm_hosts, host) if host else settings.crm_hosts


class HubLine:
    """A connection's Line. It writes nothing for a connection in test mode, by its row or as it was given."""

    def __init__(
        self, connection: CrmConnection, platform: Platform, settings: Settings, vault: Vault, log: Log
    ) -> None:
        self.connection = connection
        self._platform = platform
        self._settings = settings
        self._vault = vault
        self._log = log
        self._door = HubDoor(connection, settings, Log(connection.id, "refresh", log.job_id))
        self._live = connection.mode == "live"

    def get(self, path: str, *, params: Mapping[str, str] | None = None) -> Answer:
        query = f"?{urlencode(params)}" if params else ""
        return self._authorised("GET", path + query, None)

    def ask(self, method: str, path: str, *, json: Any) -> Answer:
        return self._authorised(method, path, None if json is None else jsons.dumps(json).encode())

    def write(self, method: str, path: str, *, json: Any, unsent: Any) -> Answer:
        grants.reload(self.connection)
        if self._live and self.connection.mode == "live":
            return self.ask(method, path, json=json)
        self._log.unsent(method, path_of(path), json)
        return Answer(200, {}, unsent)

    def _authorised(self, method: str, path: str, data: bytes | None) -> Answer:
        try:
            return self._sent(method, path, data, self._grant(), self._first_reading)
        except Expired:
            return self._sent(method, path, data, self._grant(force=True), self._platform.reading_of)

    def _first_reading(self, status: int, headers: Mapping[str, str], json: Any) -> CrmFailed | None:
        return None if status == 401 else self._platform.reading_of(status, headers, json)

    def _grant(self, *, force: bool = False) -> Grant:
        grant = grants.fresh(self.connection, self._platform, self._door, self._settings, self._vault, force=force)
        barred = self.connection.barred_until
        if barred is not None and (left := barred - now()) > NO_TIME:
            raise Barred("The CRM takes no requests for now.", seconds=left.total_seconds())
        return grant

    def _sent(self, method: str, path: str, data: bytes | None, grant: Grant, reading_of: ReadingOf) -> Answer:
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is no path below the grant's base_url")
        url = vetted(grant.base_url + path, hosts(self._settings, self.connection))
        headers = {"Authorization": f"Bearer {grant.access_token}"} | (JSON_BODY if data is not None else {})
        exchange = Exchange(self._log, method, path_of(path), (grant.access_token, grant.refresh_token or ""))
        try:
            return exchange.run(url, headers, data, self._settings.crm_timeout_seconds, reading_of)
        except Barred as barred:
            bar(self.connection, barred.seconds or 0.0)
            raise
        except Revoked as revoked:
            lost(self.connection.id, revoked.detail, self._settings, credentials=self.connection.credentials)
            raise


class HubDoor:
    """A connection's Door."""

    def __init__(self, connection: CrmConnection, settings: Settings, log: Log) -> None:
        self._hosts = hosts(settings, connection)
        self._seconds = settings.crm_timeout_seconds
        self._log = log

    def form(self, url: str, fields: Mapping[str, str]) -> Answer:
        secrets = tuple(value for name, value in fields.items() if name not in OPEN_FIELDS)
        return self._ask("POST", url, FORM_BODY, urlencode(fields).encode(), secrets)

    def get(self, url: str, *, bearer: str) -> Answer:
        return self._ask("GET", url, {"Authorization": f"Bearer {bearer}"}, None, (bearer,))

    def delete(self, url: str, *, bearer: str | None = None) -> Answer:
        if bearer is None:
            return self._ask("DELETE", url, {}, None, ())
        return self._ask("DELETE", url, {"Authorization": f"Bearer {bearer}"}, None, (bearer,))

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None, secrets: tuple[str, ...]
    ) -> Answer:
        exchange = Exchange(self._log, method, place_of(url), secrets)
        return exchange.run(vetted(url, self._hosts), headers, data, self._seconds, at_the_door)

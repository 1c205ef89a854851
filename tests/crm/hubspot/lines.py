"""A Line and a Door over plain HTTP, and Arrivals that are kept in lists: what HubSpot's module is tried with alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import requests

from app.config import Settings
from app.crm.hubspot.limits import reading_of
from app.crm.platform import ActionAsked, Answer, Change
from app.crm.reading import ReadingOf, answer_of, at_the_door, failure_of
from app.crm.transport import Heard
from app.models.crm import CrmConnection
from app.times import now
from tests.crm.hubspot import official
from tests.crm.hubspot.stand_in import StandIn

UNUSED = "postgresql://nowhere/none"


def settings_for(stand_in: StandIn, **more: Any) -> Settings:
    given = {"api_public_url": "https://hub.example"} | dict(stand_in.settings) | more
    return Settings(database_url=UNUSED, redis_url="redis://nowhere", encryption_keys="none", **given)


def connection_of(external_id: str, **more: Any) -> CrmConnection:
    given = {"status": "active", "mode": "live", "platform": "hubspot", "default_country": "US"} | more
    return CrmConnection(id=uuid4(), account_id=uuid4(), external_id=external_id, name="Sales", **given)


class PlainDoor:
    """Asks as it is told, and reads answers as the hub's own Door does."""

    def form(self, url: str, fields: Mapping[str, str]) -> Answer:
        return _read(requests.post(url, data=dict(fields), timeout=10), at_the_door)

    def get(self, url: str, *, bearer: str) -> Answer:
        return _read(requests.get(url, headers=_bearer(bearer), timeout=10), at_the_door)

    def delete(self, url: str, *, bearer: str | None = None) -> Answer:
        return _read(requests.delete(url, headers=_bearer(bearer) if bearer else {}, timeout=10), at_the_door)


class PlainLine:
    """Sends with a token; in test mode it keeps in `unsent` what it would have written. `extra` are more headers.

    What HubSpot's documents describe is sent to `checked_at`, if there is one.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        mode: str = "live",
        checked_at: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._checked_at = checked_at
        self.connection = connection_of("62515", mode=mode)
        self.unsent: list[tuple[str, str, Any]] = []
        self._base_url, self._headers = base_url, _bearer(token) | dict(extra or {})

    def get(self, path: str, *, params: Mapping[str, str] | None = None) -> Answer:
        return self._send("GET", path, None, params)

    def ask(self, method: str, path: str, *, json: Any) -> Answer:
        return self._send(method, path, json)

    def write(self, method: str, path: str, *, json: Any, unsent: Any) -> Answer:
        if self.connection.mode == "test":
            self.unsent.append((method, path, json))
            return Answer(200, {}, unsent)
        return self._send(method, path, json)

    def _send(self, method: str, path: str, json: Any, params: Mapping[str, str] | None = None) -> Answer:
        checked = self._checked_at if official.describes(method, path) else None
        url = (checked or self._base_url) + path
        return _read(requests.request(method, url, json=json, params=params, headers=self._headers, timeout=10))


@dataclass
class Kept:
    """Arrivals in lists; the deadline of an action is its wait from now."""

    connections: list[CrmConnection]
    actions: list[ActionAsked] = field(default_factory=list)
    changes: list[tuple[str, Change]] = field(default_factory=list)
    erased: list[tuple[str, str, str]] = field(default_factory=list)

    def connection_of(self, external_id: str) -> CrmConnection | None:
        return next((each for each in self.connections if each.external_id == external_id), None)

    def connection_at(self, secret: str) -> CrmConnection | None:
        return None

    def enrol_action(self, connection: CrmConnection, asked: ActionAsked) -> datetime:
        if asked.key not in [action.key for action in self.actions]:
            self.actions.append(asked)
        return now() + timedelta(seconds=asked.wait_seconds)

    def note_changes(self, connection: CrmConnection, changes: Sequence[Change]) -> int:
        self.changes += [(str(connection.external_id), change) for change in changes]
        return len(changes)

    def note_erased(self, connection: CrmConnection, object: str, record_id: str) -> None:
        self.erased.append((str(connection.external_id), object, record_id))

    def note_left(self, connection: CrmConnection) -> None:
        raise AssertionError("HubSpot tells of no leaving")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _read(response: requests.Response, reading_of: ReadingOf = reading_of) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    answer = answer_of(Heard(response.status_code, headers, response.content))
    if failed := failure_of(answer, reading_of, now()):
        raise failed
    return answer

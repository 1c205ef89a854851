"""HubSpot as the hub's other parts see it."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.config import Settings
from app.crm.failures import CrmFailed
from app.crm.hubspot import authorising, limits, records, telling, writing
from app.crm.hubspot.actions import act
from app.crm.hubspot.choices import choices_for
from app.crm.hubspot.objects import OBJECTS, QUIET
from app.crm.hubspot.signing import is_signed
from app.crm.hubspot.webhooks import hear
from app.crm.platform import (
    Arrivals,
    CallNote,
    Door,
    Ending,
    Grant,
    Inbound,
    Line,
    ObjectKind,
    Record,
    Reply,
    Waiting,
)
from app.errors import InvalidRequest, NotFound, Unauthenticated
from app.models.crm import CrmConnection
from app.text import storable

_NAMES: Final = frozenset(("action", "options", "webhooks"))
_NEEDED: Final = {
    "hubspot_client_id": "HUBSPOT_CLIENT_ID",
    "hubspot_client_secret": "HUBSPOT_CLIENT_SECRET",
    "api_url": "API_PUBLIC_URL",
}


class HubSpot:
    """See `app.crm.platform.Platform`."""

    key = "hubspot"
    name = "HubSpot"
    objects: Mapping[str, ObjectKind] = OBJECTS
    triggers = frozenset(("created", "changed"))
    quiet_properties = QUIET
    secret_inbound: str | None = None
    login_places: str | None = None
    signs_for_users = False

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # A step begins to wait once HubSpot has our answer to it.
        self.answer_delay = 5.0 * settings.crm_retry_scale

    def missing_settings(self) -> Sequence[str]:
        return [name for field, name in _NEEDED.items() if not getattr(self._settings, field)]

    def check_login_url(self, login_url: str | None) -> str | None:
        if login_url is not None:
            raise InvalidRequest("HubSpot has one place to sign in: leave loginUrl out.", field="loginUrl")
        return None

    def authorize_url(self, connection: CrmConnection, state: str, challenge: str) -> str:
        return authorising.authorize_url(self._settings, state)

    def exchange(self, door: Door, connection: CrmConnection, code: str, verifier: str) -> Grant:
        return authorising.exchange(self._settings, door, code)

    def grant_by_key(self, door: Door, connection: CrmConnection) -> Grant | None:
        return None

    def refresh(self, door: Door, connection: CrmConnection, grant: Grant) -> Grant:
        return authorising.refresh(self._settings, door, grant)

    def leave(self, door: Door, connection: CrmConnection, grant: Grant) -> None:
        authorising.leave(self._settings, door, grant)

    def properties_of(self, line: Line, object: str) -> frozenset[str]:
        return records.properties_of(line, object)

    def read(
        self, line: Line, object: str, record_id: str, properties: Sequence[str], of_person: Sequence[str] = ()
    ) -> Record:
        return records.read(line, object, record_id, properties, of_person)

    def latest(self, line: Line, object: str) -> str | None:
        return records.latest(line, object)

    def find_by_number(self, line: Line, spellings: Sequence[str]) -> Sequence[Record]:
        return records.find_by_number(line, spellings)

    def write_call(self, line: Line, record: Record, note: CallNote) -> str:
        return writing.write_call(line, record, note)

    def answer(self, line: Line, waiting: Waiting, ending: Ending) -> str:
        return telling.complete(line, waiting, ending)

    def reading_of(self, status: int, headers: Mapping[str, str], json: Any) -> CrmFailed | None:
        return limits.reading_of(status, headers, json)

    def waits(self, enrolment_source: str) -> bool:
        return enrolment_source == "action"

    def receive(self, name: str, request: Inbound, arrivals: Arrivals) -> Reply:
        """Answer what HubSpot asks of the app: `action` and `options` of a workflow's step, `webhooks`.

        What is not signed as HubSpot signs is Unauthenticated: HubSpot sends that never again, and shows it in the
        workflow's history or the app's log.
        """
        if name not in _NAMES:
            raise NotFound("HubSpot has nothing to tell here.")
        if not is_signed(request, self._settings.hubspot_client_secret, time.time()):
            raise Unauthenticated("This is not signed by HubSpot, or is older than five minutes.")
        asked = _read(request.body)
        if name == "action":
            return _reply(act(asked, arrivals))
        if name == "options":
            return _reply(choices_for(asked))
        hear(asked, self._settings.hubspot_app_id, arrivals)
        return Reply(204)


def _read(body: bytes) -> Any:
    """The JSON of a body, its texts such as a table can hold."""
    try:
        return _storable(json.loads(body))
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is not JSON.") from None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(name): _storable(each) for name, each in value.items()}
    return value


def _reply(answer: Any) -> Reply:
    return Reply(200, json.dumps(answer).encode())

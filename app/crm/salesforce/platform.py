"""Salesforce as a CRM of the hub's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.config import Settings
from app.crm.failures import CrmFailed
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
from app.crm.salesforce import events, failing, hosts, messages, oauth, records, tasks
from app.crm.salesforce.api import Api
from app.errors import NotFound, Unavailable
from app.models.crm import CrmConnection

_NEEDED: Final = ("salesforce_client_id", "salesforce_client_secret")


class Salesforce:
    """The organisations of Salesforce. See `app.crm.platform.Platform` for what each part takes and gives."""

    key = "salesforce"
    name = "Salesforce"
    objects: Mapping[str, ObjectKind] = records.OBJECTS
    triggers = frozenset({"message"})
    quiet_properties: frozenset[str] = frozenset()
    secret_inbound: str | None = "messages"  # noqa: S105 - an address, no password
    login_places: str | None = hosts.PLACES

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # A flow that has started a call pauses a moment later, and hears no event from before.
        self.answer_delay = 10.0 * settings.crm_retry_scale

    @property
    def signs_for_users(self) -> bool:
        return bool(self._settings.salesforce_private_key)

    def missing_settings(self) -> Sequence[str]:
        return [name.upper() for name in _NEEDED if not getattr(self._settings, name)]

    def check_login_url(self, login_url: str | None) -> str | None:
        """`production`, `sandbox`, or the address of a My Domain."""
        return hosts.login_url(self._settings, login_url)

    def authorize_url(self, connection: CrmConnection, state: str, challenge: str) -> str:
        return oauth.authorize_url(self._settings, self._login(connection), state, challenge)

    def exchange(self, door: Door, connection: CrmConnection, code: str, verifier: str) -> Grant:
        return oauth.exchange(door, self._settings, self._login(connection), code, verifier)

    def grant_by_key(self, door: Door, connection: CrmConnection) -> Grant | None:
        if not connection.username:
            return None
        if not self._settings.salesforce_private_key:
            raise Unavailable("This hub has no key for Salesforce (SALESFORCE_PRIVATE_KEY): authorise by the link.")
        return oauth.grant_by_key(door, self._settings, self._login(connection), connection.username)

    def refresh(self, door: Door, connection: CrmConnection, grant: Grant) -> Grant:
        return oauth.refresh(door, self._settings, self._login(connection), connection.username, grant)

    def leave(self, door: Door, connection: CrmConnection, grant: Grant) -> None:
        oauth.revoke(door, self._login(connection), grant)

    def properties_of(self, line: Line, object: str) -> frozenset[str]:
        return records.properties_of(Api(line), object)

    def read(
        self, line: Line, object: str, record_id: str, properties: Sequence[str], of_person: Sequence[str] = ()
    ) -> Record:
        return records.read(Api(line), object, record_id, properties, of_person)

    def latest(self, line: Line, object: str) -> str | None:
        return records.latest(Api(line), object)

    def find_by_number(self, line: Line, spellings: Sequence[str]) -> Sequence[Record]:
        return records.find_by_number(Api(line), spellings)

    def write_call(self, line: Line, record: Record, note: CallNote) -> str:
        return tasks.write_call(Api(line), record, note)

    def answer(self, line: Line, waiting: Waiting, ending: Ending) -> str:
        return events.publish(Api(line), waiting, ending)

    def reading_of(self, status: int, headers: Mapping[str, str], json: Any) -> CrmFailed | None:
        return failing.reading_of(status, json)

    def waits(self, enrolment_source: str) -> bool:
        """Any flow may wait for the event, also one that did not ask for the call itself."""
        return True

    def receive(self, name: str, request: Inbound, arrivals: Arrivals) -> Reply:
        """An outbound message: stored first, then acknowledged. Where it came wrong, nothing says in which way."""
        place, _, secret = name.partition("/")
        connection = arrivals.connection_at(secret) if place == self.secret_inbound and secret else None
        if request.method != "POST" or connection is None or connection.platform != self.key:
            raise NotFound("There is nothing here.")
        message = messages.read(request.body)
        if message.organisation != connection.external_id:
            raise NotFound("There is nothing here.")
        arrivals.note_changes(connection, message.changes)
        return Reply(200, messages.ACK, messages.ACK_TYPE)

    def _login(self, connection: CrmConnection) -> str:
        return connection.login_url or hosts.login_url(self._settings, None)

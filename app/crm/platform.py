"""What a CRM's module has to offer. The verbs of this folder know no CRM by name; `registry` is where one is added.

A module speaks to its CRM through a Line alone, which authorises, records and limits its requests. Whatever it is
asked for may raise what the Line raises (`app.crm.failures`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from app.crm.failures import CrmFailed
from app.models.crm import CrmConnection

Outcome = Literal["reached", "voicemail", "no_answer", "busy", "failed", "canceled", "refused", "timed_out"]


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """A kind of record that can be called: `key` as rules and templates name it (`contact`), `name` the CRM's own.

    `numbers` are the properties that hold phone numbers, best first; `names` those that make up a person's name, in
    order; `person` is False for a record (a deal) whose number is that of the person it belongs to, a record of the
    object `belongs_to`.
    """

    key: str
    name: str
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    person: bool = True
    belongs_to: str = "contact"


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the CRM has it now. `id` is the CRM's present one: it may differ from what was asked (merged).

    `properties` are texts by the CRM's own names; empty ones are left out. `related` holds the record's person, by
    object key, where the record is no person itself.
    """

    object: str
    id: str
    properties: Mapping[str, str]
    related: Mapping[str, "Record"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a CRM has granted. `external_id` is the portal or the organisation, `external_name` what people call it;
    `base_url` is where its API is, without a trailing slash. `refresh_token` is None where a new grant is had without.
    """

    access_token: str
    refresh_token: str | None
    expires_at: datetime
    external_id: str
    external_name: str
    base_url: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What is told of an enrolment's or a call's end. `cost` in cents, `duration` in seconds.

    `call_id` is None, and `refusal` the sentence and `refusal_code` its code, where no call was made. `status` is the
    call's, `refused` without one, and `timed_out` when the call had not ended by the enrolment's deadline.
    `answers` are those to the enrolment's questions, in their order; "" where the call gave none.
    """

    call_id: UUID | None
    status: str
    outcome: Outcome
    summary: str
    duration: int
    cost: int
    answered_by: str
    end_reason: str
    answers: Sequence[str]
    test: bool
    refusal: str | None = None
    refusal_code: str | None = None


@dataclass(frozen=True, slots=True)
class CallNote:
    """A call as it is put on a record. `turns` are (role, text), role `agent` or `human`; `page_url` is where the
    hub shows it, "" where that is not known.
    """

    call_id: UUID
    ending: Ending
    to_number: str
    from_number: str
    callee: str | None
    instructions: str
    started_at: datetime
    turns: Sequence[tuple[str, str]]
    page_url: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who waits for an ending in the CRM. `callback_id` is the CRM's name for it, where it gave one."""

    enrolment_id: UUID
    callback_id: str | None
    object: str | None
    record_id: str | None


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request of a CRM's to us. `url` is the public one, query included; header names in small letters."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a CRM."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a CRM has answered, a 2xx; `json` is None where there is no JSON."""

    status: int
    headers: Mapping[str, str]
    json: Any


class Line(Protocol):
    """A connection's way to its CRM. Every request is authorised, recorded, and held to the CRM's limits."""

    connection: CrmConnection

    def get(self, path: str, *, params: Mapping[str, str] | None = None) -> Answer:
        """Read. Paths are below the grant's `base_url`. Raises what `app.crm.failures` lists."""

    def ask(self, method: str, path: str, *, json: Any) -> Answer:
        """Read by a request that has a body (a search), or answer what waits: sent in either mode. None is no body."""

    def write(self, method: str, path: str, *, json: Any, unsent: Any) -> Answer:
        """Change the CRM's records: sent in live mode alone. In test mode it is recorded as unsent, and `unsent` is
        taken for the JSON of its answer.
        """


class Door(Protocol):
    """The way to a CRM's authorisation server, without a connection's grant. Its requests are recorded, too."""

    def form(self, url: str, fields: Mapping[str, str]) -> Answer:
        """POST a form. Raises what `app.crm.failures` lists; a 401 raises Refused, too, with what the CRM said."""

    def get(self, url: str, *, bearer: str) -> Answer: ...

    def delete(self, url: str, *, bearer: str | None = None) -> Answer: ...


class Arrivals(Protocol):
    """What a CRM's inbound requests lead to; given to `Platform.receive`. All in one transaction of its own each."""

    def connection_of(self, external_id: str) -> CrmConnection | None:
        """The connection of a portal or organisation, if it is active or broken."""

    def connection_at(self, secret: str) -> CrmConnection | None:
        """The connection whose secret inbound path this is (see CrmConnection.inbound_hash)."""

    def enrol_action(self, connection: CrmConnection, asked: "ActionAsked") -> datetime:
        """Store a workflow's request for a call, once for each `key`; when its wait is over at the latest."""

    def note_changes(self, connection: CrmConnection, changes: Sequence["Change"]) -> int:
        """Enrol what the connection's rules want of changes, once for each change and rule; how many."""

    def note_erased(self, connection: CrmConnection, object: str, record_id: str) -> None:
        """Have the calls about a record erased, which the CRM has erased for a person's privacy."""

    def note_left(self, connection: CrmConnection) -> None:
        """The CRM's side has taken the authorisation back."""


@dataclass(frozen=True, slots=True)
class ActionAsked:
    """A workflow step that wants a call and waits for its end. `key` is the same when the CRM asks again.

    `number` is as people write numbers, "" for that of the record's person, where the record is none itself; `country`
    (ISO 3166, "" for the connection's) reads it. `wait_seconds` is how long the CRM's step waits at most, and
    `questions` are what the call is to find out.
    """

    key: str
    object: str
    record_id: str
    number: str
    instructions: str
    first_message: str = ""
    name: str = ""
    country: str = ""
    questions: Sequence[str] = ()
    wait_seconds: int = 86400


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a record, as a CRM tells it. `key` is the same when it is told again; `ours` if we made it.

    `record` is what came with it (Salesforce), None where it has to be read (HubSpot).
    """

    key: str
    object: str
    record_id: str
    trigger: Literal["created", "changed", "message"]
    property: str | None = None
    ours: bool = False
    record: Record | None = None


class Platform(Protocol):
    """One CRM. `key` is its name in URLs and tables, `name` what people call it.

    `objects` are by key. `triggers` are what its rules can hear of. `quiet_properties` change by our own writing: no
    rule may hear of them. `answer_delay` is how many seconds after a call was asked for, and after it was made,
    its ending may be told at the earliest (what waits may have to begin waiting first).

    `login_places` says in words what a connection's login address may be, None for a CRM with one place to sign in;
    `signs_for_users` is whether this hub can be authorised for a username, without a person (see `grant_by_key`).

    `secret_inbound` is the name of the inbound address that every connection has one of its own of, for CRMs that sign
    nothing: `messages` for /crm/<key>/messages/<secret> (see `Arrivals.connection_at`). None where there is none.
    """

    key: str
    name: str
    objects: Mapping[str, ObjectKind]
    triggers: frozenset[str]
    quiet_properties: frozenset[str]
    answer_delay: float
    secret_inbound: str | None
    login_places: str | None

    @property
    def signs_for_users(self) -> bool: ...

    def missing_settings(self) -> Sequence[str]:
        """Names of the settings that this hub lacks for this CRM; none when it is ready."""

    def check_login_url(self, login_url: str | None) -> str | None:
        """Where to sign in: as it is kept, None for the CRM's one place. Raises InvalidRequest (`loginUrl`)."""

    def authorize_url(self, connection: CrmConnection, state: str, challenge: str) -> str:
        """Where a person authorises us. `challenge` is a PKCE S256 challenge, for CRMs that know it."""

    def exchange(self, door: Door, connection: CrmConnection, code: str, verifier: str) -> Grant:
        """The grant for the code of an authorisation. Raises InvalidRequest in words for the person."""

    def grant_by_key(self, door: Door, connection: CrmConnection) -> Grant | None:
        """A grant for `connection.username` without a person (JWT bearer); None where the CRM has no such way."""

    def refresh(self, door: Door, connection: CrmConnection, grant: Grant) -> Grant:
        """A new access token. Raises Revoked when the CRM has taken the authorisation back."""

    def leave(self, door: Door, connection: CrmConnection, grant: Grant) -> None:
        """Take the authorisation back at the CRM (uninstall, revoke). Twice is no error."""

    def properties_of(self, line: Line, object: str) -> frozenset[str]:
        """The names of the properties that records of an object have."""

    def read(
        self, line: Line, object: str, record_id: str, properties: Sequence[str], of_person: Sequence[str] = ()
    ) -> Record:
        """A record with some properties, and its person with those `of_person` where it is none. Raises Gone."""

    def latest(self, line: Line, object: str) -> str | None:
        """The id of the record that changed last, for dry runs; None when there is none."""

    def find_by_number(self, line: Line, spellings: Sequence[str]) -> Sequence[Record]:
        """The persons (at most 10) one of whose numbers is spelt so; E.164 comes first among the spellings."""

    def write_call(self, line: Line, record: Record, note: CallNote) -> str:
        """Put a call on a record's timeline, once for each call however often it is asked; the CRM's id of it.

        Raises Gone when the record is not there any more.
        """

    def answer(self, line: Line, waiting: Waiting, ending: Ending) -> str:
        """Tell what waits how it ended; what came of it in a word. What does not wait any more is no error."""

    def reading_of(self, status: int, headers: Mapping[str, str], json: Any) -> CrmFailed | None:
        """What an answer that is no 2xx means, where this CRM tells it in a way of its own (a daily limit as a 403, a
        conflict that stays one); None for the usual reading. Header names in small letters. A 401 is never asked about
        before the token was renewed.
        """

    def waits(self, enrolment_source: str) -> bool:
        """Whether something waits for the end of such an enrolment (`action`, `rule`, `flow`)."""

    def receive(self, name: str, request: Inbound, arrivals: Arrivals) -> Reply:
        """Answer a request to `/crm/<key>/<name>`. Raises NotFound, Unauthenticated, InvalidRequest."""

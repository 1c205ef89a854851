"""A CRM of paper, which speaks to no cloud: what is asked of it is noted, and it fails when it is told to."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from app.calls.ports import Answerer, Spoken
from app.config import Mode, Settings
from app.crm.enrolling import enrol_action
from app.crm.failures import CrmFailed, Gone
from app.crm.grants import sealed
from app.crm.platform import (
    ActionAsked,
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
from app.crm.working import CrmWorker
from app.db import execute, rows
from app.models.account import Account
from app.models.crm import CrmConnection, CrmEnrolment, CrmJob
from app.vault import Vault

CONTACT = ObjectKind("contact", "contacts", ("phone", "mobile"), ("firstname",))
DEAL = ObjectKind("deal", "deals", (), (), person=False)
EXPIRES = datetime(2100, 1, 1, tzinfo=UTC)


class Paper:
    """`people` are its records by id, a deal's with the id of its `contact`; `merged` has the present ids of those that
    were merged. `fails` are raised, one after the other, by whatever is asked of it."""

    key = "paper"
    name = "Paper"
    objects: Mapping[str, ObjectKind] = {"contact": CONTACT, "deal": DEAL}
    triggers = frozenset({"created", "changed"})
    quiet_properties = frozenset[str]()
    answer_delay = 0.0
    secret_inbound = None
    login_places: str | None = None
    signs_for_users = False

    def __init__(self) -> None:
        self.people: dict[str, dict[str, str]] = {}
        self.merged: dict[str, str] = {}
        self.fails: list[Exception] = []
        self.told: list[tuple[Waiting, Ending]] = []
        self.written: list[tuple[Record, CallNote, str]] = []
        self.reads: list[str] = []
        self.left = 0
        self.told_at = 0.0
        self.at_once = 0
        self.most_at_once = 0
        self.slow_seconds = 0.0
        self._lock = threading.Lock()

    def missing_settings(self) -> Sequence[str]:
        return ()

    def check_login_url(self, login_url: str | None) -> str | None:
        return login_url

    def authorize_url(self, connection: CrmConnection, state: str, challenge: str) -> str:
        raise NotImplementedError

    def exchange(self, door: Door, connection: CrmConnection, code: str, verifier: str) -> Grant:
        raise NotImplementedError

    def grant_by_key(self, door: Door, connection: CrmConnection) -> Grant | None:
        return None

    def refresh(self, door: Door, connection: CrmConnection, grant: Grant) -> Grant:
        raise NotImplementedError

    def leave(self, door: Door, connection: CrmConnection, grant: Grant) -> None:
        self._asked()
        self.left += 1

    def properties_of(self, line: Line, object: str) -> frozenset[str]:
        return frozenset({"phone", "mobile", "firstname"})

    def read(
        self, line: Line, object: str, record_id: str, properties: Sequence[str], of_person: Sequence[str] = ()
    ) -> Record:
        self._asked()
        self.reads.append(record_id)
        if record_id not in self.people:
            raise Gone("Answered 404.", 404)
        held = self.people[record_id]
        related = {"contact": self.read(line, "contact", held["contact"], of_person)} if "contact" in held else {}
        return Record(object, self.merged.get(record_id, record_id), held, related)

    def latest(self, line: Line, object: str) -> str | None:
        return next(iter(self.people), None)

    def find_by_number(self, line: Line, spellings: Sequence[str]) -> Sequence[Record]:
        self._asked()
        return [Record("contact", one, held) for one, held in self.people.items() if held.get("phone") in spellings]

    def write_call(self, line: Line, record: Record, note: CallNote) -> str:
        self._asked()
        self.written.append((record, note, line.connection.mode))
        return f"note of {record.id}"

    def answer(self, line: Line, waiting: Waiting, ending: Ending) -> str:
        self._asked()
        self.told.append((waiting, ending))
        self.told_at = time.monotonic()
        return "completed"

    def reading_of(self, status: int, headers: Mapping[str, str], json: Any) -> CrmFailed | None:
        return None

    def waits(self, enrolment_source: str) -> bool:
        return enrolment_source == "action"

    def receive(self, name: str, request: Inbound, arrivals: Arrivals) -> Reply:
        raise NotImplementedError

    def _asked(self) -> None:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            failure = self.fails.pop(0) if self.fails else None
        try:
            time.sleep(self.slow_seconds)
            if failure:
                raise failure
        finally:
            with self._lock:
                self.at_once -= 1


class Oracle:
    """A model that answers every question with its number, or fails as often as it is told to."""

    def __init__(self, *fails: Exception) -> None:
        self.fails = list(fails)
        self.asked: list[Sequence[str]] = []

    def answer(
        self, questions: Sequence[str], instructions: str, callee: str | None, turns: Sequence[Spoken]
    ) -> list[str]:
        self.asked.append(questions)
        if self.fails:
            raise self.fails.pop(0)
        return [f"answer {number}" for number, _ in enumerate(questions, 1)]


def a_connection(account: Account, settings: Settings, **columns: Any) -> CrmConnection:
    """A connection to the CRM of paper that is authorised for ever."""
    external = uuid4().hex
    grant = Grant("access", "refresh", EXPIRES, external, "Jane's", "https://paper.example")
    made = CrmConnection.create(
        **{
            "account_id": account.id,
            "platform": "paper",
            "status": "active",
            "name": "Jane's",
            "external_id": external,
            "default_country": "US",
            "credentials": sealed(grant, Vault(settings.encryption_keys)),
            "expires_at": EXPIRES,
            "created_at": datetime.now(UTC),
            "updated_at": datetime.now(UTC),
            **columns,
        }
    )
    found: CrmConnection = CrmConnection.get_by_id(made.id)
    return found


def an_enrolment(
    connection: CrmConnection, paper: Paper, number: str = "+15551234567", record: str = "7", **asked: Any
) -> CrmEnrolment:
    """What a workflow's step asks for, stored as it arrives."""
    key = asked.pop("key", uuid4().hex)
    wanted = ActionAsked(
        key, asked.pop("object", "contact"), record, number, asked.pop("instructions", "Ask for the hours."), **asked
    )
    enrol_action(connection, paper, wanted)
    found: CrmEnrolment = CrmEnrolment.get(CrmEnrolment.callback_id == key)
    return found


def late(enrolment: CrmEnrolment, seconds: float = 1.0) -> None:
    """The enrolment's deadline has come."""
    execute(
        "UPDATE crm_enrolment SET deadline_at = now() - %s * interval '1 second' WHERE id = %s",
        (seconds, enrolment.id),
    )
    execute("UPDATE crm_job SET due_at = now() WHERE enrolment_id = %s AND kind = 'answer'", (enrolment.id,))


def job_of(kind: str, enrolment: CrmEnrolment | None = None) -> CrmJob:
    """The only job of a kind, of an enrolment where one is given."""
    query = CrmJob.select().where(CrmJob.kind == kind)
    found = list(query.where(CrmJob.enrolment_id == enrolment.id) if enrolment else query)
    assert len(found) == 1
    job: CrmJob = found[0]
    return job


def again(enrolment: CrmEnrolment) -> CrmEnrolment:
    """The enrolment as it stands now."""
    found: CrmEnrolment = CrmEnrolment.get_by_id(enrolment.id)
    return found


def work(
    settings: Settings,
    paper: Paper,
    until: Callable[[], object],
    *,
    answerers: Mapping[Mode, Answerer] | None = None,
    others: Mapping[str, "Paper"] | None = None,
    seconds: float = 10,
    hurry: bool = True,
) -> None:
    """Work the lane until something is so. In a hurry, nobody waits for the time of a next try."""
    worker = CrmWorker(settings, {"paper": paper, **(others or {})}, answerers or {})
    deadline = time.monotonic() + seconds
    try:
        while not until():
            assert time.monotonic() < deadline, rows("SELECT kind, status, error, tries, due_at FROM crm_job")
            worker.step()
            if hurry:
                execute("UPDATE crm_job SET due_at = now() WHERE due_at > now() AND error IS NOT NULL")
            time.sleep(0.01)
    finally:
        worker.close()


def is_over(*kinds: str) -> Callable[[], bool]:
    """Whether there are jobs of each of these kinds, and none of them is pending."""

    def look() -> bool:
        found = rows("SELECT kind, status FROM crm_job WHERE kind = ANY(%s)", (list(kinds),))
        return {one["kind"] for one in found} == set(kinds) and all(one["status"] != "pending" for one in found)

    return look


def request_of(job_id: UUID, connection: CrmConnection, body: str) -> None:
    """A request that a job has left, with what it would have written."""
    execute(
        "INSERT INTO crm_request (connection_id, job_id, purpose, method, path, sent, body, duration_ms)"
        " VALUES (%s, %s, 'write', 'POST', '/calls', false, to_jsonb(%s::text), 0)",
        (connection.id, job_id, body),
    )


def aged(table: str, days: int) -> None:
    """All of a table's rows are so much older."""
    column = {"crm_job": "completed_at"}.get(table, "created_at")
    execute(f"UPDATE {table} SET {column} = {column} - %s * interval '1 day'", (days,))


def ago(**spent: float) -> datetime:
    return datetime.now(UTC) - timedelta(**spent)

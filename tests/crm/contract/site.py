"""A CRM and an account of the hub's that works with it: what the shared tests do, in the words of neither CRM."""

import html
import http.client
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from app.crm.platform import Platform
from tests.crm.stand_in import StandIn, Written
from tests.hub import OVER, Answer, Holder, Hub, wait_until

BUSY: Final = "+15550100002"  # the sandbox's quickest call
NEVER_ENDS: Final = "+15550100013"  # the carrier never says how it went
_NOT_LEAVING: Final = """
UPDATE crm_job SET status = 'skipped', due_at = NULL, completed_at = now()
WHERE account_id = %s AND kind = 'leave' AND status = 'pending' AND claim_token IS NULL
"""
_LEAVING: Final = "SELECT 1 FROM crm_job WHERE account_id = %s AND kind = 'leave' AND claim_token IS NOT NULL"
_CLEARED: Final = "UPDATE crm_connection SET status = 'disconnected', inbound_hash = NULL WHERE account_id = %s"


@dataclass(slots=True)
class Site:
    """`holder` is whose connection it is; `connection` its object as the API gave it last, empty before `connect`."""

    hub: Hub
    cloud: StandIn
    platform: Platform
    holder: Holder
    connection: dict[str, Any] = field(default_factory=dict)
    _told_before: int = field(init=False)
    _is_down: bool = False

    def __post_init__(self) -> None:
        self._told_before = len(self.cloud.endings())

    # Connecting

    def link(self, **fields: Any) -> Answer:
        """Ask for a connection; the answer has the link by which a person authorises it."""
        body = {"platform": self.platform.key, "defaultCountry": "US"} | fields
        answer = self.hub.post("/crm/connections", body, self.holder.test_key)
        if answer.status == 201:
            self.connection = answer.json
            self.cloud.told(answer.json)
        return answer

    def connect(self, *, live: bool = False, **fields: Any) -> dict[str, Any]:
        """A connection that a person has authorised, and in live mode if that is asked for."""
        answer = self.link(**fields)
        assert answer.status == 201, answer
        page = visit(self.cloud.grant(answer.json["authorizeUrl"]))
        assert page.status == 200, page
        if live:
            answer = self.change_connection(mode="live")
            assert answer.status == 200, answer
        return self.look()

    def look(self) -> dict[str, Any]:
        """The connection as it is now. What is told at its beginning alone is kept."""
        answer = self.hub.get(f"/crm/connections/{self.id}", self.holder.test_key)
        assert answer.status == 200, answer
        self.connection |= answer.json
        return self.connection

    def change_connection(self, **fields: Any) -> Answer:
        answer = self.hub.put(f"/crm/connections/{self.id}", fields, self.holder.live_key)
        if answer.status == 200:
            self.connection |= answer.json
        return answer

    @property
    def id(self) -> str:
        found: str = self.connection["id"]
        return found

    # What happens in the CRM

    def person(self, number: str | None = None, name: str = "Sam", **properties: str) -> str:
        """A new person; the id. Without a number, the property for it is left out."""
        numbered = {self.cloud.number_property: number} if number else {}
        return self.cloud.add(self.cloud.person, **{self.cloud.name_property: name} | numbered | properties)

    def start(self, record: str, number: str, key: str | None = None, **asked: Any) -> int:
        """A step of a workflow asks for a call and waits; the status of our answer.

        Where the CRM's steps ask by the API, so does this.
        """
        named = key or a_key()
        try:
            return self.cloud.start(self.hub.url, record, number, key=named, **asked)
        except NotImplementedError:
            about = {"object": self.cloud.person, "recordId": record}
            body = self.flow_call(number, **about, **asked)
            return self.hub.ask("POST", "/crm/calls", self.key, body, {"Idempotency-Key": named}).status

    def enrol(self, number: str, record: str | None = None, **asked: Any) -> None:
        """Such a step is taken, about a new person unless `record` is given."""
        status = self.start(record or self.person(number), number, **asked)
        assert status in (200, 201), status

    @property
    def key(self) -> str:
        """An API key of the mode that the connection has."""
        return self.holder.live_key if self.connection["mode"] == "live" else self.holder.test_key

    def change(self, record: str, key: str | None = None, *, rule: Mapping[str, Any]) -> None:
        """The CRM tells of a change of which a rule hears, and is told that we have it."""
        assert 200 <= self.tell(record, key, rule=rule) < 300

    def tell(self, record: str, key: str | None = None, *, rule: Mapping[str, Any]) -> int:
        """Likewise; the status of our answer."""
        return self.cloud.change(
            self.hub.url,
            rule["object"],
            record,
            key=key or a_key(),
            trigger=rule["trigger"],
            property=rule.get("property") or "",
        )

    def flow_call(self, number: str, **fields: Any) -> dict[str, Any]:
        """The body of a request for a call about a record, as a flow sends it."""
        about = {"platform": self.platform.key, "externalId": self.cloud.external_id}
        return about | {"phoneNumber": number, "instructions": "Ask for the opening hours."} | fields

    def down(self) -> None:
        """The CRM cannot be reached, until `up`."""
        self.cloud.down()
        self._is_down = True

    def up(self) -> None:
        if self._is_down:
            self.cloud.up()
            self._is_down = False

    # Rules

    def rule(self, trigger: str | None = None, **fields: Any) -> dict[str, Any]:
        """A rule of the connection's about people; its object. Without `trigger` the CRM's first starts it."""
        answer = self.ask_rule(trigger, **fields)
        assert answer.status == 201, answer
        made: dict[str, Any] = answer.json
        return made

    def ask_rule(self, trigger: str | None = None, **fields: Any) -> Answer:
        return self.hub.post("/crm/rules", self.rule_body(trigger) | fields, self.key)

    def rule_body(self, trigger: str | None = None) -> dict[str, Any]:
        """What a rule is made of, with the person's name in its instructions."""
        name = f"{{{{{self.cloud.person}.{self.cloud.name_property}}}}}"
        chosen = trigger or sorted(self.platform.triggers)[0]
        about = {"property": self.cloud.name_property} if chosen == "changed" else {}
        return {
            "connectionId": self.id,
            "name": "Call them",
            "object": self.cloud.person,
            "trigger": chosen,
            "numberProperties": [self.cloud.number_property],
            "instructions": f"Ask {name} whether they still want the offer.",
        } | about

    # What came of it

    def enrolments(self) -> list[dict[str, Any]]:
        return self.hub.rows("SELECT * FROM crm_enrolment WHERE account_id = %s ORDER BY created_at", (self.holder.id,))

    def jobs(self, kind: str) -> list[dict[str, Any]]:
        return self.hub.rows(
            "SELECT * FROM crm_job WHERE account_id = %s AND kind = %s ORDER BY created_at", (self.holder.id, kind)
        )

    def calls(self) -> list[dict[str, Any]]:
        return self.hub.rows("SELECT * FROM call WHERE account_id = %s ORDER BY created_at", (self.holder.id,))

    def ended_call(self, seconds: float = 20) -> dict[str, Any]:
        """The account's only call, as soon as it has ended."""
        found = wait_until(lambda: [call for call in self.calls() if call["status"] in OVER], seconds=seconds)
        assert len(self.calls()) == 1
        return found[0]

    def refusal(self, seconds: float = 10) -> dict[str, Any]:
        """Why the account's only enrolment has no call, as soon as that is certain."""
        found = wait_until(lambda: [row for row in self.enrolments() if row["refusal"]], seconds=seconds)
        assert len(found) == 1
        refusal: dict[str, Any] = found[0]["refusal"]
        return refusal

    def settled(self, kind: str, count: int = 1, seconds: float = 20) -> list[dict[str, Any]]:
        """The account's jobs of a kind, as soon as `count` of them are done with."""

        def done() -> list[dict[str, Any]] | None:
            found = [job for job in self.jobs(kind) if job["status"] != "pending"]
            return found if len(found) >= count else None

        return wait_until(done, seconds=seconds)

    def notes(self, call_id: object) -> list[Written]:
        """The call on timelines, duplicates as such; its text as it is read, where the CRM takes HTML."""
        found = [note for note in self.cloud.written() if note.call_id == str(call_id)]
        return [replace(note, text=html.unescape(note.text)) for note in found]

    def endings(self) -> list[Mapping[str, Any]]:
        """What steps or flows were told since the test began."""
        return self.cloud.endings()[self._told_before :]

    def all_told(self, count: int, seconds: float = 20) -> list[Mapping[str, Any]]:
        """What they were told, as soon as it is so much."""
        return wait_until(lambda: found if len(found := self.endings()) >= count else None, seconds=seconds)

    def told(self, seconds: float = 20) -> Mapping[str, Any]:
        """The only thing that they were told, as soon as there is something."""
        (only,) = self.all_told(1, seconds)
        return only

    def unsent(self) -> list[dict[str, Any]]:
        """What a connection in test mode would have written."""
        return [request for request in self.requests() if not request["sent"]]

    def requests(self) -> list[dict[str, Any]]:
        """What was recorded of the way to the CRM, newest first."""
        listed = self.hub.get(f"/crm/connections/{self.id}/requests?limit=100", self.key)
        assert listed.status == 200, listed
        found: list[dict[str, Any]] = listed.json["data"]
        return found

    def writing_path(self) -> str:
        """Where a call is put on a record, as a connection in test mode shows it; its test call is over then."""
        self.enrol(BUSY)
        self.settled("write")
        call_id = str(self.calls()[-1]["id"])
        path: str = next(request["path"] for request in self.unsent() if call_id in str(request["body"]))
        return path

    def answering_path(self) -> str:
        """The beginning of the path by which what waits was told last."""
        path: str = self.hub.rows(
            "SELECT path FROM crm_request WHERE connection_id = %s AND purpose = 'answer' ORDER BY created_at DESC",
            (self.id,),
        )[0]["path"]
        waiting = [row["callback_id"] for row in self.enrolments() if row["callback_id"]]
        return next((path.partition(name)[0] for name in waiting if name in path), path)

    def barred(self) -> datetime | None:
        found = self.hub.rows("SELECT barred_until FROM crm_connection WHERE id = %s", (self.id,))
        until: datetime | None = found[0]["barred_until"]
        return until

    def clear(self) -> None:
        """Whole again for the next test, however this one went: nothing of it ends an authorisation any more."""
        self.up()
        self.hub.restore()
        self.hub.rows(_NOT_LEAVING, (self.holder.id,))
        wait_until(lambda: not self.hub.rows(_LEAVING, (self.holder.id,)), seconds=30)
        self.hub.rows(_CLEARED, (self.holder.id,))


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser is shown."""

    status: int
    text: str


def visit(url: str) -> Page:
    """A browser follows a link to us; redirects are not followed."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        return Page(response.status, response.read().decode())
    finally:
        connection.close()


def a_key() -> str:
    """A CRM's name for something that happened; digits alone, as some have numbers for it."""
    return str(uuid.uuid4().int % 10**15)


def a_number() -> str:
    return f"+1555{uuid.uuid4().int % 8 + 2}{uuid.uuid4().int % 10**6:06d}"


def national(number: str) -> str:
    """A number as it is written in the United States."""
    return f"({number[2:5]}) {number[5:8]}-{number[8:]}"


def secret_texts(value: object) -> str:
    """Anything as one text, to look for what must not be in it."""
    return json.dumps(value, default=str)

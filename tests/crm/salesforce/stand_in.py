"""A stand-in for Salesforce over real HTTP: signing in, records, queries, the platform event, outbound messages.

Written from Salesforce's documentation of OAuth, the REST API and outbound messaging.
"""

import json
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import parse_qsl, unquote, urlsplit
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.crm.salesforce.envelopes import Notified, envelope, notification_id
from tests.crm.salesforce.organisation import EVENT, ID, ApiError, Organisation
from tests.crm.salesforce.serving import Answered, Served
from tests.crm.salesforce.signing_in import CLIENT_ID, CLIENT_SECRET, OAuthError, SigningIn
from tests.crm.stand_in import Written

NAMES: Final = {
    "lead": "Lead", "contact": "Contact", "account": "Account", "opportunity": "Opportunity", "case": "Case",
    "role": "OpportunityContactRole",
}  # fmt: skip
API: Final = "/services/data/v65.0/"
_ENDING: Final = {
    "callId": "Call_Id__c", "status": "Status__c", "outcome": "Outcome__c", "summary": "Summary__c",
    "duration": "Duration__c", "cost": "Cost__c", "answeredBy": "Answered_By__c", "endReason": "End_Reason__c",
    "answer1": "Answer_1__c", "answer2": "Answer_2__c", "answer3": "Answer_3__c", "error": "Error__c",
    "errorCode": "Error_Code__c", "test": "Test__c",
}  # fmt: skip
_FAILURES: Final = {
    403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    503: ("SERVER_UNAVAILABLE", "The server is temporarily unavailable."),
}


@cache
def _key() -> RSAPrivateKey:
    """The hub's key, whose public half the app in the organisation knows; making one takes a moment."""
    return generate_private_key(65537, 2048)


class StandIn(Served):
    """One organisation of Salesforce. `signing_in` and `organisation` are its two halves, to be set up by tests."""

    external_id = ID
    person = "contact"
    number_property = "Phone"
    name_property = "FirstName"

    def __init__(self) -> None:
        super().__init__()
        key = _key()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        self.signing_in = SigningIn(self.url, key.public_key())
        self.organisation = Organisation()
        self.messages_url = ""
        self.settings: Mapping[str, Any] = {
            "salesforce_client_id": CLIENT_ID,
            "salesforce_client_secret": CLIENT_SECRET,
            "salesforce_private_key": pem.replace("\n", "\\n"),
            "salesforce_login_url": self.url,
            "salesforce_sandbox_login_url": self.url,
        }
        self._requests: list[tuple[str, str]] = []
        self._failing: list[Answered] = []
        self._lost: list[str] = []
        self._lock = threading.RLock()

    def told(self, connection: Mapping[str, Any]) -> None:
        self.messages_url = connection.get("inboundUrl") or self.messages_url

    def grant(self, authorize_url: str) -> str:
        return self.signing_in.authorize(authorize_url, agrees=True)

    def deny(self, authorize_url: str) -> str:
        return self.signing_in.authorize(authorize_url, agrees=False)

    def add(self, object: str, **properties: Any) -> str:
        with self._lock:
            return self.organisation.add(NAMES[object], properties)

    def delete(self, object: str, record_id: str) -> None:
        with self._lock:
            self.organisation.delete(NAMES[object], record_id)

    def written(self) -> list[Written]:
        with self._lock:
            tasks = [task for task in self.organisation.rows["Task"].values() if not task["IsDeleted"]]
        return [
            Written(task["CallObject"], task["Description"], tuple(filter(None, (task["WhoId"], task["WhatId"]))))
            for task in tasks
        ]

    def people(self) -> int:
        with self._lock:
            return sum(len(self.organisation.rows[name]) for name in ("Lead", "Contact"))

    def change(self, hub_url: str, object: str, record_id: str, *, key: str, trigger: str, property: str = "") -> int:
        """An outbound message about the record as it is now, to the secret address that the hub has named."""
        with self._lock:
            row = dict(self.organisation.rows[NAMES[object]][record_id])
        body = envelope([Notified(notification_id(key), NAMES[object], row)])
        return self.send(hub_url + urlsplit(self.messages_url).path, body)

    def send(self, url: str, body: bytes) -> int:
        """The status of the answer. An answer of 200 that does not acknowledge counts as none, as at Salesforce."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        try:
            with urlopen(Request(url, body, headers), timeout=20) as answer:
                acknowledged = b"<Ack>true</Ack>" in answer.read()
                return int(answer.status) if acknowledged else 0
        except HTTPError as error:
            with error:
                return error.code

    def start(self, hub_url: str, record_id: str, number: str, *, key: str, instructions: str = "Ask.") -> int:
        raise NotImplementedError("A flow of Salesforce's asks by POST /crm/calls.")

    def endings(self) -> list[Mapping[str, Any]]:
        return [{name: event[field] for name, field in _ENDING.items()} for event in self.events()]

    def events(self) -> list[Mapping[str, Any]]:
        """Every event that was published, in order."""
        with self._lock:
            rows = list(self.organisation.rows[EVENT].values())
        return [{name: "" if value is None else value for name, value in row.items()} for row in rows]

    def expire(self) -> None:
        with self._lock:
            self.signing_in.access_tokens.clear()

    def revoke(self) -> None:
        with self._lock:
            self.signing_in.end()
            self.signing_in.approved.clear()

    def fail(self, status: int, *, times: int = 1, retry_after: int | None = None) -> None:
        code, message = _FAILURES.get(status, ("UNKNOWN_EXCEPTION", "An unexpected error occurred."))
        self.refuse(status, code, message, times=times, retry_after=retry_after)

    def refuse(self, status: int, code: str, message: str, *, times: int = 1, retry_after: int | None = None) -> None:
        """Answer the next `times` requests with an error of the API's."""
        with self._lock:
            self._failing += [Answered(status, [{"message": message, "errorCode": code}], retry_after)] * times

    def lose_answer(self, path_part: str) -> None:
        with self._lock:
            self._lost.append(path_part)

    @property
    def requests(self) -> list[tuple[str, str]]:
        with self._lock:
            return list(self._requests)

    @property
    def refreshes(self) -> int:
        return self.signing_in.refreshes

    def answer(self, method: str, target: str, bearer: str, body: bytes) -> Answered:
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        with self._lock:
            self._requests.append((method, path))
            if path.startswith("/services/oauth2/"):
                return Answered(*self._oauth(path, dict(parse_qsl(body.decode()))))
            if self._failing:
                return self._failing.pop(0)
            lost = next((part for part in self._lost if part in path), None)
            if lost:
                self._lost.remove(lost)
            try:
                status, made = self._api(method, path, query, bearer, body)
            except ApiError as error:
                status, made = error.status, error.body
            return Answered(status, made, lost=lost is not None)

    def _oauth(self, path: str, fields: Mapping[str, str]) -> tuple[int, Any]:
        try:
            if path.endswith("/revoke"):
                self.signing_in.revoke(fields["token"])
                return 200, None
            return 200, self.signing_in.token(fields)
        except OAuthError as error:
            return 400, error.body

    def _api(self, method: str, path: str, query: Mapping[str, str], bearer: str, body: bytes) -> tuple[int, Any]:
        if bearer not in self.signing_in.access_tokens:
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if not path.startswith(API):
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        match (method, *unquote(path.removeprefix(API)).split("/")):
            case ("GET", "query" | "queryAll" as kind):
                return 200, self.organisation.query(query["q"], deleted=kind == "queryAll")
            case ("GET", "sobjects", name, "describe"):
                return 200, self.organisation.describe(name)
            case ("POST", "sobjects", name):
                made = self.organisation.insert(name, json.loads(body))
                queued = {"statusCode": "OPERATION_ENQUEUED", "message": made, "fields": []}
                return 201, {"id": made, "success": True, "errors": [queued] if name == EVENT else []}
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")

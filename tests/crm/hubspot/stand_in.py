"""HubSpot's cloud with one portal in it, over real HTTP, written from HubSpot's documentation.

Requests about calls and workflow actions are held against HubSpot's OpenAPI documents where these lie beside the
project; `violations` has what they do not allow.
"""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import re
import threading
import time
from collections.abc import Mapping
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.crm.hubspot.api import APP_ID, CLIENT_ID, CLIENT_SECRET, Api, Told, error
from tests.crm.hubspot.portal import Portal
from tests.crm.stand_in import Written

_AUTHORISATION: Final = ("/oauth/", "/appinstalls/")
_TYPES: Final = {"created": "creation", "changed": "propertyChange", "erased": "privacyDeletion"}


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class StandIn:
    """See `tests.crm.stand_in.StandIn`."""

    person = "contact"
    number_property = "phone"
    name_property = "firstname"

    def __init__(self) -> None:
        self.portal = Portal()
        self.api = Api(self.portal)
        self.external_id = self.portal.id
        self.steps: list[tuple[int, Any]] = []
        self._requests: list[tuple[str, str]] = []
        self._failures: list[tuple[int, int | None]] = []
        self._to_lose: list[str] = []
        self._to_refuse: list[tuple[str, int]] = []
        self._lock = threading.Lock()
        self._occurred: dict[str, int] = {}
        self._clock = itertools.count(int(time.time() * 1000))
        self._server: _Server | None = _Server(("127.0.0.1", 0), _handler(self))
        self._port = self._server.server_port
        self.url = f"http://127.0.0.1:{self._port}"
        self.settings: Mapping[str, Any] = {
            "hubspot_client_id": CLIENT_ID,
            "hubspot_client_secret": CLIENT_SECRET,
            "hubspot_app_id": APP_ID,
            "hubspot_base_url": self.url,
            "hubspot_authorize_url": f"{self.url}/oauth/authorize",
        }

    def __enter__(self) -> Self:
        self._serve()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    @property
    def violations(self) -> list[str]:
        """Requests that HubSpot's documents do not allow."""
        return self.api.violations

    def told(self, connection: Mapping[str, Any]) -> None:
        """Nothing in it matters to HubSpot: the app's addresses are the same for all portals."""

    def grant(self, authorize_url: str) -> str:
        asked = _asked(authorize_url)
        code = self.portal.code(asked["redirect_uri"])
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def deny(self, authorize_url: str) -> str:
        asked = _asked(authorize_url)
        said = {"error": "access_denied", "error_description": "The user denied access", "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(said)}"

    def add(self, object: str, **properties: str) -> str:
        return self.portal.add(object, properties)

    def add_for(self, object: str, persons: list[str], **properties: str) -> str:
        """A record that belongs to contacts; its id."""
        return self.portal.add(object, properties, persons)

    def delete(self, object: str, record_id: str) -> None:
        del self.portal.records[object, record_id]

    def written(self) -> list[Written]:
        return [
            Written(
                call.properties.get("mio_call_id", ""),
                _shown(f"{call.properties['hs_call_title']}<br>{call.properties['hs_call_body']}"),
                tuple(record_id for _, record_id in call.on),
            )
            for call in self.portal.calls.values()
        ]

    def people(self) -> int:
        return sum(1 for object, _ in self.portal.records if object == self.person)

    def change(self, hub_url: str, object: str, record_id: str, *, key: str, trigger: str, property: str = "") -> int:
        return self.tell(hub_url, [self.event(object, record_id, key=key, trigger=trigger, property=property)])

    def event(self, object: str, record_id: str, *, key: str, trigger: str, property: str = "") -> dict[str, Any]:
        """An event as HubSpot tells it. The same `key` happened at the same time."""
        event = {
            "eventId": next(self._clock),
            "subscriptionId": 7562680,
            "portalId": int(self.portal.id),
            "appId": int(APP_ID),
            "occurredAt": self._occurred.setdefault(key, next(self._clock)),
            "subscriptionType": f"{object}.{_TYPES[trigger]}",
            "attemptNumber": 0,
            "objectId": int(record_id),
            "changeSource": "CRM_UI",
            "sourceId": "userId:1234",
        }
        return event | ({"propertyName": property, "propertyValue": "new"} if property else {"changeFlag": "CREATED"})

    def tell(self, hub_url: str, events: Any) -> int:
        """A batch of events, signed by version 3 and, as HubSpot does it, by version 1 too."""
        body = json.dumps(events).encode()
        url = f"{hub_url}/crm/hubspot/webhooks"
        v1 = hashlib.sha256(CLIENT_SECRET.encode() + body).hexdigest()
        older = {"X-HubSpot-Signature": v1, "X-HubSpot-Signature-Version": "v1"}
        return _post(url, body, older | signed_v3(url, body))[0]

    def start(self, hub_url: str, record_id: str, number: str, *, key: str, instructions: str = "Ask.") -> int:
        return self.ask(hub_url, self.step(record_id, key, phone_number=number, instructions=instructions))

    def step(self, record_id: str, key: str, **inputs: Any) -> dict[str, Any]:
        """What a workflow's step asks of the app."""
        return {
            "callbackId": key,
            "origin": {
                "portalId": int(self.portal.id),
                "actionDefinitionId": 10860211,
                "actionDefinitionVersion": 1,
                "extensionDefinitionId": 10860211,
                "extensionDefinitionVersionId": 1,
            },
            "context": {"source": "WORKFLOWS", "workflowId": 192814114},
            "object": {"objectId": int(record_id), "objectType": "CONTACT", "properties": {}},
            "inputFields": inputs,
        }

    def ask(self, hub_url: str, step: dict[str, Any]) -> int:
        """A step asks the hub, signed by version 2; it waits if it is told to. Answers are kept in `steps`."""
        body = json.dumps(step).encode()
        url = f"{hub_url}/crm/hubspot/action"
        status, answer = _post(url, body, signed_v2(url, body))
        self.steps.append((status, answer))
        outputs = answer.get("outputFields", {}) if isinstance(answer, dict) else {}
        with self._lock:
            if outputs.get("hs_execution_state") == "BLOCK" and step["callbackId"] not in self._completed_ids():
                self.portal.waiting.add(step["callbackId"])
        return status

    def endings(self) -> list[Mapping[str, Any]]:
        return [
            {_camel(name): value for name, value in body["typedOutputs"].items()} for _, body in self.portal.completed
        ]

    def expire(self) -> None:
        self.portal.expire()

    def revoke(self) -> None:
        self.portal.uninstall()

    def fail(self, status: int, *, times: int = 1, retry_after: int | None = None) -> None:
        self._failures += [(status, retry_after)] * times

    def refuse_next(self, path_part: str, status: int) -> None:
        """Answer so to the next request whose path has this in it."""
        self._to_refuse.append((path_part, status))

    def lose_answer(self, path_part: str) -> None:
        self._to_lose.append(path_part)

    def down(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def up(self) -> None:
        self._server = _Server(("127.0.0.1", self._port), _handler(self))
        self._serve()

    @property
    def requests(self) -> list[tuple[str, str]]:
        return list(self._requests)

    @property
    def refreshes(self) -> int:
        return self.api.refreshes

    def take(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[Told | None, int | None]:
        """What is answered to a request, None for nothing at all; and the seconds to wait."""
        parts = urlsplit(target)
        with self._lock:
            self._requests.append((method, parts.path))
            if not parts.path.startswith(_AUTHORISATION) and self._failures:
                status, retry_after = self._failures.pop(0)
                return (status, _failure(status)), retry_after
            refused = next((each for each in self._to_refuse if each[0] in parts.path), None)
            if refused is not None:
                self._to_refuse.remove(refused)
                return (refused[1], _failure(refused[1])), None
            told = self._told(method, parts.path, parts.query, headers, body)
            lost = next((part for part in self._to_lose if part in parts.path), None)
            if lost is not None:
                self._to_lose.remove(lost)
                return None, None
        return told, None

    def _told(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Told:
        if path.startswith("/oauth/"):
            return self.api.answer(
                method, path, {}, {name: texts[0] for name, texts in parse_qs(body.decode()).items()}
            )
        if refused := self.api.authorised(headers.get("Authorization", "").removeprefix("Bearer ")):
            return refused
        if body and (method in ("GET", "DELETE") or "/associations/default/" in path):
            self.violations.append(f"{method} {path}: there is a body")
        asked = {name: texts[0] for name, texts in parse_qs(query).items()}
        return self.api.answer(method, path, asked, json.loads(body) if body else None)

    def _completed_ids(self) -> set[str]:
        return {callback_id for callback_id, _ in self.portal.completed}

    def _serve(self) -> None:
        assert self._server
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()


def signed_v3(url: str, body: bytes, *, at: float | None = None, secret: str = CLIENT_SECRET) -> dict[str, str]:
    """The headers of a signature of version 3 for a POST, made at a time (now, unless told)."""
    timestamp = str(int((at or time.time()) * 1000))
    signed = b"POST" + url.encode() + body + timestamp.encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return {"X-HubSpot-Signature-v3": base64.b64encode(digest).decode(), "X-HubSpot-Request-Timestamp": timestamp}


def signed_v2(url: str, body: bytes, *, secret: str = CLIENT_SECRET) -> dict[str, str]:
    """The headers of a signature of version 2 for a POST."""
    digest = hashlib.sha256(secret.encode() + b"POST" + url.encode() + body).hexdigest()
    return {"X-HubSpot-Signature": digest, "X-HubSpot-Signature-Version": "v2"}


def _asked(authorize_url: str) -> dict[str, str]:
    """What an authorisation asks for. HubSpot shows a page of errors where this is not right."""
    asked = {name: texts[0] for name, texts in parse_qs(urlsplit(authorize_url).query).items()}
    assert asked["client_id"] == CLIENT_ID
    assert "oauth" in asked["scope"].split()
    assert asked["state"]
    return asked


def _failure(status: int) -> Any:
    if status == 429:
        said = "You have reached your ten_secondly_rolling limit."
        return error(said, "RATE_LIMITS", errorType="RATE_LIMIT", policyName="TEN_SECONDLY_ROLLING")
    category = {400: "VALIDATION_ERROR", 403: "MISSING_SCOPES", 404: "OBJECT_NOT_FOUND", 409: "CONFLICT"}
    return error(f"HubSpot failed with {status}", category.get(status, "INTERNAL_ERROR"))


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("POST", parts.path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    return answer.status, json.loads(text) if text else None


def _shown(html: str) -> str:
    """What a person reads of a page."""
    return unescape(re.sub(r"<[^>]*>", "\n", html))


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told, retry_after = stand_in.take(self.command, self.path, self.headers, body)
            if told is None:
                self.close_connection = True
                return
            status, answer = told
            sent = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            if retry_after is not None:
                self.send_header("Retry-After", str(retry_after))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler

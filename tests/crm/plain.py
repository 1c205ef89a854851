"""A CRM of the tests' own, with the plainest protocol there could be, and its platform.

Its cloud is a real HTTP server: `POST /token` gives and renews tokens, `DELETE /token` takes them back, everything
else wants a bearer and answers with what it was asked, or as a test has told it to.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from app.crm import grants
from app.crm.failures import Barred, CrmFailed, Refused, Revoked
from app.crm.platform import (
    Answer,
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
from app.db import rows
from app.errors import InvalidRequest, NotFound
from app.models.crm import CrmConnection
from app.times import now
from app.vault import Vault

CODE: Final = "code-that-nobody-may-see"
Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; header names in small letters. `form` holds the fields of a body that is a form."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


def says(status: int, content: Any = None, **headers: str) -> Behaviour:
    """An answer in JSON; names of headers with _ for -."""
    body = b"" if content is None else json.dumps(content).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class Cloud:
    """Listens on 127.0.0.1 while the block lasts. `script` has the next answers to requests that are no `/token`."""

    def __init__(self, portal: str = "4711") -> None:
        self.portal = portal
        self.name = "Plain & Sons <b>"
        self.lives = 1800  # seconds of an access token
        self.script: deque[Behaviour] = deque()
        self.tokens: deque[Behaviour] = deque()
        self.asked: list[Asked] = []
        self.valid: set[str] = set()
        self.revoked = False
        self.over = threading.Event()
        self._made = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def refreshes(self) -> int:
        return sum(one.path == "/token" and one.form.get("grant_type") == "refresh_token" for one in self.asked)

    def api(self) -> list[Asked]:
        """The requests that were no `/token`."""
        return [one for one in self.asked if one.path != "/token"]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def expire(self) -> None:
        self.valid.clear()

    def answer(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        self.asked.append(asked)
        if urlsplit(asked.path).path == "/token":
            behaviour = self.tokens.popleft() if self.tokens else self._token(asked)
        elif asked.bearer not in self.valid:
            behaviour = says(401, {"message": f"The token {asked.bearer} has expired."})
        else:
            behaviour = self.script.popleft() if self.script else says(200, {"path": asked.path})
        behaviour(handler)

    def token(self) -> str:
        """A new access token that is valid."""
        with self._lock:
            self._made += 1
            self.valid.add(f"access-token-{self._made}")
            return f"access-token-{self._made}"

    def _token(self, asked: Asked) -> Behaviour:
        if asked.method == "DELETE":
            return says(200, {})
        if self.revoked or asked.form.get("code", CODE) != CODE:
            return says(400, {"error": "invalid_grant", "message": "It was taken back."})
        content = {"access": self.token(), "refresh": "refresh-token", "lives": self.lives}
        return says(200, content | {"portal": self.portal, "name": self.name})


def _handler(cloud: Cloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            cloud.answer(self, Asked(self.command, self.path, headers, body))

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def finish(self) -> None:
            if self.connection.fileno() != -1:
                super().finish()

        def log_message(self, *_: object) -> None: ...

    return Handler


class Plain:
    """The platform. `lacks` are settings that a hub would lack for it; a connection's `loginUrl` is its cloud's."""

    key = "plain"
    name = "Plain"
    objects: Mapping[str, ObjectKind] = {"contact": ObjectKind("contact", "contacts", ("phone",), ("first",))}
    triggers = frozenset({"changed"})
    quiet_properties: frozenset[str] = frozenset()
    answer_delay = 0.0
    secret_inbound: str | None = "messages"
    login_places: str | None = None
    signs_for_users = False

    def __init__(self, lacks: Sequence[str] = ()) -> None:
        self._lacks = lacks
        self.received: list[tuple[str, Inbound]] = []

    def missing_settings(self) -> Sequence[str]:
        return self._lacks

    def check_login_url(self, login_url: str | None) -> str | None:
        if login_url is None or not login_url.startswith("http://127.0.0.1:"):
            raise InvalidRequest("loginUrl must be that of the tests' cloud.", field="loginUrl")
        return login_url

    def authorize_url(self, connection: CrmConnection, state: str, challenge: str) -> str:
        return f"{connection.login_url}/agree?{urlencode({'state': state, 'challenge': challenge})}"

    def exchange(self, door: Door, connection: CrmConnection, code: str, verifier: str) -> Grant:
        fields = {"grant_type": "authorization_code", "code": code, "verifier": verifier}
        return self._grant(connection, door.form(f"{connection.login_url}/token", fields))

    def grant_by_key(self, door: Door, connection: CrmConnection) -> Grant | None:
        fields = {"grant_type": "key", "assertion": f"signed-for-{connection.username}"}
        return replace(self._grant(connection, door.form(f"{connection.login_url}/token", fields)), refresh_token=None)

    def refresh(self, door: Door, connection: CrmConnection, grant: Grant) -> Grant:
        fields = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token or ""}
        try:
            return self._grant(connection, door.form(f"{connection.login_url}/token", fields))
        except Refused as refused:
            if isinstance(refused.answer, dict) and refused.answer.get("error") == "invalid_grant":
                raise Revoked("The authorisation was taken back.") from refused
            raise

    def leave(self, door: Door, connection: CrmConnection, grant: Grant) -> None:
        door.delete(f"{connection.login_url}/token", bearer=grant.access_token)

    def _grant(self, connection: CrmConnection, answer: Answer) -> Grant:
        told = answer.json
        return Grant(
            access_token=told["access"],
            refresh_token=told["refresh"],
            expires_at=now() + timedelta(seconds=told["lives"]),
            external_id=told["portal"],
            external_name=told["name"],
            base_url=connection.login_url or "",
        )

    def properties_of(self, line: Line, object: str) -> frozenset[str]:
        return frozenset({"phone", "first"})

    def read(
        self, line: Line, object: str, record_id: str, properties: Sequence[str], of_person: Sequence[str] = ()
    ) -> Record:
        return Record(object, record_id, line.get(f"/contacts/{record_id}").json)

    def latest(self, line: Line, object: str) -> str | None:
        return None

    def find_by_number(self, line: Line, spellings: Sequence[str]) -> Sequence[Record]:
        return ()

    def write_call(self, line: Line, record: Record, note: CallNote) -> str:
        made = line.write("POST", "/calls", json={"about": record.id}, unsent={"id": "unsent"})
        return str(made.json["id"])

    def answer(self, line: Line, waiting: Waiting, ending: Ending) -> str:
        line.ask("POST", f"/waiting/{waiting.callback_id}", json={"status": ending.status})
        return "told"

    def reading_of(self, status: int, headers: Mapping[str, str], json: Any) -> CrmFailed | None:
        if status == 403 and json == {"message": "enough for today"}:
            return Barred("The day's requests are used up.", status, seconds=3600)
        return Revoked("The app was removed.", status) if status == 403 and json == {"message": "gone"} else None

    def waits(self, enrolment_source: str) -> bool:
        return enrolment_source == "action"

    def receive(self, name: str, request: Inbound, arrivals: Arrivals) -> Reply:
        kind, _, secret = name.partition("/")
        if kind != "messages":
            raise NotFound("There is nothing here.")
        self.received.append((name, request))
        connection = arrivals.connection_at(secret)
        if connection is None:
            raise NotFound("There is nothing here.")
        return Reply(200, str(connection.id).encode(), "text/plain")


def connected(account_id: UUID, cloud: Cloud, vault: Vault, **columns: Any) -> CrmConnection:
    """An account's connection to a cloud, active and in live mode, with a grant that is good."""
    grant = Grant(
        access_token=cloud.token(),
        refresh_token="refresh-token",
        expires_at=now() + timedelta(seconds=cloud.lives),
        external_id=cloud.portal,
        external_name=cloud.name,
        base_url=cloud.url,
    )
    plain = {
        "platform": "plain",
        "status": "active",
        "mode": "live",
        "name": "Plain",
        "external_id": cloud.portal,
        "external_name": cloud.name,
        "default_country": "US",
        "login_url": cloud.url,
        "credentials": grants.sealed(grant, vault),
        "expires_at": grant.expires_at,
        "created_at": now(),
        "updated_at": now(),
    }
    return CrmConnection.create(account_id=account_id, **plain | columns)


def requests_of(connection: CrmConnection) -> list[dict[str, Any]]:
    """What is recorded of a connection's requests, oldest first."""
    return rows("SELECT * FROM crm_request WHERE connection_id = %s ORDER BY created_at, id", (connection.id,))


def fresh(connection: CrmConnection) -> CrmConnection:
    found: CrmConnection = CrmConnection.get_by_id(connection.id)
    return found

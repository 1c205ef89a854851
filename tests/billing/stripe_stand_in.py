"""Stripe with one account in it, over real HTTP, written from its documentation of the API and of webhooks.

It knows Checkout Sessions: made and read over the API, paid on a page of its own. A test tells it what happens there,
and how it fails. Its events are signed as Stripe signs them and sent to wherever a test says.
"""

import hashlib
import hmac
import html
import http.client
import json
import secrets
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

VERSION: Final = "2026-10-28.endive"
SESSIONS: Final = "/v1/checkout/sessions"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the API; header names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """An error as the API tells it."""

    status: int
    kind: str
    message: str
    code: str | None = None
    param: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        given = {"type": self.kind, "message": self.message, "code": self.code, "param": self.param}
        return {"error": {name: value for name, value in given.items() if value is not None}}


class StandIn:
    """Listens on 127.0.0.1 while the block lasts."""

    def __init__(self, key: str = "sk_test_stand_in", webhook_secret: str = "whsec_stand_in") -> None:
        self.key = key
        self.webhook_secret = webhook_secret
        self.asked: list[Asked] = []
        self.sessions: dict[str, dict[str, Any]] = {}
        self.script: list[Refusal | float] = []
        self._answers: dict[str, tuple[Mapping[str, str], dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"
        self.settings: Mapping[str, str] = {
            "stripe_secret_key": key,
            "stripe_webhook_secret": webhook_secret,
            "stripe_base_url": self.url,
            "stripe_checkout_host": self.host,
        }

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    # What a test makes happen

    def fails(self, *steps: Refusal | float) -> None:
        """The next requests fail so, one after another; a number is the seconds before an answer comes."""
        self.script += steps

    def pays(self, session_id: str) -> dict[str, Any]:
        """The customer pays at once, as with a card."""
        return self._set(session_id, status="complete", payment_status="paid", url=None)

    def pays_later(self, session_id: str) -> dict[str, Any]:
        """The customer has ordered a payment that takes days, as with a bank debit."""
        return self._set(session_id, status="complete", payment_status="unpaid", url=None)

    def expires(self, session_id: str) -> dict[str, Any]:
        return self._set(session_id, status="expired", url=None)

    def event(self, kind: str, about: Mapping[str, Any], **changes: Any) -> bytes:
        """An event's bytes, as Stripe writes them."""
        envelope = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": VERSION,
            "created": int(time.time()),
            "data": {"object": dict(about)},
            "livemode": "_live_" in self.key,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        return json.dumps(envelope | changes, indent=2).encode()

    def signature(self, payload: bytes, *, at: float | None = None, secret: str | None = None) -> str:
        """The header Stripe-Signature: scheme v1 is an HMAC with SHA-256 over the time, a full stop and the body."""
        moment = int(time.time() if at is None else at)
        signed = f"{moment}.".encode() + payload
        digest = hmac.new(
            (self.webhook_secret if secret is None else secret).encode(), signed, hashlib.sha256
        ).hexdigest()
        return f"t={moment},v1={digest},v0={'0' * 64}"

    def tells(self, url: str, kind: str, about: Mapping[str, Any]) -> int:
        """Send an event to an endpoint; the status of its answer."""
        payload, parts = self.event(kind, about), urlsplit(url)
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": self.signature(payload)}
        connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        try:
            connection.request("POST", parts.path, payload, headers)
            return connection.getresponse().status
        finally:
            connection.close()

    # Its API

    def answer(self, asked: Asked) -> dict[str, Any]:
        """Raises Refusal."""
        with self._lock:
            self.asked.append(asked)
            step = self.script.pop(0) if self.script else None
        if isinstance(step, Refusal):
            raise step
        if step is not None:
            time.sleep(step)
        if asked.headers.get("authorization") != f"Bearer {self.key}":
            raise Refusal(401, "invalid_request_error", "Invalid API Key provided: sk_****")
        if asked.method == "POST" and asked.path == SESSIONS:
            return self._once(asked)
        found = self.sessions.get(asked.path.removeprefix(f"{SESSIONS}/"))
        if asked.method != "GET" or found is None:
            missing = f"No such checkout.session: '{asked.path.rpartition('/')[2]}'"
            raise Refusal(404, "invalid_request_error", missing, "resource_missing", "session")
        return found

    def _once(self, asked: Asked) -> dict[str, Any]:
        """The answer to a key is kept, and given again to the same request."""
        key = asked.headers["idempotency-key"]
        with self._lock:
            form, made = self._answers.get(key, (None, None))
            if form is None or made is None:
                form, made = asked.form, self._made(asked.form)
                self._answers[key] = form, made
        if form != asked.form:
            raise Refusal(400, "idempotency_error", "Keys for idempotent requests can only be used with the same "
                          "parameters they were first used with.")  # fmt: skip
        return made

    def _made(self, form: Mapping[str, str]) -> dict[str, Any]:
        cents = int(form["line_items[0][price_data][unit_amount]"]) * int(form["line_items[0][quantity]"])
        session_id = f"cs_{'live' if '_live_' in self.key else 'test'}_{secrets.token_hex(24)}"
        made = {
            "id": session_id,
            "object": "checkout.session",
            "amount_subtotal": cents,
            "amount_total": cents,
            "cancel_url": form["cancel_url"],
            "client_reference_id": form["client_reference_id"],
            "created": int(time.time()),
            "currency": form["line_items[0][price_data][currency]"],
            "expires_at": int(time.time()) + 86400,
            "livemode": "_live_" in self.key,
            "metadata": {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")},
            "mode": form["mode"],
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
            "success_url": form["success_url"],
            "url": f"{self.url}/c/pay/{session_id}",
        }
        self.sessions[session_id] = made
        return dict(made)

    def _set(self, session_id: str, **changes: Any) -> dict[str, Any]:
        self.sessions[session_id] = self.sessions[session_id] | changes
        return self.sessions[session_id]

    # Its page

    def page(self, path: str) -> str:
        """What the customer sees: a button to pay, and a way back."""
        session = self.sessions[path.removeprefix("/c/pay/")]
        back = html.escape(session["cancel_url"])
        return (
            f"<!doctype html><html lang=en><title>Checkout</title><h1>Pay ${session['amount_total'] / 100:.2f}</h1>"
            f"<form method=post><button>Pay</button></form><a href='{back}'>Back</a></html>"
        )

    def pressed(self, path: str) -> str:
        """The customer has pressed the button: where the browser is led."""
        session = self.pays(path.removeprefix("/c/pay/"))
        return str(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))


def _handler(stripe: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith("/c/pay/"):
                self._send(200, stripe.page(self.path).encode(), "text/html; charset=utf-8")
            else:
                self._api({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.startswith("/c/pay/"):
                self._send(303, b"", "text/html", Location=stripe.pressed(self.path))
            else:
                self._api(dict(parse_qsl(body.decode(), keep_blank_values=True)))

        def _api(self, form: Mapping[str, str]) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                status, content = 200, stripe.answer(Asked(self.command, self.path, headers, form))
            except Refusal as refusal:
                status, content = refusal.status, refusal.told
            self._send(status, json.dumps(content).encode(), "application/json")

        def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            given = {"Content-Type": kind, "Content-Length": str(len(body)), "Request-Id": "req_1", **headers}
            for name, value in given.items():
                self.send_header(name, value)
            with suppress(ConnectionError):  # whoever asked has given up
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    return Handler

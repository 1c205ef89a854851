"""One call of the sandbox's carrier, from queued to its end, on a thread of its own."""

import logging
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from simple_websocket import Client
from simple_websocket import ConnectionError as HandshakeRefused
from werkzeug.datastructures import MultiDict

from app.sandbox import twiml
from app.sandbox.callbacks import post
from app.sandbox.clock import Clock
from app.sandbox.options import SandboxOptions
from app.sandbox.people import Callee, callee_at
from app.sandbox.phone import Over, Phone
from app.sandbox.signature import sign

log = logging.getLogger(__name__)

DETECTION_SECONDS: Final = 2.0
ENDED: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_EVENT_OF: Final = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}


@dataclass(slots=True)
class SandboxCall:
    """`form` is what the hub asked for, in Twilio's field names."""

    form: MultiDict[str, str]
    options: SandboxOptions
    clock: Clock
    sid: str = field(default_factory=lambda: "CA" + secrets.token_hex(16))
    status: str = "queued"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered_at: float | None = None
    started: datetime | None = None
    ended: datetime | None = None
    duration: int | None = None
    answered_by: str | None = None
    hangup: threading.Event = field(default_factory=threading.Event)
    _sequence: int = -1
    _relay: Client | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def resource(self) -> dict[str, Any]:
        """The Call resource: https://www.twilio.com/docs/voice/api/call-resource"""
        return {
            "sid": self.sid,
            "account_sid": self.options.account_sid,
            "to": self.form["To"],
            "from": self.form["From"],
            "status": self.status,
            "direction": "outbound-api",
            "date_created": format_datetime(self.created),
            "date_updated": format_datetime(self.created),
            "start_time": format_datetime(self.started) if self.started else None,
            "end_time": format_datetime(self.ended) if self.ended else None,
            "duration": str(self.duration) if self.duration is not None else None,
            "answered_by": self.answered_by,
            "price": None,
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{self.options.account_sid}/Calls/{self.sid}.json",
        }

    def run(self) -> None:
        """Live the call. Whatever the hub does, it ends."""
        callee = callee_at(self.form["To"])
        self._tell("initiated")
        if callee.line == "busy":
            self._finish("busy")
            return
        self._tell("ringing")
        if callee.line == "no-answer":
            gone = self.clock.wait(float(self.form.get("Timeout", "60")), self.hangup)
            self._finish("canceled" if gone else "no-answer")
        elif self.clock.wait(callee.rings_seconds, self.hangup):
            self._finish("canceled")
        else:
            self._answer(callee)

    def end(self) -> None:
        """The hub asks for the end, in whatever state the call is."""
        self.hangup.set()
        with self._lock:
            relay = self._relay
        if relay is not None and relay.connected:
            relay.close()

    def _answer(self, callee: Callee) -> None:
        self.answered_at, self.started = self.clock.now(), datetime.now(UTC)
        self._tell("in-progress")
        detecting = threading.Timer(self.clock.real(DETECTION_SECONDS), self._detected, (callee,))
        detecting.daemon = True
        if self.form.get("AsyncAmdStatusCallback"):
            detecting.start()
        instructions = twiml.read(self._ask(self.form.get("Url", "")) or "")
        if instructions is not None and not self.hangup.is_set():
            over = self._connect(callee, instructions)
            self._ask(
                instructions.action,
                SessionId="VX" + secrets.token_hex(16),
                SessionStatus=over.status,
                HandoffData=over.handoff,
                **({"ErrorCode": "64102"} if over.status == "failed" else {}),
            )
        detecting.cancel()
        self._finish("completed")

    def _connect(self, callee: Callee, instructions: twiml.ConnectRelay) -> Over:
        signature = sign(self.options.auth_token, instructions.url, {})
        try:
            ws = Client(instructions.url, headers={b"X-Twilio-Signature": signature.encode()})
        except (OSError, HandshakeRefused) as error:
            log.warning("the relay could not be connected: %s", error)
            return Over("failed")
        with self._lock:
            self._relay = ws
        setup = {
            "sessionId": "VX" + secrets.token_hex(16),
            "accountSid": self.options.account_sid,
            "callSid": self.sid,
            "from": self.form["From"],
            "to": self.form["To"],
            "direction": "outbound-api",
            "callType": "PSTN",
            "callStatus": "IN-PROGRESS",
            "customParameters": {},
        }
        if self.hangup.is_set():
            over = Over("completed")
        else:
            over = Phone(ws, callee, instructions, self.clock, self._remaining).talk(setup)
        if ws.connected:
            ws.close()
        return over

    def _remaining(self) -> float:
        limit = float(self.form.get("TimeLimit", "14400"))
        return limit - (self.clock.now() - (self.answered_at or self.clock.now()))

    def _detected(self, callee: Callee) -> None:
        self.answered_by = callee.answered_by
        self._ask(
            self.form["AsyncAmdStatusCallback"],
            AnsweredBy=callee.answered_by,
            MachineDetectionDuration=str(int(DETECTION_SECONDS * 1000)),
        )

    def _finish(self, status: str) -> None:
        self.ended = datetime.now(UTC)
        self.duration = self.clock.whole_seconds(self.answered_at) if self.answered_at is not None else 0
        self._tell(status)

    def _tell(self, status: str) -> None:
        """Change the status and, where the hub asked for this event, tell it."""
        self.status = status
        self._sequence += 1
        wanted = self.form.getlist("StatusCallbackEvent") or ["completed"]
        if self.form.get("StatusCallback") and _EVENT_OF.get(status, "completed") in wanted:
            extra = {"CallDuration": str(self.duration)} if status in ENDED else {}
            self._ask(
                self.form["StatusCallback"],
                SequenceNumber=str(self._sequence),
                CallbackSource="call-progress-events",
                Timestamp=format_datetime(datetime.now(UTC)),
                **extra,
            )

    def _ask(self, url: str, **fields: str) -> str | None:
        common = {
            "CallSid": self.sid,
            "AccountSid": self.options.account_sid,
            "From": self.form["From"],
            "To": self.form["To"],
            "CallStatus": self.status,
            "Direction": "outbound-api",
            "ApiVersion": "2010-04-01",
        }
        return post(self.options.auth_token, url, common | fields) if url else None

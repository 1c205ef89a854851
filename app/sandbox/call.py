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
from app.sandbox.phone import Phone
from app.sandbox.signature import sign
from app.sandbox.typed_phone import TypedPhone
from app.sandbox.typist import LineDropped, Typist
from app.sandbox.wire import Over

log = logging.getLogger(__name__)

DETECTION_SECONDS: Final = 2.0
ENDED: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_EVENT_OF: Final = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}


@dataclass(slots=True)
class SandboxCall:
    """`form` is what the hub asked for, in Twilio's field names.

    A call in which somebody types takes its real time; only the agent's words keep the sandbox's pace.
    """

    form: MultiDict[str, str]
    options: SandboxOptions
    callee: Callee = field(init=False)
    clock: Clock = field(init=False)
    typist: Typist | None = field(init=False, default=None)
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

    def __post_init__(self) -> None:
        self.callee = callee_at(self.form["To"])
        self.clock = Clock(self.options.speed)
        if self.callee.line == "typed":
            self.clock, self.typist = Clock(1.0), Typist()

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
        self._tell("initiated")
        if self.callee.line == "busy":
            self._finish("busy")
            return
        self._tell("ringing")
        unanswered = self._ring()
        if unanswered is not None:
            self._finish(unanswered)
        else:
            self._answer()

    def _ring(self) -> str | None:
        """Let the phone ring; how the call ended unless it is answered."""
        longest = float(self.form.get("Timeout", "60"))
        if self.typist is not None:
            return self.typist.pick_up(longest)
        if self.callee.line == "no-answer":
            return "canceled" if self.clock.wait(longest, self.hangup) else "no-answer"
        return "canceled" if self.clock.wait(self.callee.rings_seconds, self.hangup) else None

    def end(self) -> None:
        """The hub asks for the end, in whatever state the call is."""
        self.hangup.set()
        if self.typist is not None:
            self.typist.note(LineDropped())  # its phone closes the relay
            return
        with self._lock:
            relay = self._relay
        if relay is not None and relay.connected:
            relay.close()

    def _answer(self) -> None:
        self.answered_at, self.started = self.clock.now(), datetime.now(UTC)
        self._tell("in-progress")
        detecting = threading.Timer(self.clock.real(DETECTION_SECONDS), self._detected)
        detecting.daemon = True
        if self.form.get("AsyncAmdStatusCallback"):
            detecting.start()
        instructions = twiml.read(self._ask(self.form.get("Url", "")) or "")
        if instructions is not None and not self.hangup.is_set():
            over = self._connect(instructions)
            self._ask(
                instructions.action,
                SessionId="VX" + secrets.token_hex(16),
                SessionStatus=over.status,
                HandoffData=over.handoff,
                **({"ErrorCode": "64102"} if over.status == "failed" else {}),
            )
        detecting.cancel()
        self._finish("completed")

    def _connect(self, instructions: twiml.ConnectRelay) -> Over:
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
        over = Over("completed") if self.hangup.is_set() else self._phone(ws, instructions).talk(setup)
        if ws.connected:
            ws.close()
        return over

    def _phone(self, ws: Client, instructions: twiml.ConnectRelay) -> Phone | TypedPhone:
        if self.typist is None:
            return Phone(ws, self.callee, instructions, self.clock, self._remaining)
        words = Clock(self.options.speed)
        return TypedPhone(ws, self.typist, instructions, self.clock, words, self._remaining)

    def _remaining(self) -> float:
        limit = float(self.form.get("TimeLimit", "14400"))
        return limit - (self.clock.now() - (self.answered_at or self.clock.now()))

    def _detected(self) -> None:
        self.answered_by = self.callee.answered_by
        self._ask(
            self.form["AsyncAmdStatusCallback"],
            AnsweredBy=self.callee.answered_by,
            MachineDetectionDuration=str(int(DETECTION_SECONDS * 1000)),
        )

    def _finish(self, status: str) -> None:
        if self.typist is not None:
            self.typist.leave()
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

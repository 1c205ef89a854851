"""The frames of one session, in the place of Twilio: what is sent, what is understood, how a session ends.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

import json
from typing import Any, Final, Literal

from simple_websocket import Client, ConnectionClosed
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

SECONDS_A_WORD: Final = 0.3
MALFORMED_ALLOWED: Final = 10

_SENT_BY_US: Final = frozenset({"text", "play", "sendDigits", "language", "end"})

Status = Literal["completed", "ended", "failed"]


class Over(Exception):
    """The session is over: `status` as Twilio names it."""

    def __init__(self, status: Status, handoff: str = "") -> None:
        super().__init__(status)
        self.status: Status = status
        self.handoff = handoff


def over_as(closed: ConnectionClosed) -> Over:
    """How a session ended whose socket the agent closed."""
    return Over("failed" if closed.reason not in (1000, 1005) else "ended")


class Wire:
    """For one thread; `events` are the kinds of `info` that the agent has asked for."""

    def __init__(self, ws: Client, events: frozenset[str]) -> None:
        self._ws = ws
        self._events = events
        self._malformed = 0

    def send(self, **frame: object) -> None:
        """Raises ConnectionClosed and, where the agent was lost just now, Over."""
        try:
            self._ws.send(json.dumps(frame))
        except (LocalProtocolError, OSError) as error:
            raise Over("failed") from error

    def info(self, name: str, value: str) -> None:
        wanted = "tokens-played" if name == "tokensPlayed" else "speaker-events"
        if wanted in self._events:
            self.send(type="info", name=name, value=value)

    def interrupt(self, heard: str) -> None:
        """The callee speaks over the agent, of whose present utterance `heard` was played."""
        lasted = str(int(SECONDS_A_WORD * len(heard.split()) * 1000))
        self.send(type="interrupt", utteranceUntilInterrupt=heard, durationUntilInterruptMs=lasted)
        self.info("agentSpeaking", "off")

    def read(self, text: str | bytes) -> dict[str, Any]:
        """A frame of the agent's, of type `invalid` for what is none. Raises Over when it ends the session."""
        try:
            frame = json.loads(text)
        except ValueError:
            frame = None
        if not isinstance(frame, dict) or frame.get("type") not in _SENT_BY_US:
            return self._misunderstood()
        if frame["type"] == "end":
            raise Over("ended", str(frame.get("handoffData", "")))
        return frame

    def _misunderstood(self) -> dict[str, Any]:
        self._malformed += 1
        self.send(type="error", description="Invalid message received (64107)")
        if self._malformed >= MALFORMED_ALLOWED:
            self._ws.close(CloseReason.INVALID_FRAME_PAYLOAD_DATA, "too many invalid messages")
            raise Over("failed")
        return {"type": "invalid"}

"""A person who answers one call by typing: what they do, in order, for the thread that lives the call."""

import queue
import threading
from dataclasses import dataclass
from typing import Final, Literal

from simple_websocket import ConnectionClosed

MOST_WAITING: Final = 20  # of what was done and is not passed on yet
MOST_SAID: Final = 300  # in one call, in words or keys: more than anybody types in the longest

Stage = Literal["rings", "talks", "over"]


@dataclass(frozen=True, slots=True)
class Answers:
    pass


@dataclass(frozen=True, slots=True)
class Declines:
    pass


@dataclass(frozen=True, slots=True)
class Types:
    """Is writing something, and will say it soon."""


@dataclass(frozen=True, slots=True)
class Utters:
    text: str


@dataclass(frozen=True, slots=True)
class Presses:
    keys: str


@dataclass(frozen=True, slots=True)
class HangsUp:
    pass


@dataclass(frozen=True, slots=True)
class AgentSent:
    """A frame from the agent."""

    frame: str | bytes


@dataclass(frozen=True, slots=True)
class LineDropped:
    """The agent has closed its socket; or, without `closed`, the hub has hung up."""

    closed: ConnectionClosed | None = None


Act = Answers | Declines | Types | Utters | Presses | HangsUp
Event = Act | AgentSent | LineDropped

_NEEDS: Final[dict[type[Act], Stage]] = {Answers: "rings", Declines: "rings"}
_LEADS_TO: Final[dict[type[Act], Stage]] = {Answers: "talks", Declines: "over", HangsUp: "over"}
_REFUSALS: Final[dict[Stage, str]] = {
    "rings": "The phone is still ringing: answer it first.",
    "talks": "The call is answered already.",
    "over": "The call has ended.",
}


class NotNow(Exception):
    """The call is not at a point at which this can be done; the message says at which it is."""


class TooMuch(Exception):
    """More was done than the call could take in yet."""


class Typist:
    """Their acts come from any thread, with what comes from the line; one thread takes them."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._said = 0
        self.stage: Stage = "rings"
        self.agent_speaks = False

    def does(self, act: Act) -> None:
        """Raises NotNow and TooMuch."""
        with self._lock:
            if self.stage != _NEEDS.get(type(act), "talks"):
                raise NotNow(_REFUSALS[self.stage])
            if self._events.qsize() >= MOST_WAITING:
                raise TooMuch("Too much at once. Wait a moment.")
            if isinstance(act, Utters | Presses):
                if self._said >= MOST_SAID:
                    raise TooMuch(f"A call takes {MOST_SAID} texts. Hang up, and start another.")
                self._said += 1
            self.stage = _LEADS_TO.get(type(act), self.stage)
            self._events.put(act)

    def note(self, event: AgentSent | LineDropped) -> None:
        self._events.put(event)

    def leave(self) -> None:
        """The call is over, whoever ended it."""
        with self._lock:
            self.stage, self.agent_speaks = "over", False

    def next(self, seconds: float) -> Event | None:
        """What happens next, or None if nothing does in so many real seconds."""
        try:
            return self._events.get(timeout=max(seconds, 0))
        except queue.Empty:
            return None

    def pick_up(self, seconds: float) -> str | None:
        """Let it ring: None when they answer, else how the call ends, in Twilio's words."""
        event = self.next(seconds)
        if isinstance(event, Answers):
            return None
        if event is None:
            return "no-answer"
        return "busy" if isinstance(event, Declines) else "canceled"

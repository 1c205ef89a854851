"""What was said on a call, as `templates/calls/_conversation.html` shows it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from app.models.call import Call, Turn

AGENT: Final = "Agent"
CALLEE: Final = "Callee"
EACH: Final = 50  # turns of a part; a turn that is cut, or taken back, is never so many before the last


@dataclass(frozen=True, slots=True)
class Said:
    """One turn. `after` is its time since the answer, like `1:04`; `cut` tells of an agent that was interrupted."""

    position: int
    agent: bool
    by: str
    text: str
    at: datetime
    after: str
    cut: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Turns beside each other. Once it is `whole`, a page keeps what it has of it: it is sent without them then."""

    number: int
    turns: list[Said]
    whole: bool


def conversation(call: Call, turns: Sequence[Turn]) -> list[Said]:
    """What was said, in order; the callee goes by the name that the call was given."""
    return [_said(call, turn) for turn in turns]


def in_parts(said: Sequence[Said], since: int = 0) -> list[Part]:
    """What was said, for a page that has the whole of what comes before part `since`."""
    last = said[-1].position // EACH if said else 0
    return [
        Part(number, list(turns) if number >= since else [], whole=number < last - 1)
        for number, turns in groupby(said, lambda turn: turn.position // EACH)
    ]


def unfinished(parts: Sequence[Part]) -> int:
    """The first part that may still change: `since`, when the page renews itself the next time."""
    return next((part.number for part in parts if not part.whole), 0)


def clock(seconds: float) -> str:
    """Like `0:04` or `1:02:09`."""
    whole = max(int(seconds), 0)
    minutes, rest = whole // 60, whole % 60
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def _said(call: Call, turn: Turn) -> Said:
    agent = turn.role == "agent"
    since = call.started_at or call.created_at
    return Said(
        position=turn.position,
        agent=agent,
        by=AGENT if agent else call.name or CALLEE,
        text=turn.text,
        at=turn.at,
        after=clock((turn.at - since).total_seconds()),
        cut=agent and turn.interrupted,
    )

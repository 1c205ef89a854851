"""What was said on a call, as `templates/calls/_conversation.html` shows it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.models.call import Call, Turn

AGENT: Final = "Agent"
CALLEE: Final = "Callee"


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


def conversation(call: Call, turns: Sequence[Turn]) -> list[Said]:
    """What was said, in order; the callee goes by the name that the call was given."""
    return [_said(call, turn) for turn in turns]


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

"""The turns of one live call, in order, each stored as it happens and corrected when less of it was heard."""

from collections.abc import Callable
from uuid import UUID

from app.calls.ports import Spoken
from app.voice.heard import heard_part
from app.voice.turns import Written

Put = Callable[[Written], None]


class Transcript:
    """Not for several threads at once: its conversation guards it."""

    def __init__(self, call_id: UUID, put: Put) -> None:
        self._call_id = call_id
        self._put = put
        self._turns: list[Spoken] = []
        self._next = 0
        self._played = ""
        self._place = -1

    @property
    def turns(self) -> list[Spoken]:
        return list(self._turns)

    def human(self, text: str) -> None:
        if text.strip():
            self._add("human", text.strip())

    def agent(self, text: str) -> None:
        if text.strip():
            self._add("agent", text.strip())
            self._played = ""

    def played(self, text: str) -> None:
        """The carrier has spoken `text` of the agent's present turn."""
        self._played += " " + text

    def interrupted(self, heard: str) -> None:
        """The agent's last turn was cut: only `heard` of it was said aloud. Nothing changes if others spoke since."""
        if self._turns and self._turns[-1].role == "agent":
            self._keep(heard_part(self._turns[-1].text, heard))

    def hung_up(self) -> None:
        """The line dropped: an agent's turn that was being spoken keeps what was played of it, if that is known."""
        if self._turns and self._turns[-1].role == "agent" and self._played.strip():
            self._keep(heard_part(self._turns[-1].text, self._played))

    def _add(self, role: str, text: str) -> None:
        self._turns.append(Spoken(role, text))
        self._place = self._next
        self._next += 1
        self._put(Written(self._call_id, self._place, role, text))

    def _keep(self, text: str) -> None:
        if text:
            self._turns[-1] = Spoken("agent", text)
            self._put(Written(self._call_id, self._place, "agent", text))
        else:
            self._turns.pop()
            self._put(Written(self._call_id, self._place, "agent", None))
            self._place = -1

"""The turns of one live call, in order, each stored as it happens and corrected when less of it was heard."""

from collections.abc import Callable
from uuid import UUID

from app.calls.ports import Spoken
from app.voice.heard import heard_out, heard_part
from app.voice.turns import Written

Put = Callable[[Written], None]


class Transcript:
    """Not for several threads at once: its conversation guards it."""

    def __init__(self, call_id: UUID, put: Put) -> None:
        self._call_id = call_id
        self._put = put
        self._turns: list[Spoken] = []
        self._places: list[int] = []
        self._next = 0
        self._sounding = -1  # the index of the agent's turn that may still be cut: no human turn followed
        self._played = ""
        self._tells_played = False

    @property
    def turns(self) -> list[Spoken]:
        return list(self._turns)

    @property
    def heard_out(self) -> bool:
        """Whether the agent's last words were played to their end, as far as the carrier tells what it plays."""
        if self._sounding < 0 or not self._tells_played:
            return True
        return heard_out(self._turns[self._sounding].text, self._played)

    def human(self, text: str) -> None:
        if text.strip():
            self._add("human", text.strip())
            self._sounding = -1

    def agent_begins(self) -> None:
        """What the carrier plays from here on belongs to the agent's next turn, whose text is not complete yet."""
        self._played = ""

    def agent(self, text: str) -> None:
        """The agent's turn is complete."""
        if text.strip():
            self._add("agent", text.strip())
            self._sounding = len(self._turns) - 1

    def pressed(self, keys: str) -> None:
        """The agent pressed keys: a turn that is never spoken, and so never cut."""
        self._add("agent", f"(pressed {keys})")

    def played(self, text: str) -> None:
        """The carrier has spoken `text` of the agent's present turn."""
        self._played += " " + text
        self._tells_played = True

    def interrupted(self, heard: str) -> None:
        """The agent's last turn was cut: only `heard` of it was said aloud. Nothing changes if others spoke since."""
        if self._sounding >= 0:
            self._cut(heard)

    def hung_up(self) -> None:
        """The line dropped: an agent's turn that was being spoken keeps what was played of it, if that is known."""
        if self._tells_played and self._sounding >= 0 and not self.heard_out:
            self._cut(self._played)

    def _add(self, role: str, text: str) -> None:
        self._turns.append(Spoken(role, text))
        self._places.append(self._next)
        self._put(Written(self._call_id, self._next, role, text))
        self._next += 1

    def _cut(self, heard: str) -> None:
        index, self._sounding = self._sounding, -1
        place, text = self._places[index], heard_part(self._turns[index].text, heard)
        if text:
            self._turns[index] = Spoken("agent", text)
        else:
            del self._turns[index], self._places[index]
        self._put(Written(self._call_id, place, "agent", text or None, interrupted=True))

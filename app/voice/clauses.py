"""Text on its way to the callee: the first piece at once, then by clauses, so that a turn is a few frames."""

from typing import Final

_BREAKS: Final = (".", "!", "?", ",", ";", ":", "\n")
_LONG: Final = 60


class Clauses:
    """`text` is all that came, `sent` what was handed out to be said."""

    def __init__(self) -> None:
        self.text = ""
        self.sent = ""

    def add(self, piece: str) -> str:
        """What is to be sent now, "" while the clause goes on."""
        self.text += piece
        waiting = self.text[len(self.sent) :]
        if self.sent and len(waiting) < _LONG and not waiting.rstrip(" ").endswith(_BREAKS):
            return ""
        return self._hand_out(waiting)

    def rest(self) -> str:
        return self._hand_out(self.text[len(self.sent) :])

    def _hand_out(self, waiting: str) -> str:
        if not waiting.strip() and not self.sent:
            return ""
        self.sent += waiting
        return waiting

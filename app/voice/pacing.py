"""What a live call waits for: silence, the next minute's money, the longest call, the end of a goodbye. Pure.

All times are seconds on the monotonic clock; `speed` divides every wait (calls through the sandbox may run faster).
"""

from dataclasses import dataclass, field
from typing import Final, Literal

Due = Literal["keys", "ask", "silence", "money", "too_long", "hang_up"]

MONEY_AHEAD_SECONDS: Final = 10.0
GOODBYE_GRACE_SECONDS: Final = 4.0
KEYS_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 1.0


@dataclass(slots=True)
class Pacing:
    """The deadlines of one call that was answered at `started`."""

    started: float
    speed: float
    silence_seconds: float
    max_seconds: float
    minutes_held: int = 1
    quiet_since: float | None = None
    asked: bool = False
    hang_up_at: float | None = None
    keys_end_at: float | None = None
    callee_speaks: bool = False
    _spoken_until: float = field(default=0.0)

    def agent_spoke(self, now: float, seconds: float) -> None:
        """The agent's words will take about `seconds` to be said; silence counts from then on."""
        self._spoken_until = max(self._spoken_until, now) + seconds / self.speed
        self.callees_turn(now)

    def agent_finished(self, now: float) -> None:
        """The carrier says that the agent's speech is over. The question into a silence leaves that as it was."""
        self._spoken_until = now
        if not self.asked:
            self.callees_turn(now)

    def callee_active(self) -> None:
        """The callee speaks or presses keys: no silence until the agent has spoken again, or nothing comes of it."""
        self.quiet_since = None
        self.asked = False

    def agent_cut(self, now: float) -> None:
        """The callee spoke over the agent, whose words end here."""
        self._spoken_until = now

    def callees_turn(self, now: float) -> None:
        """Nobody is about to answer: silence counts once the agent's words are over, unless the callee is speaking."""
        if not self.callee_speaks:
            self.quiet_since = max(self._spoken_until, now)

    def key_pressed(self, now: float) -> None:
        """More keys may follow at once; `keys` is due when none did."""
        self.callee_active()
        self.keys_end_at = now + KEYS_SECONDS / self.speed

    def end_after_speech(self, now: float) -> float:
        """Hang up when what was said must have been heard, at the latest; in how many seconds that is."""
        self.hang_up_at = max(self._spoken_until, now) + GOODBYE_GRACE_SECONDS / self.speed
        return self.hang_up_at - now

    def due(self, now: float) -> Due | None:
        """The first deadline that has passed."""
        if self.hang_up_at is not None:
            return "hang_up" if now >= self.hang_up_at else None
        return next((what for what, moment in self._deadlines() if now >= moment), None)

    def next_deadline(self) -> float:
        if self.hang_up_at is not None:
            return self.hang_up_at
        return min(moment for _, moment in self._deadlines())

    def pause(self, now: float) -> float:
        """How long to wait before the next look: an answer that is made meanwhile may bring new deadlines."""
        return max(min(self.next_deadline() - now, LOOK_SECONDS / self.speed), 0.01)

    def _deadlines(self) -> list[tuple[Due, float]]:
        found: list[tuple[Due, float]] = [
            ("too_long", self.started + self.max_seconds / self.speed),
            ("money", self.started + (self.minutes_held * 60 - MONEY_AHEAD_SECONDS) / self.speed),
        ]
        if self.keys_end_at is not None:
            found.append(("keys", self.keys_end_at))
        if self.quiet_since is not None:
            found.append(("silence", self.quiet_since + self.silence_seconds / self.speed))
            if not self.asked:
                found.append(("ask", self.quiet_since + self.silence_seconds / 2 / self.speed))
        return found

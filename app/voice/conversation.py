"""The conversation of one live call: one generation at a time, what was heard, an orderly end.

Knows neither sockets nor Flask: frames go out through `send`, work that must not hold the socket's thread through
`start`. The socket's thread calls `hear` and `tick`; a generation runs on a thread of its own.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Final

from app.calls.ports import ModelFailed
from app.carriers import relay
from app.llm.messages import Message, ToolCall, dialogue
from app.voice import prompt
from app.voice.clauses import Clauses
from app.voice.heard import speaking_seconds
from app.voice.means import Means
from app.voice.pacing import Pacing
from app.voice.transcript import Transcript

log = logging.getLogger(__name__)

MAX_TURNS: Final = 400
MAX_KEYS: Final = 32  # of what is pressed in one go; more is no number that anybody dials
# An answer that was dropped may still wait for its model while the next one speaks; further ones wait their turn.
ANSWERS_AT_ONCE: Final = 2


class Conversation:
    """Created when the relay is open; the greeting is being spoken by then."""

    def __init__(self, system: str, greeting: str, transcript: Transcript, pacing: Pacing, means: Means) -> None:
        self._system = system
        self._transcript = transcript
        self._pacing = pacing
        self._means = means
        self._lock = threading.RLock()
        self._generation = 0
        self._wanted: float | None = None  # when the answer was asked for that nobody makes yet
        self._making = 0
        self._answer_due = False
        self._answering: Clauses | None = None
        self._agent_speaks = False
        self._ending: str | None = None
        self._partial = ""
        self._keys = ""
        self.over = False
        transcript.agent(greeting)
        pacing.agent_spoke(time.monotonic(), speaking_seconds(greeting))

    def hear(self, frame: relay.Frame) -> None:
        """Take one frame from the carrier."""
        if isinstance(frame, relay.Prompt):
            self._hear_prompt(frame)
        elif isinstance(frame, relay.Interrupt):
            self._interrupted(frame.heard)
        elif isinstance(frame, relay.Info):
            self._hear_info(frame)
        elif isinstance(frame, relay.Dtmf):
            self._hear_key(frame.digit)
        elif isinstance(frame, relay.Problem):
            log.warning("the carrier could not use a frame of ours: %s", frame.description[:200])

    def tick(self) -> float:
        """Do what is due; the seconds until the next deadline."""
        due = self._pacing.due(time.monotonic())
        if due == "hang_up":
            self._hang_up()
        elif due == "keys":
            self._answer_to("")
        elif due == "ask":
            self._pacing.asked = True
            self._say(prompt.STILL_THERE, keep_quiet=True)
        elif due == "silence":
            self.end("silence", prompt.SILENT_GOODBYE)
        elif due == "too_long":
            self.end("max_duration", prompt.TIME_GOODBYE)
        elif due == "money":
            self._pay()
        return self._pacing.pause(time.monotonic())

    def end(self, reason: str, goodbye: str, *, of: int | None = None) -> None:
        """Say goodbye and end the call once that was heard. The first reason stays.

        With `of` only if that generation is still the one that counts.
        """
        with self._lock:
            if self._ending is not None or self.over or of not in (None, self._generation):
                return
            self._stop_answering()
            self._ending = reason
            self._say(goodbye)
            within = self._pacing.end_after_speech(time.monotonic())
        self._means.line.ending(reason, within)

    def hung_up(self) -> None:
        """The line is gone: stop, and keep only what was heard."""
        with self._lock:
            self.over = True
            self._stop_answering()
            self._transcript.hung_up()
            self._take_keys()
            self._transcript.human(self._partial)

    def _hear_prompt(self, frame: relay.Prompt) -> None:
        with self._lock:
            self._partial = "" if frame.last else frame.text
            self._pacing.callee_speaks = self._pacing.callee_speaks and not frame.last
            self._callee_active()
        if frame.last and frame.text.strip():
            self._answer_to(frame.text)

    def _hear_key(self, digit: str) -> None:
        """Keys come one by one; they are one turn, complete when no further key follows."""
        with self._lock:
            self._pacing.key_pressed(time.monotonic())
            self._stop_answering()
            self._keys = (self._keys + digit)[:MAX_KEYS]

    def _take_keys(self) -> None:
        keys, self._keys = self._keys, ""
        self._pacing.keys_end_at = None
        if keys:
            self._transcript.human(f"(pressed {keys})")

    def _answer_to(self, text: str) -> None:
        """Take a turn of the callee and want the one answer to all that was said."""
        with self._lock:
            self._pacing.callee_active()
            self._stop_answering()
            self._take_keys()
            self._transcript.human(text)
            if self._ending is not None or self.over:
                return
            self._wanted, self._answer_due = time.monotonic(), True
            if self._making >= ANSWERS_AT_ONCE:
                return
            self._making += 1
        self._means.start(self._make_answers)

    def _make_answers(self) -> None:
        """Make the answer that is wanted now, and again, until none is."""
        while (wanted := self._next_wanted()) is not None:
            self._generate(*wanted)

    def _next_wanted(self) -> tuple[int, Sequence[Message], float] | None:
        """The number of the answer, what was said until now, and when it was asked for."""
        with self._lock:
            asked, self._wanted = self._wanted, None
            if asked is None:
                self._making -= 1
                return None
            return self._generation, dialogue(self._system, self._transcript.turns[-MAX_TURNS:]), asked

    def _generate(self, number: int, messages: Sequence[Message], asked: float) -> None:
        clauses, tools = Clauses(), list[ToolCall]()
        pieces = self._means.model.answer(messages, prompt.TOOLS)
        try:
            for piece in pieces:
                if isinstance(piece, ToolCall):
                    tools.append(piece)
                elif not self._speak(number, clauses, piece, asked):
                    return
            self._finish(number, clauses, tools)
        except ModelFailed as failure:
            log.warning("the model failed in mid-call: %s", failure)
            self.end("model_failed", prompt.APOLOGY, of=number)
        except Exception:
            log.exception("a turn failed on our side")  # the callee must not be left in silence
            self.end("model_failed", prompt.APOLOGY, of=number)
        finally:
            pieces.close()

    def _speak(self, number: int, clauses: Clauses, piece: str, asked: float) -> bool:
        """Pass on a piece of the answer; False when this generation is no longer the one that counts."""
        with self._lock:
            if number != self._generation or self.over:
                return False
            first = not clauses.text
            if first:
                self._transcript.agent_begins()
            self._answering = clauses
            ready = clauses.add(piece)
            if ready:
                self._means.send(relay.say(ready))
        if first and ready:
            self._means.line.turn_begun(time.monotonic() - asked)
        return True

    def _finish(self, number: int, clauses: Clauses, tools: Sequence[ToolCall]) -> None:
        with self._lock:
            if number != self._generation or self.over:
                return
            self._close_turn()
            self._answer_due = False
            self._pacing.callees_turn(time.monotonic())
        for tool in tools:
            self._use(tool, clauses.text)
        if not clauses.text.strip() and not tools:
            self.end("model_failed", prompt.APOLOGY)

    def _close_turn(self) -> None:
        """The present answer is complete: send its rest and keep it."""
        clauses, self._answering = self._answering, None
        if clauses is None:
            return
        if rest := clauses.rest():
            self._means.send(relay.say(rest))
        self._means.send(relay.LAST)
        self._transcript.agent(clauses.text)
        self._pacing.agent_spoke(time.monotonic(), speaking_seconds(clauses.text))

    def _use(self, tool: ToolCall, said: str) -> None:
        if tool.name == "end_call":
            self.end("agent_hangup", "" if said.strip() else prompt.GOODBYE)
        elif tool.name == "do_not_call":
            self._means.line.do_not_call()
            self.end("do_not_call", "" if said.strip() else prompt.NEVER_AGAIN)
        elif tool.name == "press_keys":
            self._press(str(tool.arguments.get("keys", "")))
        else:
            log.warning("the model asked for a tool that there is not: %s", tool.name[:50])

    def _press(self, keys: str) -> None:
        pressed = "".join(key for key in keys if key in "0123456789*#w")[:32]
        if pressed.strip("w"):
            with self._lock:
                self._means.send(relay.send_digits(pressed))
                self._transcript.pressed(pressed.replace("w", ""))
                self._pacing.agent_spoke(time.monotonic(), 1.0)

    def _say(self, text: str, *, keep_quiet: bool = False) -> None:
        """Say a fixed sentence. With `keep_quiet` the callee's silence goes on counting."""
        if not text:
            return
        with self._lock:
            quiet_since = self._pacing.quiet_since
            self._means.send(relay.say(text))
            self._means.send(relay.LAST)
            self._transcript.agent_begins()
            self._transcript.agent(text)
            self._pacing.agent_spoke(time.monotonic(), speaking_seconds(text))
            if keep_quiet:
                self._pacing.quiet_since = quiet_since

    def _stop_answering(self) -> None:
        """Drop the answer that is wanted or made; what it said stays until an interrupt tells what was heard of it."""
        self._generation += 1
        self._wanted, self._answer_due = None, False
        clauses, self._answering = self._answering, None
        if clauses is not None:
            self._transcript.agent(clauses.sent)

    def _interrupted(self, heard: str) -> None:
        with self._lock:
            self._stop_answering()
            self._transcript.interrupted(heard)
            self._pacing.agent_cut(time.monotonic())
            self._callee_active()
            if self._ending is not None:
                self._pacing.hang_up_at = time.monotonic()

    def _hear_info(self, frame: relay.Info) -> None:
        with self._lock:
            if frame.name == "tokensPlayed":
                self._transcript.played(frame.value)
            elif frame.name == "clientSpeaking":
                self._pacing.callee_speaks = frame.value == "on"
                self._callee_active()
            elif frame.name == "agentSpeaking":
                self._hear_agent(speaks=frame.value == "on")
            if self._ending is not None and frame.name in ("tokensPlayed", "agentSpeaking"):
                self._drop_line_once_heard()

    def _callee_active(self) -> None:
        """The callee was heard, be it by a cough: silence counts anew, unless an answer is under way."""
        self._pacing.callee_active()
        if not self._answer_due:
            self._pacing.callees_turn(time.monotonic())

    def _hear_agent(self, *, speaks: bool) -> None:
        self._agent_speaks = speaks
        if not speaks and not self._answer_due:
            self._pacing.agent_finished(time.monotonic())

    def _drop_line_once_heard(self) -> None:
        """The agent may fall silent before its goodbye: that must have been played, if the carrier tells what is."""
        if not self._agent_speaks and self._transcript.heard_out:
            self._pacing.hang_up_at = time.monotonic()

    def _pay(self) -> None:
        """Hold the next minute's cost, while the callee is listened to."""
        self._pacing.minutes_held += 1
        seconds = self._pacing.minutes_held * 60
        self._means.start(lambda: self._hold(seconds))

    def _hold(self, seconds: int) -> None:
        """When the money is not there, say goodbye in the seconds that are paid."""
        if not self._means.line.extend_hold(seconds):
            self.end("insufficient_balance", prompt.MONEY_GOODBYE)

    def _hang_up(self) -> None:
        with self._lock:
            if not self.over:
                self.over = True
                self._means.send(relay.end(self._ending or "agent_hangup"))

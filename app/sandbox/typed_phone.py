"""The relay's other end when a person types: they are heard at once, and speak over the agent when they like."""

import math
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from simple_websocket import Client, ConnectionClosed

from app.sandbox.clock import Clock
from app.sandbox.twiml import ConnectRelay
from app.sandbox.typist import AgentSent, Event, HangsUp, LineDropped, Presses, Types, Typist, Utters
from app.sandbox.wire import SECONDS_A_WORD, Over, Wire, over_as

# Reading and writing take time: so long after the agent's words, or a sign of typing, it looks as if they drew breath.
PATIENCE_SECONDS: Final = 30.0


class Speech:
    """The agent's words on their way to the ear, one after the other, at the pace of `clock`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._coming: deque[str | None] = deque()  # None ends an utterance
        self._heard: list[str] = []
        self._next_at = 0.0
        self.sounds = False

    @property
    def heard(self) -> str:
        """What was heard of the present utterance."""
        return " ".join(self._heard)

    def add(self, token: str, *, last: bool) -> None:
        if not self._coming:
            self._next_at = self._clock.now() + SECONDS_A_WORD
        self._coming.extend(token.split())
        if last:
            self._coming.append(None)
        self.sounds = self.sounds or bool(token.strip())

    def played(self) -> list[str]:
        """The words that were heard since one last asked."""
        words = []
        while self._coming and (self._coming[0] is None or self._clock.now() >= self._next_at):
            word = self._coming.popleft()
            if word is None:
                self._heard.clear()
                self.sounds = bool(self._coming)
            else:
                self._heard.append(word)
                words.append(word)
                self._next_at += SECONDS_A_WORD
        return words

    def stop(self) -> None:
        self._coming.clear()
        self._heard.clear()
        self.sounds = False

    def pause(self) -> float:
        """Real seconds until the next word is heard."""
        return self._clock.real(self._next_at - self._clock.now()) if self._coming else math.inf


class TypedPhone:
    """One session. `clock` is the typist's, real one; `words` that of the agent's speech."""

    def __init__(
        self,
        ws: Client,
        typist: Typist,
        connect: ConnectRelay,
        clock: Clock,
        words: Clock,
        remaining: Callable[[], float],
    ) -> None:
        self._ws = ws
        self._typist = typist
        self._greeting = connect.greeting
        self._wire = Wire(ws, connect.events)
        self._clock = clock
        self._remaining = remaining
        self._speech = Speech(words)
        self._breath_until: float | None = None  # they are about to speak, and the agent was told
        self._attends = True

    def talk(self, setup: dict[str, Any]) -> Over:
        """The whole session; how it ended."""
        try:
            self._wire.send(type="setup", **setup)
            self._agent_says(self._greeting, last=True)
            threading.Thread(target=self._listen, name="typed call", daemon=True).start()
            while True:
                event = self._typist.next(self._pause())
                self._pass_time()
                if event is not None:
                    self._take(event)
        except Over as over:
            return over
        except ConnectionClosed as closed:
            return over_as(closed)
        finally:
            self._typist.leave()

    def _listen(self) -> None:
        try:
            while True:
                if (frame := self._ws.receive()) is not None:
                    self._typist.note(AgentSent(frame))
        except ConnectionClosed as closed:
            self._typist.note(LineDropped(closed))

    def _pause(self) -> float:
        """Real seconds until something is due."""
        moments = [self._clock.now() + self._remaining(), self._breath_until]
        soonest = min(moment for moment in moments if moment is not None) - self._clock.now()
        return min(self._clock.real(soonest), self._speech.pause())

    def _pass_time(self) -> None:
        spoke = self._speech.sounds
        for word in self._speech.played():
            self._wire.info("tokensPlayed", word)
        if spoke and not self._speech.sounds:
            self._typist.agent_speaks = False
            self._wire.info("agentSpeaking", "off")
            if self._attends:
                self._draw_breath()
        if self._breath_until is not None and self._clock.now() >= self._breath_until:
            # or the agent's question into the silence would be waited upon as patiently as any, for ever
            self._attends = self._speech.sounds
            self._let_breath_go()
        if self._remaining() <= 0:
            raise Over("completed")

    def _take(self, event: Event) -> None:
        if isinstance(event, AgentSent):
            self._hear(self._wire.read(event.frame))
            return
        if isinstance(event, LineDropped):
            raise Over("completed") if event.closed is None else over_as(event.closed)
        self._attends = True
        if isinstance(event, HangsUp):
            raise Over("completed")
        if isinstance(event, Types):
            self._draw_breath()
        elif isinstance(event, Utters):
            self._utter(event.text)
        elif isinstance(event, Presses):
            self._press(event.keys)

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "text":
            self._agent_says(str(frame.get("token", "")), last=frame.get("last") is True)

    def _agent_says(self, text: str, *, last: bool) -> None:
        before = self._speech.sounds
        self._speech.add(text, last=last)
        if self._speech.sounds and not before:
            self._typist.agent_speaks = True
            self._wire.info("agentSpeaking", "on")

    def _utter(self, text: str) -> None:
        self._draw_breath()
        self._interrupt()
        self._let_breath_go()
        self._wire.send(type="prompt", voicePrompt=text, lang="en-US", last=True)

    def _press(self, keys: str) -> None:
        self._interrupt()
        for key in keys:
            self._wire.send(type="dtmf", digit=key)

    def _interrupt(self) -> None:
        """Speak over the agent, if it speaks."""
        if self._speech.sounds:
            self._wire.interrupt(self._speech.heard)
            self._speech.stop()
            self._typist.agent_speaks = False

    def _draw_breath(self) -> None:
        if self._breath_until is None:
            self._wire.info("clientSpeaking", "on")
        self._breath_until = self._clock.now() + PATIENCE_SECONDS

    def _let_breath_go(self) -> None:
        self._breath_until = None
        self._wire.info("clientSpeaking", "off")

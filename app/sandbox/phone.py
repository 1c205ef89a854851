"""The relay's other end: speaks the agent's text to a callee, and the callee's words to the agent.

A client of ConversationRelay's WebSocket protocol in Twilio's place:
https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from simple_websocket import Client, ConnectionClosed

from app.sandbox.clock import Clock
from app.sandbox.people import Callee, HangsUp, Says
from app.sandbox.twiml import ConnectRelay
from app.sandbox.wire import SECONDS_A_WORD, Over, Wire, over_as

REACTION_SECONDS: Final = 0.5


@dataclass(slots=True)
class Utterance:
    """What the agent said in one go; `ended` when it closed the session with it."""

    tokens: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.tokens).strip()


class Phone:
    """One session. `remaining` tells how many simulated seconds the call may still last."""

    def __init__(
        self, ws: Client, callee: Callee, connect: ConnectRelay, clock: Clock, remaining: Callable[[], float]
    ) -> None:
        self._ws = ws
        self._wire = Wire(ws, connect.events)
        self._callee = callee
        self._connect = connect
        self._clock = clock
        self._remaining = remaining
        self._pressed = ""
        self._early: deque[dict[str, Any]] = deque()  # what the agent sent while somebody was speaking

    def talk(self, setup: dict[str, Any]) -> Over:
        """The whole session; how it ended."""
        try:
            self._wire.send(type="setup", **setup)
            if self._callee.greets:
                return self._menu()
            self._play(Utterance([self._connect.greeting]), 0)
            self._converse(0, self._connect.greeting)
        except Over as over:
            return over
        except ConnectionClosed as closed:
            return over_as(closed)
        return Over("completed")

    def _menu(self) -> Over:
        self._play(Utterance([self._connect.greeting]), 0)
        for _ in range(3):
            self._speak(self._callee.greets)
            heard = self._next_utterance()
            self._play(heard, 0)
            if self._pressed == self._callee.menu_key:
                self._speak("Hello, you're through to us. How can I help?")
                said = self._next_utterance()
                self._play(said, 1)
                self._converse(1, said.text)
        return Over("completed")

    def _converse(self, turn: int, heard: str) -> None:
        """React to what the agent said, again and again, until one side ends it."""
        while True:
            reaction = self._callee.respond(turn, heard)
            if isinstance(reaction, Says):
                self._speak(reaction.text)
            elif isinstance(reaction, HangsUp):
                if reaction.text:
                    self._speak(reaction.text)
                raise Over("completed")
            said = self._next_utterance()
            turn += 1
            heard = self._play(said, turn)

    def _speak(self, text: str) -> None:
        """The callee says something; the agent gets it when it is complete."""
        self._pause(REACTION_SECONDS)
        self._wire.info("clientSpeaking", "on")
        self._pause(SECONDS_A_WORD * len(text.split()))
        self._wire.info("clientSpeaking", "off")
        self._wire.send(type="prompt", voicePrompt=text, lang="en-US", last=True)

    def _play(self, said: Utterance, turn: int) -> str:
        """The agent's words are spoken aloud; what the callee heard of them."""
        if not said.text:
            return ""
        self._wire.info("agentSpeaking", "on")
        if self._callee.interrupts_at == turn:
            return self._interrupt(said.text)
        for token in said.tokens:
            self._pause(SECONDS_A_WORD * len(token.split()))
            self._wire.info("tokensPlayed", token)
        self._wire.info("agentSpeaking", "off")
        return said.text

    def _interrupt(self, text: str) -> str:
        words = text.split()
        heard = " ".join(words[: max(1, len(words) // 2)])
        self._pause(SECONDS_A_WORD * len(heard.split()))
        self._wire.interrupt(heard)
        return heard

    def _pause(self, seconds: float) -> None:
        """Time passes on the line; the agent may end the session meanwhile."""
        until = self._clock.now() + min(seconds, self._remaining())
        while (left := until - self._clock.now()) > 0:
            frame = self._receive(left)
            if frame is not None:
                self._early.append(frame)
        if self._remaining() <= 0:
            raise Over("completed")

    def _next_utterance(self) -> Utterance:
        """What the agent says next, once it is complete; keys that it presses count as such."""
        said, self._pressed = Utterance(), ""
        while True:
            frame = self._early.popleft() if self._early else self._receive(self._remaining())
            if frame is None:
                raise Over("completed")
            if frame["type"] == "text":
                said.tokens.append(str(frame.get("token", "")))
                if frame.get("last") is True and said.text:
                    return said
            elif frame["type"] == "sendDigits":
                self._pressed = str(frame.get("digits", "")).replace("w", "")
                return said

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        """A frame of the agent's within so many simulated seconds. Raises Over when it ends the session."""
        text = self._ws.receive(timeout=self._clock.real(seconds))
        return None if text is None else self._wire.read(text)

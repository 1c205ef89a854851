"""What one conversation works with: a model, a line to the hub, the carrier's frames, and threads."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.llm.messages import Message, Tool, ToolCall


class Model(Protocol):
    """`app.llm.stream.ModelStream`. Closing the generator ends the request."""

    def answer(
        self, messages: Sequence[Message], tools: Sequence[Tool] = ()
    ) -> Generator[str | ToolCall, None, None]: ...


class Line(Protocol):
    """What a conversation asks of the hub. Every method may take a moment; none is called under the lock.

    `ending` is told why, and `within` how many seconds the conversation will end the call by itself.
    """

    def extend_hold(self, seconds: int) -> bool: ...
    def do_not_call(self) -> None: ...
    def ending(self, reason: str, within: float) -> None: ...
    def turn_begun(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What one conversation works with."""

    model: Model
    line: Line
    send: Callable[[str], None]
    start: Callable[[Callable[[], None]], object]

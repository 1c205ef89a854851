"""What goes to the model and what comes back. Pure: the shapes of OpenAI's chat completions, as far as we use them.

https://platform.openai.com/docs/api-reference/chat
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.calls.ports import Spoken

Message = dict[str, str]
Tool = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants used; `arguments` is {} when they could not be read."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


def dialogue(system: str, turns: Iterable[Spoken]) -> list[Message]:
    """The conversation so far. What one side said in several turns becomes one message, as models expect."""
    messages: list[Message] = [{"role": "system", "content": system}]
    for turn in turns:
        role = "assistant" if turn.role == "agent" else "user"
        if messages[-1]["role"] == role:
            messages[-1]["content"] += " " + turn.text
        else:
            messages.append({"role": role, "content": turn.text})
    return messages


class ToolCallBuffer:
    """Collects the pieces in which a streamed answer brings its tool calls."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._arguments: dict[int, str] = {}

    def add(self, pieces: Sequence[Mapping[str, Any]]) -> None:
        for piece in pieces:
            index = int(piece.get("index", 0))
            function = piece.get("function") or {}
            self._names[index] = self._names.get(index, "") + (function.get("name") or "")
            self._arguments[index] = self._arguments.get(index, "") + (function.get("arguments") or "")

    def calls(self) -> list[ToolCall]:
        return [ToolCall(name, _arguments(self._arguments[index])) for index, name in sorted(self._names.items())]


def _arguments(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

"""Ask a model for an object of a given shape about a call that is over. Only the lanes of the worker need it."""

import json
from collections.abc import Sequence
from typing import Any, Final

from openai import OpenAI, OpenAIError
from openai.types.chat import ChatCompletionMessageParam

from app.calls.ports import ModelFailed, Spoken
from app.config import ModelSettings
from app.text import storable

TIMEOUT_SECONDS: Final = 20.0
MAX_TRANSCRIPT: Final = 60_000


class AskedModel:
    """One model that answers by structured output. It is asked once: whoever asks has tries and a lease of its own."""

    def __init__(self, settings: ModelSettings) -> None:
        self._name = settings.name
        self._client = OpenAI(
            api_key=settings.api_key, base_url=settings.base_url, timeout=TIMEOUT_SECONDS, max_retries=0
        )

    def texts(self, task: str, material: str, name: str, fields: Sequence[str]) -> list[str]:
        """The texts of an object with these fields, as PostgreSQL can store them.

        Raises ModelFailed for whatever else was sent.
        """
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": task},
            {"role": "user", "content": material},
        ]
        schema = {
            "type": "object",
            "properties": {field: {"type": "string"} for field in fields},
            "required": list(fields),
            "additionalProperties": False,
        }
        try:
            answer = self._client.chat.completions.with_raw_response.create(
                model=self._name,
                messages=messages,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": name, "strict": True, "schema": schema},
                },
                reasoning_effort="none",
            )
        except OpenAIError as error:
            raise ModelFailed(f"{type(error).__name__}: {error}") from error
        return _read(answer.content, fields)


def material(instructions: str, callee: str | None, turns: Sequence[Spoken]) -> str:
    """A call as a model is shown it. What was said cannot end the part that it stands in."""
    said = _within("\n".join(f"{turn.role}: {turn.text}" for turn in turns)[:MAX_TRANSCRIPT])
    called = f"The agent called {callee}.\n" if callee else ""
    return f"{called}<instructions>\n{instructions}\n</instructions>\n<transcript>\n{said}\n</transcript>"


def _within(text: str) -> str:
    return text.replace("</", "< /")


def _read(body: bytes, fields: Sequence[str]) -> list[str]:
    try:
        content: Any = json.loads(body)["choices"][0]["message"]["content"]
        found = json.loads(content)
        texts = [found[field] for field in fields]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ModelFailed("the model's answer cannot be read") from error
    if not all(isinstance(text, str) for text in texts):
        raise ModelFailed("the model's answer has another shape than was asked for")
    return [storable(text).strip() for text in texts]

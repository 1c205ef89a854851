"""How n8n writes down what an execution did: one list, in which objects and strings refer to each other by index."""

import json
from typing import Any


def unflatten(text: str) -> Any:
    """The value that was written down, None where nothing was yet. It must not contain itself."""
    parts: list[Any] = json.loads(text)

    def value(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: referred(inner) for name, inner in part.items()}
        if isinstance(part, list):
            return [referred(inner) for inner in part]
        return part

    def referred(inner: Any) -> Any:
        return value(parts[int(inner)]) if isinstance(inner, str) else inner

    return value(parts[0]) if parts else None

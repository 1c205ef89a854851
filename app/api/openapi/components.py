"""`schemas/` as components of the document."""

import json
from functools import cache
from typing import Any, Final

from app.web.validation import DIRECTORY

Schema = dict[str, Any]

_OURS: Final = ("$schema", "$id", "x-ui", "x-rule")


@cache
def read(name: str) -> Schema:
    """`schemas/<name>.json` as it stands. Treat it as read-only."""
    found: Schema = json.loads((DIRECTORY / f"{name}.json").read_text())
    return found


def names() -> list[str]:
    return sorted(path.stem for path in DIRECTORY.glob("*.json"))


def component(name: str) -> str:
    """`event.call.completed` becomes `EventCallCompleted`."""
    return "".join(word[:1].upper() + word[1:] for word in name.replace("-", ".").split("."))


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{component(name)}"}


def told(schema: Any) -> Any:
    """A schema as the document has it: without what only we read, its references within the document."""
    if isinstance(schema, list):
        return [told(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _value(key, value) for key, value in schema.items() if key not in _OURS}


def _value(key: str, value: Any) -> Any:
    if key == "$ref":
        return reference(value.removesuffix(".json"))["$ref"]
    if key == "properties":
        return {name: told(one) for name, one in value.items()}
    return value if key in ("examples", "enum", "const", "default") else told(value)


def needed(document: Any) -> dict[str, Schema]:
    """The components that `document` refers to, and those that they refer to."""
    by_component = {component(name): name for name in names()}
    found: dict[str, Schema] = {}
    waiting = _referred(document)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = told(read(by_component[name]))
            waiting |= _referred(found[name])
    return dict(sorted(found.items()))


def _referred(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(_referred, part))
    if not isinstance(part, dict):
        return set()
    target = part.get("$ref")
    mine = {target.rpartition("/")[2]} if isinstance(target, str) and "/schemas/" in target else set()
    return mine.union(*map(_referred, part.values()))

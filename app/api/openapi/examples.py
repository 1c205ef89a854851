"""Examples: a schema's own, or one put together from those of its fields."""

from typing import Any

from app.api.openapi.components import read


def examples(name: str) -> dict[str, Any]:
    """Those of `schemas/<name>.json`, as a media type's `examples`; empty when it has none."""
    found = _examples(read(name))
    if len(found) == 1:
        return {"example": {"value": found[0]}}
    return {f"example{number}": {"value": value} for number, value in enumerate(found, start=1)}


def _examples(schema: dict[str, Any]) -> list[Any]:
    if "examples" in schema:
        own: list[Any] = schema["examples"]
        return own
    if "$ref" in schema:
        return _examples(read(schema["$ref"].removesuffix(".json")))
    if "properties" in schema:
        return [{name: _first(field) for name, field in schema["properties"].items() if _examples(field)}]
    if "items" in schema:
        return [[_first(schema["items"])]] if _examples(schema["items"]) else [[]]
    if "oneOf" in schema:
        return _examples(schema["oneOf"][0])
    return [schema["const"]] if "const" in schema else []


def _first(schema: dict[str, Any]) -> Any:
    return _examples(schema)[0]

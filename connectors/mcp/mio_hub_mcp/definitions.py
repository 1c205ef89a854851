"""The tools as `schemas/` and the catalogue of connectors describe them, and whether arguments fit them."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from mio_hub_mcp.refusal import Refusal

Schema = dict[str, Any]

_FIRST: Final = {"additionalProperties": 0, "required": 1}
_END: Final = re.compile(r"(?<!\\)\$$")


@dataclass(frozen=True, slots=True)
class Definition:
    """A tool, word for word as `tools/list` has it."""

    content: Schema
    _validator: Draft202012Validator

    def checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments without nulls, which count as left out. Raises Refusal naming the one to blame."""
        given = {name: value for name, value in arguments.items() if value is not None}
        if wrong := list(self._validator.iter_errors(given)):
            raise _refusal(min(wrong, key=lambda error: _FIRST.get(str(error.validator), 2)))
        return given


@cache
def definitions() -> dict[str, Definition]:
    """Every tool, by its name."""
    folder = resources.files("mio_hub_mcp") / "generated"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".json")), key=lambda one: one.name)
    return {one.name.removesuffix(".json"): _read(one.read_text(encoding="utf-8")) for one in found}


def _read(text: str) -> Definition:
    validated = json.loads(text, object_hook=_in_python)["inputSchema"]
    return Definition(json.loads(text), Draft202012Validator(validated, format_checker=FormatChecker(["uuid"])))


def _in_python(schema: Schema) -> Schema:
    """A pattern of ECMA-262 as Python reads it: there `$` is the end alone, here it may stand before a line break."""
    if isinstance(schema.get("pattern"), str):
        schema["pattern"] = _END.sub(r"\\Z", schema["pattern"])
    return schema


def _refusal(error: ValidationError) -> Refusal:
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        name = next(name for name in error.instance if name not in known)
        there = ", ".join(known) or "nothing"
        return _wrong(name, f"There is no {name[:100]} here. What there is: {there}.")
    if error.validator == "required":
        name = next(name for name in error.validator_value if name not in error.instance)
        return _wrong(name, f"{name} is required. {error.schema['properties'][name]['description']}")
    name = str(error.absolute_path[0])
    return _wrong(name, f"{name} {_SENTENCES[str(error.validator)](error)}")


def _wrong(name: str, sentence: str) -> Refusal:
    return Refusal(sentence, "invalid_request", field=name[:100])


def _as_described(error: ValidationError) -> str:
    examples = error.schema.get("examples", ())
    example = f" Like {examples[0]}." if examples else ""
    return f"does not fit. {error.schema.get('description', '')}{example}"


_TYPES: Final = {"string": "text", "integer": "a whole number", "boolean": "true or false", "array": "a list"}
_SENTENCES: Final[dict[str, Callable[[ValidationError], str]]] = {
    "type": lambda error: f"must be {_TYPES[error.validator_value]}.",
    "enum": lambda error: f"must be one of {', '.join(error.validator_value)}.",
    "maxLength": lambda error: f"must be at most {error.validator_value:,} characters; it has {len(error.instance):,}.",
    "minimum": lambda error: f"must be from {error.schema['minimum']} to {error.schema['maximum']}.",
    "maximum": lambda error: f"must be from {error.schema['minimum']} to {error.schema['maximum']}.",
    "pattern": _as_described,
    "format": _as_described,
}

"""Values as JavaScript: what the generators of platforms with JavaScript or TypeScript sources share."""

import json
import re
from typing import Any, Final

from connectors.generation.contract import Field

_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_INDENT: Final = "  "


class Code(str):
    """An expression that stands as it is, in place of a value; its lines are indented to where it comes to stand."""


def literal(value: Any) -> str:
    """The value as an expression: one entry a line, with trailing commas, names unquoted where they can be."""
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, dict):
        return _block("{", entries(value), "}")
    if isinstance(value, list | tuple):
        return _block("[", [literal(inner) for inner in value], "]")
    return json.dumps(value, ensure_ascii=False)


def entries(value: dict[str, Any]) -> list[str]:
    """The entries of an object, for one that has others beside them."""
    return [_entry(_name(key), literal(inner)) for key, inner in value.items()]


def check(found: Field) -> dict[str, Any]:
    """What is asked of an input, for code that checks it before a request."""
    told = {
        "name": found.name,
        "label": found.label,
        "help": found.help,
        "kind": found.kind,
        "required": found.required,
        "pattern": found.pattern,
        "maxLength": found.max_length,
        "minimum": found.minimum,
        "maximum": found.maximum,
    }
    return {name: value for name, value in told.items() if value is not None}


def called(function: str, *values: Any) -> Code:
    """A call of `function` with these arguments."""
    return Code(f"{function}({', '.join(literal(value) for value in values)})")


def _entry(name: str, value: str) -> str:
    return name if name == value else f"{name}: {value}"


def _name(key: str) -> str:
    return key if _NAME.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _block(opening: str, inner: list[str], closing: str) -> str:
    if not inner:
        return opening + closing
    lines = "".join(f"{entry},\n" for entry in inner).splitlines()
    return "\n".join([opening, *(_INDENT + line for line in lines), closing])

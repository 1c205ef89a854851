"""Values as JavaScript: what the generators of platforms with JavaScript or TypeScript sources share."""

import json
import re
from typing import Any, Final

_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_INDENT: Final = "  "


class Code(str):
    """An expression that stands as it is, in place of a value; its lines are indented to where it comes to stand."""


def literal(value: Any) -> str:
    """The value as an expression: one entry a line, with trailing commas, names unquoted where they can be."""
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, dict):
        return _block("{", [f"{_name(key)}: {literal(inner)}" for key, inner in value.items()], "}")
    if isinstance(value, list | tuple):
        return _block("[", [literal(inner) for inner in value], "]")
    return json.dumps(value, ensure_ascii=False)


def called(function: str, *values: Any) -> Code:
    """A call of `function` with these arguments."""
    return Code(f"{function}({', '.join(literal(value) for value in values)})")


def _name(key: str) -> str:
    return key if _NAME.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _block(opening: str, entries: list[str], closing: str) -> str:
    if not entries:
        return opening + closing
    lines = "".join(f"{entry},\n" for entry in entries).splitlines()
    return "\n".join([opening, *(_INDENT + line for line in lines), closing])

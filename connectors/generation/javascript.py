"""JavaScript, TypeScript and JSON as text: what the generators of platforms with such sources share."""

import json
import re
from typing import Any, Final

from connectors.generation.contract import Field

NOTE: Final = "// Generated from schemas/ by `make connectors`. Do not edit.\n"

_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_INDENT: Final = "  "


class Code(str):
    """An expression that stands as it is, in place of a value; its lines are indented to where it comes to stand."""


def module(imports: str, constants: dict[str, Any], kind: str = "") -> str:
    """A module that exports these by their names; `kind` is a TypeScript annotation of each, with its colon."""
    said = (f"\nexport const {name}{kind} = {literal(value)};\n" for name, value in constants.items())
    return _headed(imports) + "".join(said)


def module_of(value: Any, imports: str = "") -> str:
    """A module that exports one value, as its default."""
    return f"{_headed(imports)}\nexport default {literal(value)};\n"


def json_file(value: Any, indent: str = _INDENT) -> str:
    """The content of a JSON file."""
    return json.dumps(value, indent=indent, ensure_ascii=False) + "\n"


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


def object_of(*given: str) -> Code:
    """An object of these entries, which may be methods and spreads."""
    return Code(_block("{", list(given), "}"))


def called(function: str, *values: Any) -> Code:
    """A call of `function` with these arguments."""
    return Code(f"{function}({', '.join(literal(value) for value in values)})")


def indented(text: str) -> str:
    """Each line one step further in."""
    return "\n".join(_INDENT + line for line in text.splitlines())


def check(found: Field) -> dict[str, Any]:
    """What is asked of an input, for code that checks it before a request."""
    told = {"name": found.name, "label": found.label, "help": found.help}
    return told | {"kind": found.kind, "required": found.required} | found.limits


def options(found: Field) -> list[dict[str, str]]:
    """What a person chooses from."""
    return [{"label": one.label, "value": one.value} for one in found.choices]


def _headed(imports: str) -> str:
    return f"{NOTE}\n{imports}" if imports else NOTE


def _entry(name: str, value: str) -> str:
    return name if name == value else f"{name}: {value}"


def _name(key: str) -> str:
    return key if _NAME.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _block(opening: str, inner: list[str], closing: str) -> str:
    if not inner:
        return opening + closing
    return "\n".join([opening, *(indented(f"{entry},") for entry in inner), closing])

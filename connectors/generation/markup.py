"""XML as text, for platforms whose sources are XML."""

from collections.abc import Sequence
from html import escape
from typing import Final

# The children of an element in their order, or its text.
Content = str | bool | int | Sequence[tuple[str, "Content"]]

NOTE: Final = "<!-- Generated from schemas/ by `make connectors`. Do not edit. -->\n"

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_INDENT: Final = "    "


def document(root: str, namespace: str, content: Sequence[tuple[str, Content]]) -> str:
    """A whole document. That it is generated stands within: Salesforce's tools take the first thing for the root."""
    inner = "".join(_element(name, value, _INDENT) for name, value in content)
    return f'{_HEAD}<{root} xmlns="{namespace}">\n{_INDENT}{NOTE}{inner}</{root}>\n'


def _element(name: str, content: Content, indent: str) -> str:
    if isinstance(content, bool):
        return _element(name, str(content).lower(), indent)
    if isinstance(content, str | int):
        return f"{indent}<{name}>{escape(str(content), quote=False)}</{name}>\n"
    inner = "".join(_element(child, value, indent + _INDENT) for child, value in content)
    return f"{indent}<{name}>\n{inner}{indent}</{name}>\n"

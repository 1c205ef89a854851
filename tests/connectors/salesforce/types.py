"""Salesforce's type definitions of metadata (`@salesforce/types`), and what of a file does not follow them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final
from xml.etree.ElementTree import Element

from tests.connectors.salesforce.package import FOLDER

_FILE: Final = FOLDER / "node_modules" / "@salesforce" / "types" / "lib" / "metadata.d.ts"
_TYPE: Final = re.compile(r"export type (\w+) = ((?:\w+ & )*)\{\n(.*?)\n?\};|export type (\w+) = (\w+);", re.DOTALL)
_ENUM: Final = re.compile(r"export type (\w+) =\s*((?:\|?\s*'[^']*'\s*)+);")
_FIELD: Final = re.compile(r"    (\w+)(\??): (\w+)(\[\])?;")
_SIMPLE: Final = {
    "boolean": re.compile("true|false"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
    "string": re.compile(".*", re.DOTALL),
    "Date": re.compile(r"\d{4}-\d\d-\d\d.*"),
}


@dataclass(frozen=True, slots=True)
class Member:
    """An element that a type has. `many`: as often as one likes; `needed`: once at least."""

    type: str
    many: bool
    needed: bool


@dataclass(frozen=True, slots=True)
class Definitions:
    """`members` of each type with those that it inherits, and the values of each closed list."""

    members: dict[str, dict[str, Member]]
    values: dict[str, frozenset[str]]


@cache
def definitions() -> Definitions:
    text = _FILE.read_text()
    own: dict[str, tuple[list[str], dict[str, Member]]] = {}
    for name, bases, body, alias, target in _TYPE.findall(text):
        own[name or alias] = (re.findall(r"\w+", bases) or [one for one in [target] if one], _members(body))
    values = {name: frozenset(re.findall("'([^']*)'", listed)) for name, listed in _ENUM.findall(text)}
    return Definitions({name: _inherited(name, own) for name in own}, values)


def faults(element: Element, kind: str) -> Iterator[str]:
    """What is wrong with an element that is to be of a type, and with what lies in it."""
    known = definitions()
    if kind in known.members:
        yield from _faults_within(element, known.members[kind])
    elif kind in known.values:
        if element.text not in known.values[kind]:
            yield f"{element.tag} is {element.text}, which is no {kind}"
    elif not _SIMPLE[kind].fullmatch(element.text or ""):
        yield f"{element.tag} is {element.text}, which is no {kind}"


def _faults_within(element: Element, members: dict[str, Member]) -> Iterator[str]:
    counted = Counter(child.tag for child in element)
    for tag, count in counted.items():
        if tag not in members:
            yield f"{element.tag} has {tag}, which is unknown"
        elif count > 1 and not members[tag].many:
            yield f"{element.tag} has {tag} {count} times"
    yield from (f"{element.tag} lacks {tag}" for tag, one in members.items() if one.needed and tag not in counted)
    for child in element:
        if child.tag in members:
            yield from faults(child, members[child.tag].type)


def _members(body: str) -> dict[str, Member]:
    found = _FIELD.findall(body)
    return {name: Member(kind, bool(many), not optional and not many) for name, optional, kind, many in found}


def _inherited(name: str, own: dict[str, tuple[list[str], dict[str, Member]]]) -> dict[str, Member]:
    bases, members = own[name]
    found: dict[str, Member] = {}
    for base in bases:
        found |= _inherited(base, own) if base in own else {}
    return found | members

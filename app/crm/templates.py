"""Texts with values of a record in them: `Hello {{contact.firstname|there}}`. Pure.

A placeholder names an object and a property of it; what stands behind a bar is said where the property is empty.
A value is put in as it is: what looks like a placeholder in it stays text.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.crm.platform import Record
from app.errors import InvalidRequest
from app.text import marked, storable

LONGEST_VALUE: Final = 1000
_OBJECT: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_PROPERTY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,119}")
_MARKS_OF_DIRECTION: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`default` is None where a record without the property cannot be called."""

    object: str
    property: str
    default: str | None = None

    def __str__(self) -> str:
        return f"{self.object}.{self.property}"


Part = str | Placeholder


def parse(template: str, field: str) -> tuple[Part, ...]:
    """The texts and placeholders of a template, in order. Raises InvalidRequest, blaming `field`, naming the place."""
    return tuple(_parts(template, field))


def placeholders(template: str, field: str) -> tuple[Placeholder, ...]:
    """Only the placeholders."""
    return tuple(part for part in parse(template, field) if isinstance(part, Placeholder))


def fill(template: str, records: Mapping[str, Record], field: str, *, marking: bool = False) -> str:
    """The template with the values of `records`, by object key; `marking` says whether they stand in marks (see
    `app.text.marked`), as in what a model is to follow.

    Raises InvalidRequest, blaming `field`: `value_missing` for a property that is empty and has no default.
    """
    return "".join(
        part if isinstance(part, str) else _value(part, records, field, marking) for part in parse(template, field)
    )


def cleaned(value: str) -> str:
    """A value as it may be said: on one line, without control characters and marks of direction, not too long."""
    kept = "".join(_cleaned(character) for character in storable(value))
    line = " ".join(kept.split())
    return line if len(line) <= LONGEST_VALUE else line[: LONGEST_VALUE - 1].rstrip() + "…"


def _cleaned(character: str) -> str:
    if character in _MARKS_OF_DIRECTION:
        return ""
    return " " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character


def _value(wanted: Placeholder, records: Mapping[str, Record], field: str, marking: bool) -> str:
    record = records.get(wanted.object)
    value = cleaned(record.properties.get(wanted.property, "")) if record else ""
    if value:
        return marked(value) if marking else value
    if wanted.default is None:
        raise InvalidRequest(
            f"The record has no {wanted}, which {field} needs. Fill it in, or give the rule a default: "
            f"{{{{{wanted}|there}}}}.",
            code="value_missing",
            field=field,
        )
    return wanted.default


def _parts(template: str, field: str) -> Iterator[Part]:
    place = 0
    while (start := template.find("{{", place)) >= 0:
        if start > place:
            yield template[place:start]
        end = template.find("}}", start)
        inner = template[start + 2 : end]
        refuse = _refuser(template, field, start)
        if end < 0 or "{{" in inner:
            raise refuse("is not closed with }}")
        yield _placeholder(inner, refuse)
        place = end + 2
    if template[place:]:
        yield template[place:]


def _placeholder(inner: str, refuse: Callable[[str], InvalidRequest]) -> Placeholder:
    name, bar, default = inner.partition("|")
    object, dot, property = name.strip().partition(".")
    if not dot or not _OBJECT.fullmatch(object) or not _PROPERTY.fullmatch(property):
        raise refuse("must name an object and its property, like {{contact.firstname}} or {{contact.firstname|there}}")
    return Placeholder(object, property, default.strip() if bar else None)


def _refuser(template: str, field: str, start: int) -> Callable[[str], InvalidRequest]:
    line = template.count("\n", 0, start) + 1
    column = start - (template.rfind("\n", 0, start) + 1) + 1
    shown = " ".join(template[start : start + 40].split())

    def refuse(why: str) -> InvalidRequest:
        return InvalidRequest(f"{field}, line {line}, character {column}: “{shown}” {why}.", field=field)

    return refuse

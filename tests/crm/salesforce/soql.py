"""As much of Salesforce's query language as the stand-in is asked in, read strictly."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.]*|\d+)|(?P<mark>>=|[(),=]))"
)
_UNESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "'": "'", "\\": "\\"}

Row = Mapping[str, Any]


class MalformedQuery(Exception):
    """What Salesforce answers as MALFORMED_QUERY."""


@dataclass(frozen=True, slots=True)
class Comparison:
    field: str
    values: tuple[object, ...]

    def holds(self, row: Row) -> bool:
        """Texts are compared without regard to upper and lower case."""
        return _folded(row.get(self.field)) in {_folded(value) for value in self.values}


@dataclass(frozen=True, slots=True)
class Since:
    field: str
    moment: str

    def holds(self, row: Row) -> bool:
        """Moments are kept as texts of one form, the seconds of which are told to three places."""
        return str(row.get(self.field))[: len("2026-11-24T09:00:00")] >= self.moment[:-1]


@dataclass(frozen=True, slots=True)
class Joined:
    every: bool
    parts: tuple["Comparison | Since | Joined", ...]

    def holds(self, row: Row) -> bool:
        return (all if self.every else any)(part.holds(row) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Query:
    fields: tuple[str, ...]
    name: str
    where: Comparison | Since | Joined
    order: tuple[str, bool] | None
    limit: int

    def looked_at(self) -> set[str]:
        """The fields by which records are chosen."""
        return _fields(self.where)

    def asked_of(self) -> set[str]:
        """Every field that the query names."""
        order = {self.order[0]} if self.order else set()
        return {*self.fields, *_fields(self.where), *order}


def parse(text: str) -> Query:
    """Raises MalformedQuery."""
    return _Reader(text).query()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if not found:
                raise MalformedQuery(f"unexpected token at {text[at : at + 20]!r}")
            self._tokens.append(found[found.lastgroup or 0])
            at = found.end()

    def query(self) -> Query:
        self._expect("SELECT")
        fields = [self._take()]
        while self._skip(","):
            fields.append(self._take())
        self._expect("FROM")
        name = self._take()
        where = self._joined() if self._skip("WHERE") else Joined(True, ())
        order = self._order() if self._skip("ORDER") else None
        limit = int(self._take()) if self._skip("LIMIT") else 2000
        if self._tokens:
            raise MalformedQuery(f"unexpected token: {self._tokens[0]}")
        return Query(tuple(fields), name, where, order, limit)

    def _order(self) -> tuple[str, bool]:
        self._expect("BY")
        field = self._take()
        falling = self._skip("DESC")
        self._skip("ASC")
        return field, falling

    def _joined(self) -> Comparison | Since | Joined:
        """AND and OR may not be mixed without brackets."""
        parts = [self._part()]
        word = "AND" if self._tokens and self._tokens[0].upper() == "AND" else "OR"
        while self._skip(word):
            parts.append(self._part())
        return Joined(word == "AND", tuple(parts)) if len(parts) > 1 else parts[0]

    def _part(self) -> Comparison | Since | Joined:
        if self._skip("("):
            inner = self._joined()
            self._expect(")")
            return inner
        field = self._take()
        if self._skip("="):
            return Comparison(field, (self._value(),))
        if self._skip(">="):
            return Since(field, self._moment())
        self._expect("IN")
        self._expect("(")
        values = [self._value()]
        while self._skip(","):
            values.append(self._value())
        self._expect(")")
        return Comparison(field, tuple(values))

    def _value(self) -> object:
        token = self._take()
        if token.startswith("'"):
            return re.sub(r"\\(.)", lambda escape: _UNESCAPED[escape[1]], token[1:-1], flags=re.DOTALL)
        if token in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[token]
        raise MalformedQuery(f"unexpected token: {token}")

    def _moment(self) -> str:
        token = self._take()
        if not token.endswith("Z"):
            raise MalformedQuery(f"unexpected token: {token}")
        return token

    def _take(self) -> str:
        if not self._tokens:
            raise MalformedQuery("unexpected end of query")
        return self._tokens.pop(0)

    def _skip(self, word: str) -> bool:
        there = bool(self._tokens) and self._tokens[0].upper() == word
        if there:
            self._tokens.pop(0)
        return there

    def _expect(self, word: str) -> None:
        if not self._skip(word):
            raise MalformedQuery(f"expecting {word}, found {self._tokens[0] if self._tokens else 'the end'}")


def _fields(part: Comparison | Since | Joined) -> set[str]:
    if isinstance(part, Comparison | Since):
        return {part.field}
    return {field for inner in part.parts for field in _fields(inner)}


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value

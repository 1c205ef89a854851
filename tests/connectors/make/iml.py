"""IML, the language of Make's expressions: `{{…}}` in the strings of a JSON document, given values for its variables.

A string that is one expression gives that expression's value with its type; any other string gives text. What is not
there is UNDEFINED, and a key of an object whose value is UNDEFINED is left out, as in JavaScript.
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from tests.connectors.make.functions import FUNCTIONS, UNDEFINED, text

Scope = Mapping[str, Any]
Value = Callable[[Scope], Any]

_WHOLE: Final = re.compile(r"\{\{((?:(?!\}\}).)*)\}\}", re.DOTALL)
_SPREAD: Final = "{{...}}"
_TOKEN: Final = re.compile(r"\s*(?:(?P<number>\d+)|(?P<text>'[^']*')|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-/<>=().,]))")
_KEYWORDS: Final = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}
# From the loosest to the tightest. Make has more of them; the app uses no others.
_LEVELS: Final = (("=",), ("<", ">"), ("-",), ("/",))
_COMPUTED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "-": lambda left, right: _difference(left, right),
    "/": operator.truediv,
}


class Unknown(Exception):
    """The expression uses what this interpreter does not know."""


def evaluated(given: Any, scope: Scope) -> Any:
    """`given`, a JSON value, with every expression in it replaced by its value."""
    if isinstance(given, str):
        return _string(given, scope)
    if isinstance(given, list):
        return [evaluated(item, scope) for item in given]
    if isinstance(given, dict):
        return _object(given, scope)
    return given


def expressions(given: str) -> list[str]:
    """The expressions in a string."""
    return [found[1] for found in _WHOLE.finditer(given)]


def compiled(source: str) -> Value:
    """An expression, without its braces. Raises Unknown."""
    return _Parser(source).parsed()


def _object(given: dict[str, Any], scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in given.items():
        inner = evaluated(value, scope)
        if key == _SPREAD:
            found |= inner or {}
        elif inner is not UNDEFINED:
            found[key] = inner
    return found


def _string(given: str, scope: Scope) -> Any:
    if whole := _WHOLE.fullmatch(given):
        return compiled(whole[1])(scope)
    return _WHOLE.sub(lambda found: text(compiled(found[1])(scope)), given)


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(source.rstrip()):
            found = _TOKEN.match(source, at)
            if not found or not found.lastgroup:
                raise Unknown(f"{source[at:]!r} in {source!r}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()

    def parsed(self) -> Value:
        value = self._level(0)
        if self._tokens:
            raise Unknown(f"{self._tokens[0][1]!r} in {self._source!r}")
        return value

    def _take(self, *signs: str) -> str | None:
        if self._tokens and self._tokens[0][0] == "sign" and self._tokens[0][1] in signs:
            return self._tokens.pop(0)[1]
        return None

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise Unknown(f"{sign!r} is missing in {self._source!r}")

    def _level(self, depth: int) -> Value:
        if depth == len(_LEVELS):
            return self._primary()
        left = self._level(depth + 1)
        while sign := self._take(*_LEVELS[depth]):
            left = _binary(sign, left, self._level(depth + 1))
        return left

    def _primary(self) -> Value:
        if self._take("("):
            inner = self._level(0)
            self._need(")")
            return inner
        if not self._tokens or self._tokens[0][0] == "sign":
            raise Unknown(f"nothing where a value should be in {self._source!r}")
        kind, token = self._tokens.pop(0)
        if kind == "number":
            return lambda _: int(token)
        if kind == "text":
            return lambda _: token[1:-1]
        if self._take("("):
            return self._call(token)
        return self._path(token)

    def _call(self, name: str) -> Value:
        if name not in FUNCTIONS:
            raise Unknown(f"the function {name} in {self._source!r}")
        arguments = [self._level(0)]
        while self._take(","):
            arguments.append(self._level(0))
        self._need(")")
        return lambda scope: FUNCTIONS[name](*(argument(scope) for argument in arguments))

    def _path(self, first: str) -> Value:
        path = [first]
        while self._take("."):
            kind, token = self._tokens.pop(0)
            if kind != "name":
                raise Unknown(f"{token!r} after a point in {self._source!r}")
            path.append(token)
        if path[0] in _KEYWORDS:
            return lambda _: _KEYWORDS[path[0]]
        return lambda scope: _found(path, scope)


def _found(path: list[str], scope: Scope) -> Any:
    value: Any = scope
    for name in path:
        value = value.get(name, UNDEFINED) if isinstance(value, Mapping) else UNDEFINED
    return value() if callable(value) else value


def _binary(sign: str, left: Value, right: Value) -> Value:
    return lambda scope: _COMPUTED[sign](left(scope), right(scope))


def _difference(left: Any, right: Any) -> Any:
    """Of two times, in milliseconds."""
    return (left - right).total_seconds() * 1000 if isinstance(left, datetime) else left - right

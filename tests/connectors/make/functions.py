"""The functions of IML that `connectors/make` uses, as Make's documentation describes them."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from app.times import iso


class Undefined:
    """What is not there."""

    def __repr__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()
# A format of formatDate to what it gives for a time.
_FORMATS: Final[dict[str, Callable[[datetime], str]]] = {
    "x": lambda moment: str(int(moment.timestamp() * 1000)),
    "YYYY-MM-DDTHH:mm:ss.SSS[Z]": lambda moment: iso(moment) or "",
}


def is_true(value: Any) -> bool:
    """As in JavaScript, where every object and list counts as true."""
    return isinstance(value, dict | list) or bool(value)


def text(value: Any) -> str:
    """A value inside a longer text."""
    if value is None or value is UNDEFINED:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return iso(value) or ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return create_json(value) if isinstance(value, dict | list) else str(value)


def create_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else None


def _format_date(moment: Any, form: str, zone: str = "UTC") -> Any:
    if not isinstance(moment, datetime):
        return UNDEFINED
    if zone != "UTC":
        raise LookupError(f"The zone {zone} is not known here.")
    return _FORMATS[form](moment)


def _replace(given: Any, wanted: str, replacement: str) -> str:
    """`wanted` between slashes is a regular expression, whose first match is replaced."""
    pattern = re.fullmatch(r"/(.*)/", wanted, re.DOTALL)
    if not pattern:
        return text(given).replace(wanted, replacement)
    return re.sub(pattern[1], replacement, text(given), count=1)


def _to_collection(pairs: Any, key: str, value: str) -> dict[str, Any]:
    return {pair[key]: pair.get(value, UNDEFINED) for pair in pairs or []}


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "if": lambda condition, then, otherwise: then if is_true(condition) else otherwise,
    "ifempty": lambda value, otherwise: otherwise if value in (None, "", UNDEFINED) else value,
    "length": lambda value: len(value or ""),
    "join": lambda items, separator: separator.join(text(item) for item in items or []),
    "min": min,
    "max": max,
    "ceil": math.ceil,
    "replace": _replace,
    "encodeURL": lambda value: quote(text(value), safe=""),
    "createJSON": create_json,
    "sha256": lambda value: hashlib.sha256(text(value).encode()).hexdigest(),
    "formatDate": _format_date,
    "addSeconds": lambda moment, seconds: moment + timedelta(seconds=seconds),
    "toCollection": _to_collection,
}

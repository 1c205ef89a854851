"""What is asked for against `schemas/`: the JSON Schemas decide, this says in words what would be right."""

import difflib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from app.errors import InvalidRequest
from app.times import parse
from app.web.texts import check_texts, shown

DIRECTORY: Final = Path(__file__).parents[2] / "schemas"
BASE: Final = "https://mio.gg/schemas/"
Fields = dict[str, Any]

_FIRST: Final = {"additionalProperties": 0, "required": 1}
_END: Final = re.compile(r"(?<!\\)\$$")
_INTEGER: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)


def check(name: str, content: Mapping[str, Any]) -> Fields:
    """`content` without optional nulls, if it fits schema `name`. Raises InvalidRequest naming the field to blame."""
    return _fitting(_validator(name), content)


def check_apart(name: str, content: Mapping[str, Any], field: str) -> Fields:
    """Like `check`, but every item of the list in `field` is checked by itself.

    In the place of an item stands what fits, or the InvalidRequest that says why it does not.
    """
    frame, items = _frame(name, field)
    fields = _fitting(frame, content)
    return fields | {field: [_item(items, item, field) for item in fields[field]]}


def _item(name: str, item: Any, field: str) -> Fields | InvalidRequest:
    if not isinstance(item, dict):
        return InvalidRequest(f"What {field} holds must be an object.", field=field)
    try:
        check_texts(item)
        return check(name, item)
    except InvalidRequest as refusal:
        return refusal


def _fitting(validator: Draft202012Validator, content: Mapping[str, Any]) -> Fields:
    fields: Fields = _without_nulls(content, validator.schema)
    wrong = list(validator.iter_errors(fields))
    if wrong:
        raise _refusal(min(wrong, key=lambda error: _FIRST.get(str(error.validator), 2)))
    return fields


def _without_nulls(value: Any, schema: Mapping[str, Any]) -> Any:
    """Optional fields that are null count as left out, also those of objects within, and of those in lists."""
    if not isinstance(value, Mapping | list):
        return value
    if "$ref" in schema:
        schema = registry().contents(f"{BASE}{schema['$ref']}")
    if isinstance(value, list):
        return [_without_nulls(item, schema.get("items", {})) for item in value]
    known = schema.get("properties", {})
    return {
        field: _without_nulls(inner, known.get(field, {}))
        for field, inner in value.items()
        if inner is not None or field not in known
    }


def check_query(name: str, parameters: Mapping[str, list[str]]) -> Fields:
    """Query parameters as schema `name` has them: numbers as numbers, and a list from its items, separated by commas.

    Raises InvalidRequest.
    """
    known = _validator(name).schema["properties"]
    fields: Fields = {}
    for field, values in parameters.items():
        if len(values) > 1:
            raise InvalidRequest(f"The parameter {shown(field)} is given more than once.", field=field[:100])
        if "\x00" in field or "\x00" in values[0]:
            raise InvalidRequest("A query parameter contains a NUL.", field=None if "\x00" in field else field[:100])
        fields[field] = _parameter(values[0], known.get(field, {}).get("type"))
    return check(name, fields)


def _parameter(text: str, kind: str | None) -> Any:
    if kind == "array":
        return text.split(",")
    return int(text) if kind == "integer" and _INTEGER.fullmatch(text) else text


def moment(fields: Fields, name: str) -> datetime | None:
    """The time in a field that has been checked; None when it was left out. Raises InvalidRequest for a year 0."""
    if name not in fields:
        return None
    try:
        return parse(fields[name])
    except (ValueError, OverflowError):
        raise InvalidRequest(f"{name} must be an ISO 8601 time with its zone.", field=name) from None


@cache
def registry() -> Registry[Any]:
    """Every schema, by its `$id`."""
    contents = [json.loads(path.read_text(), object_hook=_in_python) for path in sorted(DIRECTORY.glob("*.json"))]
    return Registry().with_resources([(found["$id"], Resource.from_contents(found)) for found in contents])


def _in_python(schema: dict[str, Any]) -> dict[str, Any]:
    """A pattern of ECMA-262 as Python reads it: there `$` is the end alone, here it may stand before a line break."""
    if isinstance(schema.get("pattern"), str):
        schema["pattern"] = _END.sub(r"\\Z", schema["pattern"])
    return schema


@cache
def _validator(name: str) -> Draft202012Validator:
    return _validates(registry().contents(f"{BASE}{name}.json"))


@cache
def _frame(name: str, field: str) -> tuple[Draft202012Validator, str]:
    """What validates a schema without a look into the list `field`, and the name of the schema of that list's items."""
    schema = registry().contents(f"{BASE}{name}.json")
    listed = dict(schema["properties"][field])
    items: str = listed.pop("items")["$ref"].removesuffix(".json")
    return _validates(schema | {"properties": schema["properties"] | {field: listed}}), items


def _validates(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, registry=registry(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _refusal(error: ValidationError) -> InvalidRequest:
    if error.validator == "additionalProperties":
        return _unknown(error)
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        about = error.schema["properties"][missing].get("description", "")
        whole = ".".join([*_names(error), missing])
        return InvalidRequest(f"{whole} is required. {about}".rstrip(), field=whole.partition(".")[0])
    field = str(error.absolute_path[0])
    return InvalidRequest(_sentence(error), field=field)


def _unknown(error: ValidationError) -> InvalidRequest:
    known = list(error.schema.get("properties", {}))
    name = next(name for name in error.instance if name not in known)
    close = difflib.get_close_matches(name[:100], known, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"What there is: {', '.join(known) or 'nothing'}."
    within = str(error.absolute_path[0]) if error.absolute_path else None
    where = f"in {within}" if within else "here"
    return InvalidRequest(f"There is no {shown(name)} {where}. {hint}", field=within or name[:100])


def _sentence(error: ValidationError) -> str:
    """What would be right: by the schema's own rule where it has one, else by the keyword that failed."""
    schema = error.schema
    whole = ".".join(_names(error))
    whose = whole if isinstance(error.absolute_path[-1], str) else f"What {whole} holds"
    if "x-rule" in schema:
        example = f", like {schema['examples'][0]}" if "examples" in schema else ""
        return f"{whose} must be {schema['x-rule']}{example}."
    return f"{whose} {_SENTENCES[str(error.validator)](error)}"


def _names(error: ValidationError) -> list[str]:
    """The fields that lead to what is wrong, without the places in lists."""
    return [name for name in error.absolute_path if isinstance(name, str)]


_TYPES: Final = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "array": "a list",
    "object": "an object",
}
_SENTENCES: Final[dict[str, Callable[[ValidationError], str]]] = {
    "type": lambda error: f"must be {_TYPES[error.validator_value]}.",
    "enum": lambda error: (
        f"must be one of {', '.join(error.validator_value)}; {shown(str(error.instance))} is none of them."
    ),
    "const": lambda error: f"can only be {json.dumps(error.validator_value)}.",
    "minLength": lambda _: "must not be empty.",
    "pattern": lambda _: "must contain more than spaces.",
    "maxLength": lambda error: f"must be at most {error.validator_value:,} characters; it has {len(error.instance):,}.",
    "minItems": lambda _: "must not be empty. Leave it out, or name at least one.",
    "maxItems": lambda error: f"must have at most {error.validator_value} items.",
    "minimum": lambda error: f"must be from {error.schema['minimum']} to {error.schema['maximum']}.",
    "maximum": lambda error: f"must be from {error.schema['minimum']} to {error.schema['maximum']}.",
}

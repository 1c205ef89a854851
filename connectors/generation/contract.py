"""The fields of `schemas/`, with the words that a person reads: what every platform's generator starts from.

`x-ui` words in a schema: `label` (the title otherwise), `help` (the description otherwise), `multiline`, `advanced`,
`order` (a number; left out, the schema's own order), `optionsFrom` (the list that a person chooses from: `calls`),
`enumLabels` (value to label) and `unit`.
"""

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from connectors.generation.words import spoken, title_case

SCHEMAS: Final = Path(__file__).parents[2] / "schemas"

Kind = Literal["text", "phone", "url", "id", "time", "integer", "boolean", "choice", "choices", "list", "object"]
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed list: what is sent, and what a person reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request or an answer.

    `label` is in Title Case, `help` whole sentences for a person who fills in a form; `description` is the schema's
    own, for programs and those who write them. `fields` are those of an `object`, or of each item of a `list`;
    `choices` those of a `choice` (one) or of `choices` (several). `rule` completes "It must be …" where a `pattern` or
    the kind asks for something (`x-rule`). `example` is None where the schema has none.
    """

    name: str
    label: str
    help: str
    kind: Kind
    required: bool = False
    nullable: bool = False
    multiline: bool = False
    advanced: bool = False
    options_from: str | None = None
    choices: tuple[Choice, ...] = ()
    fields: tuple["Field", ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    rule: str | None = None
    default: Any = None
    example: Any = None
    description: str = ""

    @property
    def limits(self) -> Schema:
        """What there is of them, in the words of JSON Schema."""
        return stated(pattern=self.pattern, maxLength=self.max_length, minimum=self.minimum, maximum=self.maximum)

    def needed(self) -> "Field":
        """The same, required."""
        return replace(self, required=True)


@cache
def schema(name: str) -> Schema:
    """The file `schemas/<name>.json`. Treat it as read-only."""
    found: Schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    return found


@cache
def fields(name: str) -> tuple[Field, ...]:
    """The fields of the object that `schemas/<name>.json` describes, in the order in which a person is asked."""
    return _fields(schema(name))


def field(name: str, *, of: str) -> Field:
    """The field `name` of `schemas/<of>.json`. Raises LookupError."""
    for found in fields(of):
        if found.name == name:
            return found
    raise LookupError(f"schemas/{of}.json has no {name}")


def single(schema_name: str, name: str) -> Field:
    """A schema that is no object but one value, as the field `name`."""
    return _field(name, schema(schema_name), required=True)


def example(name: str, number: int = 0) -> Any:
    """An example of the whole object, as the schema gives it."""
    return schema(name)["examples"][number]


def stated(**values: Any) -> dict[str, Any]:
    """Those of the values that are not None, by their names."""
    return {name: value for name, value in values.items() if value is not None}


def _fields(described: Schema) -> tuple[Field, ...]:
    required = set(described.get("required", ()))
    found = [(_order(one, index), name, one) for index, (name, one) in enumerate(described["properties"].items())]
    return tuple(_field(name, one, required=name in required) for _, name, one in sorted(found, key=lambda it: it[0]))


def _order(described: Schema, index: int) -> tuple[float, int]:
    return described.get("x-ui", {}).get("order", index), index


def _field(name: str, given: Schema, *, required: bool) -> Field:
    described = _resolved(given)
    ui = described.get("x-ui", {})
    kind = _kind(described)
    items = _resolved(described.get("items", {}))
    inner = items if kind == "list" else described
    return Field(
        name=name,
        label=title_case(ui.get("label") or described.get("title") or name),
        help=ui.get("help") or described.get("description", ""),
        kind=kind,
        required=required,
        nullable="null" in _types(described),
        multiline=ui.get("multiline", False),
        advanced=ui.get("advanced", False),
        options_from=ui.get("optionsFrom"),
        choices=_choices(items if kind == "choices" else described, ui.get("enumLabels", {})),
        fields=_fields(inner) if "properties" in inner else (),
        minimum=described.get("minimum"),
        maximum=described.get("maximum"),
        max_length=described.get("maxLength"),
        pattern=described.get("pattern"),
        rule=described.get("x-rule"),
        default=described.get("default"),
        example=_first(described.get("examples", ())),
        description=described.get("description", ""),
    )


def _resolved(given: Schema) -> Schema:
    """With what it refers to, whose words it may override."""
    if "anyOf" in given:
        return _or_null(given)
    if "$ref" not in given:
        return given
    name = given["$ref"].removesuffix(".json")
    target = schema(name)
    merged = target | {key: value for key, value in given.items() if key not in ("$ref", "properties")}
    if "properties" in target:
        over = given.get("properties", {})
        merged["properties"] = {key: value | over.get(key, {}) for key, value in target["properties"].items()}
    return merged | {"x-from": name}


def _or_null(given: Schema) -> Schema:
    """`anyOf` one schema and null: that one, nullable."""
    (target,) = [_resolved(one) for one in given["anyOf"] if one.get("type") != "null"]
    rest = {key: value for key, value in given.items() if key != "anyOf"}
    return target | rest | {"type": [*_types(target), "null"]}


def _types(described: Schema) -> tuple[str, ...]:
    types = described.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _kind(described: Schema) -> Kind:
    types = [one for one in _types(described) if one != "null"]
    kind = types[0] if types else "string"
    if kind == "string":
        return _kind_of_text(described)
    if kind == "array":
        return "choices" if "enum" in _resolved(described["items"]) else "list"
    kinds: dict[str, Kind] = {"integer": "integer", "boolean": "boolean", "object": "object"}
    return kinds[kind]


def _kind_of_text(described: Schema) -> Kind:
    if described.get("x-from") == "phone-number":
        return "phone"
    if "enum" in described:
        return "choice"
    formats: dict[str, Kind] = {"date-time": "time", "uuid": "id", "uri": "url"}
    return formats.get(described.get("format", ""), "text")


def _choices(described: Schema, labels: dict[str, str]) -> tuple[Choice, ...]:
    values = [value for value in described.get("enum", ()) if value is not None]
    return tuple(Choice(value, labels.get(value) or spoken(value)) for value in values)


def _first(values: Any) -> Any:
    return values[0] if values else None

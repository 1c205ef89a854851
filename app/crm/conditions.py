"""What a record must be like for a rule to call. Pure.

Texts are compared without regard to case and to the space around them; numbers as numbers, whatever their zeros.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Self

from app.crm.platform import Record
from app.errors import InvalidRequest

FIELD: Final = "conditions"


@dataclass(frozen=True, slots=True)
class Condition:
    """`object` is a key; `values` are one text for most operators, several for `one_of`, none for `is_set`."""

    object: str
    property: str
    operator: str
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Any], object: str) -> Self:
        """From its JSON; `object` is the rule's, for a condition that names none."""
        values = [*([stored["value"]] if "value" in stored else []), *stored.get("values", [])]
        return cls(stored.get("object") or object, stored["property"], stored["operator"], tuple(values))

    def __str__(self) -> str:
        return f"{self.operator} on {self.object}.{self.property}"


def check(condition: Condition) -> None:
    """Raises InvalidRequest when the operator is given other values than it takes."""
    takes = OPERATORS[condition.operator].takes
    if takes == "none" and condition.values:
        raise _refused(condition, "takes no value")
    if takes in ("one", "number") and len(condition.values) != 1:
        raise _refused(condition, "takes one value")
    if takes == "many" and not condition.values:
        raise _refused(condition, "takes values, a list of at least one")
    if takes == "number" and _number(condition.values[0]) is None:
        raise _refused(condition, "takes a number, like 5 or 12.50")


def holds(condition: Condition, records: Mapping[str, Record]) -> bool:
    """Whether it holds for the records, by object key. A record that is not there has no properties."""
    return OPERATORS[condition.operator].holds(actual(condition, records), condition.values)


def actual(condition: Condition, records: Mapping[str, Record]) -> str:
    """The value that a condition looks at, "" for none."""
    record = records.get(condition.object)
    return record.properties.get(condition.property, "") if record else ""


def _refused(condition: Condition, why: str) -> InvalidRequest:
    return InvalidRequest(f"The condition {condition} {why}.", field=FIELD)


def _same(value: str) -> str | Decimal:
    """What two values that mean the same have in common."""
    number = _number(value)
    return number if number is not None else value.strip().casefold()


def _number(value: str) -> Decimal | None:
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _compared(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[str, Sequence[str]], bool]:
    def holds(value: str, values: Sequence[str]) -> bool:
        mine, other = _number(value), _number(values[0])
        return mine is not None and other is not None and compare(mine, other)

    return holds


@dataclass(frozen=True, slots=True)
class Operator:
    takes: str
    holds: Callable[[str, Sequence[str]], bool]


OPERATORS: Final = {
    "equals": Operator("one", lambda value, values: _same(value) == _same(values[0])),
    "not_equals": Operator("one", lambda value, values: _same(value) != _same(values[0])),
    "one_of": Operator("many", lambda value, values: _same(value) in {_same(one) for one in values}),
    "contains": Operator("one", lambda value, values: values[0].strip().casefold() in value.casefold()),
    "is_set": Operator("none", lambda value, _: bool(value.strip())),
    "is_not_set": Operator("none", lambda value, _: not value.strip()),
    "greater": Operator("number", _compared(lambda mine, other: mine > other)),
    "less": Operator("number", _compared(lambda mine, other: mine < other)),
}

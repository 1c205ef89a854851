"""Whether a rule can work: what it hears of, what it looks at, and whether the CRM knows all that it names."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.crm import conditions, planning
from app.crm.hours import Hours
from app.crm.platform import Line, ObjectKind, Platform
from app.crm.templates import placeholders
from app.errors import InvalidRequest
from app.models.crm import CrmRule

_MOST_SHOWN: Final = 10


def check(rule: CrmRule, platform: Platform) -> None:
    """All that can be said without the CRM. Raises InvalidRequest, blaming the field."""
    if rule.object not in platform.objects:
        raise _none("object", "object", rule.object, platform.objects)
    if rule.trigger not in platform.triggers:
        raise _none("trigger", "trigger", rule.trigger, platform.triggers)
    _check_property(rule, platform)
    for condition in planning.conditions_of(rule):
        conditions.check(condition)
    if rule.hours:
        Hours.of(rule.hours)
    known = objects_of(rule, platform)
    for field, object, _ in _named(rule, platform.objects):
        if object not in known:
            raise _none(field, "object", object, known)


def check_properties(rule: CrmRule, platform: Platform, line: Line) -> None:
    """Whether the CRM has every property that a rule names. Raises InvalidRequest, and what a Line raises."""
    named = list(_named(rule, platform.objects))
    for object in dict.fromkeys(object for _, object, _ in named):
        known = platform.properties_of(line, object)
        for field, other, name in named:
            if other == object and name not in known:
                raise _unknown(field, object, name, known)


def objects_of(rule: CrmRule, platform: Platform) -> tuple[str, ...]:
    """The objects whose properties a rule can name: its own, and its person's."""
    kind = platform.objects[rule.object]
    return (kind.key,) if kind.person else (kind.key, kind.belongs_to)


def _check_property(rule: CrmRule, platform: Platform) -> None:
    if rule.trigger != "changed":
        if rule.property:
            raise InvalidRequest("property goes with the trigger changed alone.", field="property")
        return
    if not rule.property:
        raise InvalidRequest("property is required: whose change starts the call.", field="property")
    if rule.property in platform.quiet_properties:
        raise InvalidRequest(
            f"{rule.property} changes when a call is put on the record: its rule would call in a circle.",
            field="property",
        )


def _named(rule: CrmRule, objects: Mapping[str, ObjectKind]) -> Iterator[tuple[str, str, str]]:
    """Every property that a rule names: the field of the API, the object, the property."""
    if rule.property:
        yield "property", rule.object, rule.property
    for condition in planning.conditions_of(rule):
        yield "conditions", condition.object, condition.property
    for name in rule.number_properties:
        yield "numberProperties", planning.person_kind(rule.object, objects).key, name
    for field, template in planning.templates_of(rule).items():
        for placeholder in placeholders(template, field):
            yield field, placeholder.object, placeholder.property


def _none(field: str, what: str, given: str, known: Iterable[str]) -> InvalidRequest:
    names = ", ".join(sorted(known)[:_MOST_SHOWN])
    return InvalidRequest(f"There is no {what} {given[:60]} for this rule. What there is: {names}.", field=field)


def _unknown(field: str, object: str, name: str, known: Iterable[str]) -> InvalidRequest:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    hint = f" Did you mean {object}.{close[0]}?" if close else ""
    return InvalidRequest(f"The CRM has no {object}.{name}.{hint}", field=field)

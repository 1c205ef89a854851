"""From what a CRM asked for to the call that is placed. Pure.

What is wrong with a record, a rule or a request refuses the call for good, with a stable code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from app.calls.requests import CallRequest
from app.crm.asked import Asked
from app.crm.conditions import Condition, holds
from app.crm.hours import Hours, opening
from app.crm.numbers import Dialable, dialable
from app.crm.platform import ObjectKind, Record
from app.crm.templates import cleaned, fill, placeholders
from app.errors import AppError, Conflict, InvalidRequest
from app.models.crm import CrmConnection, CrmEnrolment, CrmRule
from app.times import now

LONGEST_INSTRUCTIONS: Final = 5000
LONGEST_FIRST_MESSAGE: Final = 1000
LONGEST_NAME: Final = 200
_EXTENSION: Final = (
    " The number has the extension {extension}: once somebody or a menu answers, ask for it or key it in,"
    " unless you have the right person already."
)
_QUESTIONS: Final = "\n\nYou are also to get the answers to these questions. "


@dataclass(frozen=True, slots=True)
class Needed:
    """The properties that a rule looks at: of its record, and of that record's person where it is none itself."""

    own: tuple[str, ...]
    of_person: tuple[str, ...] = ()

    def are_in(self, record: Record, person: str | None) -> bool:
        """Whether a record that came with a change has them all; `person` is the key of its person's object."""
        other = record.related.get(person) if person else None
        return set(self.own) <= set(record.properties) and set(self.of_person) <= set(other.properties if other else ())


@dataclass(frozen=True, slots=True)
class Found:
    """A number, and the property in which it was found."""

    dialable: Dialable
    property: str


def needed(rule: CrmRule, objects: Mapping[str, ObjectKind]) -> Needed:
    """What to read of a rule's record before `plan`."""
    kind = objects[rule.object]
    person = person_kind(rule.object, objects)
    wanted = [(person.key, name) for name in (*rule.number_properties, *person.names)]
    for field, template in templates_of(rule).items():
        wanted += [(one.object, one.property) for one in placeholders(template, field)]
    wanted += [(one.object, one.property) for one in conditions_of(rule)]
    own = dict.fromkeys(name for object, name in wanted if object == kind.key)
    others = dict.fromkeys(name for object, name in wanted if object == person.key != kind.key)
    return Needed(tuple(own), tuple(others))


def plan(
    enrolment: CrmEnrolment,
    rule: CrmRule | None,
    record: Record | None,
    connection: CrmConnection,
    objects: Mapping[str, ObjectKind],
) -> CallRequest:
    """The call of an enrolment that has none: from what was asked, or from a rule and its record as it is now.

    Raises AppError when there is to be none: Conflict `rule_gone`, `rule_off`, `conditions_not_met`; InvalidRequest
    `number_missing`, `number_ambiguous`, `number_invalid`, `value_missing`, `text_too_long`.
    """
    if enrolment.source != "rule":
        asked = of_person(Asked.of(enrolment.asked or {}), record, connection, objects)
        return plan_asked(asked, connection, enrolment.questions)
    if rule is None:
        raise Conflict("The rule that wanted this call was deleted.", code="rule_gone")
    if not rule.active:
        raise Conflict("The rule that wanted this call was switched off.", code="rule_off")
    if record is None:
        raise ValueError("A rule needs its record.")
    records = {record.object: record, **record.related}
    if not all(holds(condition, records) for condition in conditions_of(rule)):
        raise Conflict("The record does not meet the conditions of the rule.", code="conditions_not_met")
    return plan_rule(rule, record, connection, objects, now())


def plan_asked(asked: Asked, connection: CrmConnection, questions: Sequence[str] = ()) -> CallRequest:
    """The call that a workflow asks for; its agent is told the questions. Raises InvalidRequest as `plan`."""
    number = dialable(asked.number, _country(asked, connection))
    if not asked.instructions.strip():
        raise InvalidRequest("There are no instructions for the call.", code="value_missing", field="instructions")
    request = _request(number, asked.instructions, asked.first_message, asked.name, None)
    wanted = [question.strip() for question in questions if question.strip()]
    if not wanted:
        return request
    return replace(request, instructions=f"{request.instructions.rstrip()}{_QUESTIONS}{' '.join(wanted)}")


def lacks_number(enrolment: CrmEnrolment, objects: Mapping[str, ObjectKind]) -> bool:
    """Whether a workflow asks to call the person whom a record belongs to, by the number that this person has."""
    kind = objects.get(enrolment.object or "")
    return kind is not None and not kind.person and not Asked.of(enrolment.asked or {}).number.strip()


def of_person(
    asked: Asked, record: Record | None, connection: CrmConnection, objects: Mapping[str, ObjectKind]
) -> Asked:
    """What was asked with the number, and where it has no name the name, of the person whom a record belongs to; as it
    is where there is no such record. Raises InvalidRequest as `number_of`.
    """
    if record is None:
        return asked
    person = person_of(record, objects)
    found = number_of(person_kind(record.object, objects).numbers, person, _country(asked, connection))
    return replace(
        asked, number=person.properties[found.property] if person else "", name=asked.name or name_of(person, objects)
    )


def plan_rule(
    rule: CrmRule,
    record: Record,
    connection: CrmConnection,
    objects: Mapping[str, ObjectKind],
    moment: datetime,
) -> CallRequest:
    """The call that a rule wants for a record at `moment` or in the next of its hours, whatever its conditions."""
    records = {record.object: record, **record.related}
    person = person_of(record, objects)
    found = number_of(rule.number_properties, person, connection.default_country)
    texts = {
        field: fill(template, records, field, marking=field == "instructions")
        for field, template in templates_of(rule).items()
    }
    name = texts.get("calleeName", "") or name_of(person, objects)
    call_at = opening(Hours.of(rule.hours), moment) if rule.hours else None
    return _request(found.dialable, texts["instructions"], texts.get("firstMessage", ""), name, call_at)


def number_of(properties: Sequence[str], person: Record | None, country: str) -> Found:
    """The first number of a person that can be read, in the properties' order, in a country where it names none.

    Raises InvalidRequest with the first's reason, or `number_missing`.
    """
    reason: AppError | None = None
    for name in properties if person else ():
        text = person.properties.get(name, "") if person else ""
        if not text.strip():
            continue
        try:
            return Found(dialable(text, country), name)
        except InvalidRequest as refusal:
            reason = reason or refusal
    raise reason or InvalidRequest(_no_number(properties, person), code="number_missing", field="phoneNumber")


def person_kind(object: str, objects: Mapping[str, ObjectKind]) -> ObjectKind:
    """The kind of whom to call about such a record: its own, or that of its person where it is none."""
    kind = objects[object]
    return kind if kind.person else objects[kind.belongs_to]


def person_of(record: Record, objects: Mapping[str, ObjectKind]) -> Record | None:
    """Whom to call about a record: itself, or its person where it is none."""
    kind = objects[record.object]
    return record if kind.person else record.related.get(kind.belongs_to)


def name_of(person: Record | None, objects: Mapping[str, ObjectKind]) -> str:
    """A person's name as the CRM has it, "" for none."""
    if person is None:
        return ""
    return " ".join(filter(None, (cleaned(person.properties.get(name, "")) for name in objects[person.object].names)))


def templates_of(rule: CrmRule) -> dict[str, str]:
    """A rule's templates by the fields of the API that they come from."""
    texts = {"instructions": rule.instructions, "firstMessage": rule.first_message, "calleeName": rule.callee_name}
    return {field: text for field, text in texts.items() if text}


def conditions_of(rule: CrmRule) -> Sequence[Condition]:
    return [Condition.of(stored, rule.object) for stored in rule.conditions]


def _country(asked: Asked, connection: CrmConnection) -> str:
    return asked.country.strip().upper() or connection.default_country


def _request(
    number: Dialable, instructions: str, first_message: str, name: str, call_at: datetime | None
) -> CallRequest:
    _check_length(instructions, LONGEST_INSTRUCTIONS, "instructions")
    _check_length(first_message, LONGEST_FIRST_MESSAGE, "firstMessage")
    request = CallRequest(
        phone_number=number.number,
        instructions=instructions,
        first_message=first_message if first_message.strip() else None,
        call_at=call_at,
        name=cleaned(name)[:LONGEST_NAME] or None,
    )
    if not number.extension:
        return request
    return replace(request, instructions=instructions.rstrip() + _EXTENSION.format(extension=number.extension))


def _check_length(text: str, longest: int, field: str) -> None:
    if len(text) > longest:
        raise InvalidRequest(
            f"{field} has {len(text):,} characters with the record's values; at most {longest:,} can be used.",
            code="text_too_long",
            field=field,
        )


def _no_number(properties: Sequence[str], person: Record | None) -> str:
    if person is None:
        return "The record belongs to nobody who could be called."
    return f"The record has no phone number in {', '.join(properties)}."

"""From what a CRM asked for to the call that is placed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.calls.requests import CallRequest
from app.crm.asked import Asked, record_stored
from app.crm.planning import Needed, needed, plan, plan_rule
from app.crm.platform import Record
from app.errors import AppError
from app.models.crm import CrmConnection, CrmEnrolment, CrmRule
from tests.crm.sheets import Sheet

OBJECTS = Sheet.objects
NUMBER = "+15551234567"
SAM = Record("contact", "1", {"phone": NUMBER, "first": "Sam", "last": "Carter", "stage": "lead"})


def a_rule(**columns: Any) -> CrmRule:
    plain = {
        "active": True,
        "object": "contact",
        "conditions": [],
        "number_properties": ["mobile", "phone"],
        "instructions": "Ask {{contact.first}}.",
    }
    return CrmRule(**plain | columns)


def planned(rule: CrmRule | None, record: Record | None = SAM, country: str = "US") -> CallRequest:
    return plan(CrmEnrolment(source="rule", asked={}), rule, record, CrmConnection(default_country=country), OBJECTS)


def planned_action(default_country: str = "US", **asked: str) -> CallRequest:
    plain = {"number": NUMBER, "instructions": "Ask."}
    stored = Asked(**plain | asked).stored()
    return plan(
        CrmEnrolment(source="action", asked=stored, questions=[]),
        None,
        None,
        CrmConnection(default_country=default_country),
        OBJECTS,
    )


def refusal(*args: Any, **kwargs: Any) -> tuple[str, str | None]:
    with pytest.raises(AppError) as refused:
        args[0](*args[1:], **kwargs)
    return refused.value.code, refused.value.field


def test_an_actions_call_is_as_it_was_asked_for() -> None:
    asked = planned_action(first_message="Hi.", name="Sam")
    assert asked == CallRequest(NUMBER, "Ask.", first_message="Hi.", name="Sam")
    assert planned_action(first_message=" ", name=" ") == CallRequest(NUMBER, "Ask.")


def test_an_actions_number_is_read_in_its_country_or_the_connections() -> None:
    assert planned_action(number="030 123456", country="DE").phone_number == "+4930123456"
    assert planned_action("DE", number="030 123456").phone_number == "+4930123456"
    assert planned_action("DE", number="030 123456", country=" de ").phone_number == "+4930123456"


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"number": ""}, "number_missing", "phoneNumber"),
        ({"number": "555-1234"}, "number_invalid", "phoneNumber"),
        ({"number": "555-123-4567, 555-765-4321"}, "number_ambiguous", "phoneNumber"),
        ({"instructions": " \n"}, "value_missing", "instructions"),
        ({"instructions": "x" * 5001}, "text_too_long", "instructions"),
        ({"first_message": "x" * 1001}, "text_too_long", "firstMessage"),
    ],
)
def test_an_action_that_cannot_be_called_is_refused(asked: dict[str, str], code: str, field: str) -> None:
    assert refusal(planned_action, **asked) == (code, field)


def test_an_action_without_anything_is_refused_by_its_number() -> None:
    nothing = CrmEnrolment(source="action", asked=None)
    assert refusal(plan, nothing, None, None, CrmConnection(default_country="US"), OBJECTS)[0] == "number_missing"


def test_an_extension_is_told_to_the_agent_and_not_dialled() -> None:
    call = planned_action(number="(555) 123-4567 x12", instructions="x" * 5000)
    assert call.phone_number == NUMBER
    assert call.instructions.startswith("x" * 5000)
    assert "extension 12" in call.instructions


def test_a_name_is_cut_to_what_a_call_can_have() -> None:
    assert planned_action(name="x" * 300).name == "x" * 200


def test_a_rules_call_has_its_records_values() -> None:
    rule = a_rule(first_message="Hi {{contact.last|there}}.", callee_name="{{contact.first}}")
    assert planned(rule) == CallRequest(NUMBER, "Ask ‹Sam›.", first_message="Hi Carter.", name="Sam")


def test_without_a_name_of_its_own_a_rule_takes_the_records() -> None:
    assert planned(a_rule()).name == "Sam Carter"
    assert planned(a_rule(instructions="Ask."), Record("contact", "1", {"phone": NUMBER})).name is None


@pytest.mark.parametrize(
    ("numbers", "number"),
    [
        ({"mobile": "+15550000001", "phone": "+15550000002"}, "+15550000001"),
        ({"mobile": "  ", "phone": "+15550000002"}, "+15550000002"),
        ({"mobile": "none", "phone": "+15550000002"}, "+15550000002"),
        ({"mobile": "+15550000001 or +15550000003", "phone": "+15550000002"}, "+15550000002"),
    ],
)
def test_the_first_number_that_is_there_and_can_be_read_is_called(numbers: dict[str, str], number: str) -> None:
    assert planned(a_rule(instructions="Ask."), Record("contact", "1", numbers)).phone_number == number


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ({}, "number_missing"),
        ({"mobile": "none", "phone": "555-123-4567 / 555-765-4321"}, "number_invalid"),
        ({"mobile": "555-123-4567 / 555-765-4321", "phone": "none"}, "number_ambiguous"),
    ],
)
def test_where_no_number_can_be_read_the_first_is_to_blame(numbers: dict[str, str], code: str) -> None:
    assert refusal(planned, a_rule(instructions="Ask."), Record("contact", "1", numbers))[0] == code


def test_a_deals_person_is_called_in_words_about_both() -> None:
    deal = Record("deal", "7", {"title": "Roof"}, {"contact": SAM})
    rule = a_rule(object="deal", instructions="Ask {{contact.first}} about {{deal.title}}.")
    assert planned(rule, deal) == CallRequest(NUMBER, "Ask ‹Sam› about ‹Roof›.", name="Sam Carter")
    assert refusal(planned, rule, Record("deal", "7", {"title": "Roof"}))[0] == "number_missing"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (None, "rule_gone"),
        (a_rule(active=False), "rule_off"),
        (a_rule(conditions=[{"property": "stage", "operator": "equals", "value": "customer"}]), "conditions_not_met"),
        (a_rule(instructions="Ask {{contact.score}}."), "value_missing"),
        (a_rule(instructions="{{contact.first}}" * 294 + "x" * 4120), "text_too_long"),
    ],
)
def test_a_rule_that_does_not_want_the_call_any_more_refuses_it(rule: CrmRule | None, code: str) -> None:
    assert refusal(planned, rule)[0] == code


def test_a_call_outside_of_the_hours_waits_for_them() -> None:
    hours = {"timeZone": "Europe/Berlin", "days": ["mon"], "from": "09:00", "to": "17:00"}
    sunday = datetime(2026, 3, 22, 12, tzinfo=UTC)
    call = plan_rule(a_rule(hours=hours), SAM, CrmConnection(default_country="US"), OBJECTS, sunday)
    assert call.call_at == datetime(2026, 3, 23, 8, tzinfo=UTC)


def test_a_rule_needs_what_its_texts_conditions_and_numbers_name() -> None:
    condition = {"property": "stage", "operator": "is_set"}
    rule = a_rule(conditions=[condition], first_message="{{contact.score|}}")
    assert needed(rule, OBJECTS) == Needed(("mobile", "phone", "first", "last", "score", "stage"))
    about = a_rule(object="deal", instructions="{{deal.title}} {{contact.first}}", conditions=[condition])
    assert needed(about, OBJECTS) == Needed(("title", "stage"), ("mobile", "phone", "first", "last"))


def test_a_record_that_came_with_its_change_may_lack_what_a_rule_needs() -> None:
    assert Needed(("phone", "first")).are_in(SAM, None)
    assert not Needed(("phone", "score")).are_in(SAM, None)
    deal = Record("deal", "7", {"title": "Roof"}, {"contact": SAM})
    assert Needed(("title",), ("phone",)).are_in(deal, "contact")
    assert not Needed(("title",), ("score",)).are_in(deal, "contact")
    assert not Needed(("title",), ("phone",)).are_in(Record("deal", "7", {"title": "Roof"}), "contact")


def test_a_stored_record_has_its_person() -> None:
    assert record_stored(None) == {}
    assert record_stored(Record("deal", "7", {}, {"contact": SAM}))["record"]["related"]["contact"]["id"] == "1"

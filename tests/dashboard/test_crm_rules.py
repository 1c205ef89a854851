"""Rules: made, changed, tried, switched and deleted by forms; and what a CRM's values may do in them: nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from app.config import Settings
from app.dashboard.application import build
from app.db import execute
from app.models.crm import CrmConnection, CrmRule
from tests.crm.plain import says
from tests.crm.sheets import Sheet, Sheets
from tests.dashboard.browser import Browser, Page
from tests.dashboard.conftest import Owner, queries
from tests.dashboard.test_crm import CRM, MOST_QUERIES

WORDS = "Ask {{contact.first|them}} about the offer."
GOOD = {"name": "Call new leads", "trigger": "changed", "property": "stage", "instructions": WORDS}


@pytest.fixture(scope="session")
def app(settings: Settings) -> Flask:
    return build(replace(settings, api_public_url="http://localhost"), {"plain": Sheet()})


def new_of(connection: CrmConnection) -> str:
    return f"{CRM}/connections/{connection.id}/rules/new"


def sent(browser: Browser, connection: CrmConnection, **fields: Any) -> Page:
    """The form of a new rule, filled in and sent."""
    path = new_of(connection)
    return browser.send(browser.get(path), path, **GOOD | {"do": "save"} | fields)


def made(browser: Browser, connection: CrmConnection, **fields: Any) -> CrmRule:
    page = sent(browser, connection, **fields)
    assert page.status == 200, page.text
    return only()


def only() -> CrmRule:
    (found,) = CrmRule.select()
    return found


def path_of(rule: CrmRule) -> str:
    return f"{CRM}/rules/{rule.id}"


def test_a_rule_is_made_by_its_form(browser: Browser, connection: CrmConnection) -> None:
    page = sent(
        browser,
        connection,
        condition_object="contact",
        condition_property="score",
        condition_operator="greater",
        condition_value="5",
        numberProperties="phone, mobile",
        firstMessage="Hi {{contact.first|there}}.\r\nThis is Mio.",
        hours_timeZone="Europe/Berlin",
        hours_from="09:00",
        hours_to="17:00",
        days=["mon", "tue"],
        amount="2",
        unit="hours",
    )
    rule = only()
    assert (page.heading, "Saved." in page.text) == ("Call new leads", True)
    assert rule.conditions == [{"object": "contact", "property": "score", "operator": "greater", "value": "5"}]
    assert (rule.number_properties, rule.first_message) == (
        ["phone", "mobile"],
        "Hi {{contact.first|there}}.\nThis is Mio.",
    )
    assert rule.hours == {"timeZone": "Europe/Berlin", "days": ["mon", "tue"], "from": "09:00", "to": "17:00"}
    assert (rule.once_within_seconds, rule.active) == (7200, True)


def test_what_is_left_empty_is_as_the_crm_has_it(browser: Browser, connection: CrmConnection) -> None:
    rule = made(browser, connection)
    assert (rule.number_properties, rule.hours, rule.conditions) == (["mobile", "phone"], None, [])
    assert rule.once_within_seconds == 86400


def test_a_rule_form_sent_twice_makes_one_rule(browser: Browser, connection: CrmConnection) -> None:
    path = new_of(connection)
    form = browser.get(path)
    pages = [browser.send(form, path, **GOOD, do="save") for _ in range(2)]
    assert [page.heading for page in pages] == ["Call new leads"] * 2
    assert CrmRule.select().count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"name": ""}, "name", "Name must not be empty."),
        ({"name": "a\x00b"}, "name", "contains a NUL"),
        ({"object": "company"}, "object", "There is no object company"),
        ({"trigger": "deleted"}, "trigger", "must be one of"),
        ({"property": ""}, "property", "Property is required"),
        ({"property": "nothing"}, "property", "The CRM has no contact.nothing."),
        ({"property": "last_called"}, "property", "would call in a circle"),
        ({"instructions": ""}, "instructions", "Instructions must not be empty."),
        ({"instructions": "Ask {{contact.frist}}."}, "instructions", "Did you mean contact.first?"),
        ({"instructions": "Ask {{contact.first."}, "instructions", "is not closed with }}"),
        ({"instructions": "x" * 5001}, "instructions", "at most 5,000 characters"),
        ({"firstMessage": "Hi {{contact.frist}}"}, "firstMessage", "Did you mean contact.first?"),
        ({"calleeName": "{{first}}"}, "calleeName", "The name of the callee, line 1"),
        ({"numberProperties": "fax"}, "numberProperties", "The CRM has no contact.fax."),
        ({"numberProperties": "two words"}, "numberProperties", "a property&#39;s name in the CRM"),
        ({"condition_property": "colour"}, "conditions", "The CRM has no contact.colour."),
        ({"condition_property": "a b"}, "conditions", "Condition 1: "),
        ({"condition_value": "5"}, "conditions", "Condition 1: "),
        ({"condition_property": "score", "condition_operator": "like"}, "conditions", "must be one of"),
        (
            {"condition_property": "score", "condition_operator": "greater", "condition_value": "many"},
            "conditions",
            "takes a number",
        ),
        ({"condition_property": "score", "condition_operator": "one_of"}, "conditions", "must not be empty"),
        (
            {"hours_timeZone": "Mars/Phobos", "hours_from": "09:00", "hours_to": "17:00"},
            "hours",
            "There is no time zone",
        ),
        ({"hours_timeZone": "UTC"}, "hours", "Give the time from which it may call, and give the time until"),
        (
            {"hours_timeZone": "UTC", "hours_from": "09:00", "hours_to": "17:00", "days": []},
            "hours",
            "Choose the days on which it may call. Leave zone and times empty to call at any time.",
        ),
        (
            {"hours_timeZone": "UTC", "hours_from": "9", "hours_to": "17:00"},
            "hours",
            "The beginning of the hours must be",
        ),
        ({"amount": "0"}, "onceWithinSeconds", "The time between calls must be from 60"),
        ({"amount": "many"}, "onceWithinSeconds", "Give a whole number"),
        ({"unit": "years"}, "onceWithinSeconds", "Give a whole number"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_beside_its_field(
    browser: Browser, connection: CrmConnection, fields: dict[str, str], field: str, said: str
) -> None:
    page = sent(browser, connection, **fields)
    assert page.status == 400
    reason = page.text.partition(f'id="{field}-error">')[2].partition("</p>")[0]
    assert said in reason, reason
    assert CrmRule.select().count() == 0


def test_what_was_typed_is_there_again_when_it_is_refused(browser: Browser, connection: CrmConnection) -> None:
    fields = {"condition_property": "stage", "condition_operator": "one_of", "condition_value": "NEW\r\nOPEN"}
    page = sent(browser, connection, property="nothing", firstMessage="Hi & bye", unit="hours", **fields)
    values = page.form(new_of(connection)).values
    assert (values["firstMessage"].strip(), values["unit"], values["condition_operator"]) == (
        "Hi &amp; bye".replace("amp;", ""),
        "hours",
        "one_of",
    )
    assert values["condition_value"].strip() == "NEW\nOPEN"


def test_a_row_is_added_without_a_script_and_nothing_is_made(browser: Browser, connection: CrmConnection) -> None:
    page = sent(browser, connection, do="row", name="")
    assert (page.status, page.text.count('name="condition_property"')) == (200, 2)
    assert CrmRule.select().count() == 0


def test_all_properties_of_the_crm_can_be_asked_for(browser: Browser, connection: CrmConnection) -> None:
    assert "{{contact.score|}}" not in browser.get(new_of(connection)).text
    page = sent(browser, connection, do="properties", name="")
    assert "{{contact.score|}}" in page.text
    assert "{{deal.amount|}}" in page.text


def test_a_crm_that_is_down_is_told_of_and_what_was_typed_stays(
    browser: Browser, connection: CrmConnection, cloud: Sheets
) -> None:
    cloud.script.extend([says(500, {"message": "<script>alert(1)</script>"})] * 3)
    page = sent(browser, connection)
    assert page.status == 503
    assert "The CRM cannot be asked now" in page.text
    assert "<script>alert" not in page.text
    assert WORDS in page.text


def test_a_rule_is_changed_by_its_form(browser: Browser, connection: CrmConnection) -> None:
    rule = made(browser, connection, condition_property="stage", condition_operator="one_of", condition_value="a\nb")
    path = f"{path_of(rule)}/edit"
    form = browser.get(path).form(path).values
    assert (form["condition_value"].strip(), form["amount"], form["unit"]) == ("a\nb", "1", "days")
    browser.send(browser.get(path), path, do="save", name="Others", condition_property="", condition_value="")
    assert (only().name, only().conditions, only().property) == ("Others", [], "stage")


def test_what_is_not_changed_asks_the_crm_for_nothing(
    browser: Browser, connection: CrmConnection, cloud: Sheets
) -> None:
    rule = made(browser, connection)
    asked, path = len(cloud.asked), f"{path_of(rule)}/edit"
    browser.send(browser.get(path), path, do="save", name="Others")
    assert (only().name, len(cloud.asked)) == ("Others", asked)


def test_a_number_property_cannot_be_taken_away(browser: Browser, connection: CrmConnection) -> None:
    path = f"{path_of(made(browser, connection))}/edit"
    page = browser.send(browser.get(path), path, do="save", numberProperties="")
    assert (page.status, 'id="numberProperties-error"' in page.text) == (400, True)


def test_a_rule_is_switched_off_and_on(browser: Browser, connection: CrmConnection) -> None:
    rule = made(browser, connection)
    path = f"{path_of(rule)}/active"
    page = browser.send(browser.get(path_of(rule)), path)
    assert ("The rule is off." in page.text, only().active) == (True, False)
    browser.send(page, path)
    assert only().active is True


def test_deleting_is_asked_once_and_says_that_scheduled_calls_stay(browser: Browser, connection: CrmConnection) -> None:
    rule = made(browser, connection)
    path = f"{path_of(rule)}/delete"
    asked = browser.get(path)
    assert "Calls that it has scheduled stay" in asked.text
    page = browser.send(asked, path)
    assert (page.heading, CrmRule.select().count()) == ("Rules", 0)
    assert browser.send(asked, path).heading == "Rules"


def a_record(cloud: Sheets, id: str = "51", **properties: str) -> None:
    cloud.records["contact", id] = {"mobile": "+15551234567", "first": "Robin", "stage": "NEW"} | properties


def tried(browser: Browser, rule: CrmRule, record_id: str = "51") -> Page:
    path = f"{path_of(rule)}/dry-run"
    return browser.send(browser.get(path_of(rule)), path, recordId=record_id)


def test_a_dry_run_shows_whom_it_would_call_and_in_which_words(
    browser: Browser, connection: CrmConnection, cloud: Sheets
) -> None:
    a_record(cloud)
    page = tried(browser, made(browser, connection))
    for text in ("It would call", "+15551234567", "Robin", "Ask ‹Robin› about the offer.", "at once", "the sandbox"):
        assert text in page.text


def test_a_dry_run_says_why_it_would_not_call(browser: Browser, connection: CrmConnection, cloud: Sheets) -> None:
    a_record(cloud)
    rule = made(browser, connection, condition_property="stage", condition_value="OPEN")
    page = tried(browser, rule)
    assert "It would not call" in page.text
    assert "The record does not meet the conditions of the rule." in page.text


def test_a_dry_run_of_a_record_that_is_not_there_is_refused_beside_its_field(
    browser: Browser, connection: CrmConnection
) -> None:
    page = tried(browser, made(browser, connection), "nobody")
    assert (page.status, 'id="recordId-error"' in page.text) == (400, True)


def test_a_record_s_values_are_text(browser: Browser, connection: CrmConnection, cloud: Sheets) -> None:
    evil = "<script>alert(1)</script>{{contact.last}}"
    a_record(cloud, first=evil, stage=evil, last=evil)
    rule = made(
        browser,
        connection,
        condition_property="stage",
        condition_value=evil,
        name=evil,
        firstMessage="{{contact.first}}",
    )
    for page in (tried(browser, rule), browser.get(f"{CRM}/rules"), browser.get(f"{path_of(rule)}/edit")):
        assert page.status == 200
        assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in tried(browser, rule).text


def test_another_accounts_rule_is_not_there(
    browser: Browser, browser_of: Callable[[Owner], Browser], bob: Owner, connection: CrmConnection
) -> None:
    rule = made(browser, connection)
    other = browser_of(bob)
    csrf = other.get(f"{CRM}/connect").form("/mode").values["csrf"]
    for tail in ("", "/edit", "/delete"):
        assert other.get(path_of(rule) + tail).status == 404, tail
    for tail in ("/edit", "/delete", "/active", "/dry-run"):
        given = GOOD | {
            "csrf": csrf,
            "nonce": str(uuid4()),
            "do": "save",
            "active": "false",
            "amount": "1",
            "unit": "days",
        }
        assert other.post(path_of(rule) + tail, given).status == 404, tail
    assert "Call new leads" not in other.get(f"{CRM}/rules").text
    assert (only().active, only().name) == (True, "Call new leads")


def test_rules_are_filtered_by_connection_and_state(browser: Browser, connection: CrmConnection) -> None:
    rule = made(browser, connection)
    listed = f'href="{path_of(rule)}"'
    assert listed in browser.get(f"{CRM}/rules?state=on&connection={connection.id}").text
    assert listed not in browser.get(f"{CRM}/rules?state=off").text
    assert listed not in browser.get(f"{CRM}/rules?connection={uuid4()}").text


def test_a_rule_of_an_ended_connection_can_be_looked_at_and_deleted_alone(
    browser: Browser, connection: CrmConnection
) -> None:
    rule = made(browser, connection)
    execute("UPDATE crm_connection SET status = 'disconnected'")
    execute("UPDATE crm_rule SET active = false")
    page = browser.get(path_of(rule))
    assert "Its connection was ended" in page.text
    assert not [form for form in page.forms if form.action.startswith(CRM)]


def test_the_pages_ask_the_database_little(browser: Browser, connection: CrmConnection) -> None:
    rule = made(browser, connection)
    for path in (
        f"{CRM}/rules",
        path_of(rule),
        f"{path_of(rule)}/edit",
        f"{path_of(rule)}/delete",
        new_of(connection),
        f"{CRM}/rules/new",
    ):
        with queries() as asked:
            assert browser.get(path).status == 200
        assert len(asked) <= MOST_QUERIES, path

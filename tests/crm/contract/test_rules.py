"""A change in a CRM starts a call by the account's rules, once, in the words that they say; a dry run rings nobody."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.crm.contract.site import BUSY, Site, a_key, a_number, national


def test_every_change_of_which_its_rules_can_hear_starts_a_call(site: Site) -> None:
    site.connect()
    for trigger in sorted(site.platform.triggers):
        rule = site.rule(trigger)
        record = site.person(a_number())
        site.change(record, rule=rule)
        site.settled("start", len(site.enrolments()))
        site.hub.put(f"/crm/rules/{rule['id']}", {"active": False}, site.key)
    assert len(site.calls()) == len(site.platform.triggers)


def test_the_words_are_the_rules_with_what_the_record_holds(site: Site) -> None:
    site.connect()
    rule = site.rule()
    number = a_number()
    site.change(site.person(number, "Robin"), rule=rule)
    call = site.ended_call()
    assert call["instructions"] == "Ask ‹Robin› whether they still want the offer."
    assert (call["to_number"], call["mode"]) == (number, "test")


def test_the_call_of_a_rule_is_written_on_the_record_that_changed(site: Site) -> None:
    site.connect(live=True)
    rule = site.rule()
    record = site.person(a_number())
    site.change(record, rule=rule)
    call = site.ended_call()
    site.settled("write")
    assert [note.record_ids for note in site.notes(call["id"])] == [(record,)]


def test_a_rule_whose_condition_does_not_hold_calls_nobody(site: Site) -> None:
    site.connect()
    condition = {"property": site.cloud.name_property, "operator": "equals", "value": "Robin"}
    rule = site.rule(conditions=[condition])
    site.change(site.person(a_number(), "Kim"), rule=rule)
    site.settled("start")
    site.change(site.person(BUSY, "Robin"), rule=rule)
    assert site.ended_call()["to_number"] == BUSY


def test_a_rule_that_is_off_calls_nobody(site: Site) -> None:
    site.connect()
    rule = site.rule(active=False)
    site.change(site.person(a_number()), rule=rule)
    assert site.enrolments() == []


def test_who_has_no_number_is_not_called_and_the_enrolment_says_why(site: Site) -> None:
    site.connect()
    site.change(site.person(), rule=site.rule())
    assert site.refusal()["code"] == "number_missing"
    assert site.calls() == []


def test_of_two_numbers_the_first_that_the_rule_names_is_called(site: Site) -> None:
    site.connect()
    other = next(
        name for name in site.platform.objects[site.cloud.person].numbers if name != site.cloud.number_property
    )
    rule = site.rule(numberProperties=[other, site.cloud.number_property])
    first, second = a_number(), a_number()
    site.change(site.person(second, **{other: first}), rule=rule)
    assert site.ended_call()["to_number"] == first


def test_an_extension_is_not_dialled_as_part_of_the_number(site: Site) -> None:
    site.connect()
    number = a_number()
    site.change(site.person(f"{national(number)} ext. 12"), rule=site.rule())
    site.settled("start")
    assert [call["to_number"] for call in site.calls()] in ([number], [])


@pytest.mark.parametrize(
    "words", ["Call {{person.nothing_like_it}}.", "Call {{nothing.firstname}}.", "Call {{ .", "Call {{}}."]
)
def test_a_template_with_a_field_that_is_not_there_is_refused_with_the_rule(site: Site, words: str) -> None:
    site.connect()
    answer = site.ask_rule(instructions=words.replace("person", site.cloud.person))
    assert (answer.status, answer.json["field"]) == (400, "instructions")


def test_a_value_that_a_record_lacks_is_not_spoken_as_nothing(site: Site) -> None:
    site.connect()
    site.change(site.person(a_number(), ""), rule=site.rule())
    assert site.refusal()["code"] == "value_missing"
    assert site.calls() == []


def test_a_template_may_say_what_stands_for_a_missing_value(site: Site) -> None:
    site.connect()
    rule = site.rule(instructions=f"Call {{{{{site.cloud.person}.{site.cloud.name_property}|them}}}}.")
    site.change(site.person(BUSY, ""), rule=rule)
    assert site.ended_call()["instructions"] == "Call them."


def test_a_dry_run_shows_who_would_be_called_with_which_words_and_rings_nobody(site: Site) -> None:
    site.connect()
    rule = site.rule()
    number = a_number()
    record = site.person(number, "Robin")
    answer = site.hub.post(f"/crm/rules/{rule['id']}/dry-run", {"recordId": record}, site.holder.test_key)
    assert answer.status == 200
    assert "Ask ‹Robin› whether they still want the offer." in str(answer.json)
    assert number in str(answer.json)
    assert (site.enrolments(), site.calls()) == ([], [])


def test_a_dry_run_without_a_record_takes_the_latest(site: Site) -> None:
    site.connect()
    rule = site.rule()
    site.person(a_number(), "Robin")
    answer = site.hub.post(f"/crm/rules/{rule['id']}/dry-run", {}, site.holder.test_key)
    assert answer.status == 200
    assert site.calls() == []


def test_a_change_that_is_told_again_and_at_once_calls_once(site: Site) -> None:
    site.connect()
    rule, record, key = site.rule(), site.person(BUSY), a_key()
    with ThreadPoolExecutor(4) as crew:
        list(crew.map(lambda _: site.change(record, key, rule=rule), range(4)))
    site.ended_call()
    site.change(record, key, rule=rule)
    assert (len(site.enrolments()), len(site.calls())) == (1, 1)


def test_a_record_that_changes_again_and_again_is_called_once_in_the_rules_time(site: Site) -> None:
    site.connect()
    rule, record = site.rule(onceWithinSeconds=3600), site.person(BUSY)
    for _ in range(3):
        site.change(record, rule=rule)
    site.ended_call()
    assert len(site.calls()) == 1


def test_changes_in_another_order_call_everyone(site: Site) -> None:
    site.connect()
    rule = site.rule()
    people = [(site.person(number), number) for number in (a_number() for _ in range(4))]
    for record, _ in reversed(people):
        site.change(record, rule=rule)
    site.settled("start", 4)
    assert {call["to_number"] for call in site.calls()} == {number for _, number in people}


def test_no_rule_hears_of_what_our_own_writing_changes(site: Site) -> None:
    site.connect()
    for quiet in sorted(site.platform.quiet_properties):
        answer = site.ask_rule("changed", property=quiet)
        assert (answer.status, answer.json.get("field")) in ((400, "property"), (400, "trigger")), quiet


def test_a_record_that_is_gone_when_its_turn_comes_is_not_called(site: Site) -> None:
    site.connect()
    rule, record = site.rule(), site.person(a_number())
    site.cloud.fail(503)
    site.change(record, rule=rule)
    site.cloud.delete(site.cloud.person, record)
    site.settled("start")
    if site.calls():  # it came with the message, so that nothing had to be read
        return
    assert site.refusal()["code"] == "record_gone"


@pytest.mark.parametrize(
    "field",
    [
        {"trigger": "never"},
        {"object": "spaceship"},
        {"numberProperties": []},
        {"numberProperties": ["no_such_property"]},
        {"conditions": [{"property": "no_such_property", "operator": "equals", "value": "x"}]},
        {"instructions": ""},
        {"onceWithinSeconds": -1},
        {"hours": {"timezone": "Mars/Olympus"}},
    ],
)
def test_a_rule_that_cannot_work_is_refused_by_the_field(site: Site, field: dict[str, Any]) -> None:
    site.connect()
    answer = site.ask_rule(**field)
    assert answer.status == 400
    assert answer.json["field"].startswith(next(iter(field)))

"""What is generated is sound and fresh, whatever the platform."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.generate import generated, orphans, stale
from connectors.generation.catalogue import ACTIONS, TRIGGERS, Action, Trigger
from connectors.generation.contract import Field, field, fields, single
from connectors.generation.words import kebab_case, snake_case, title_case

SHOWN = [found for action in ACTIONS for found in (*action.inputs, *action.output)]
EVERY_FIELD = list({found.name: found for found in [*SHOWN, *(one for t in TRIGGERS for one in t.filters)]}.values())


def test_nothing_generated_is_stale() -> None:
    assert stale(generated()) == []


def test_what_nothing_generates_any_more_is_told() -> None:
    assert set(orphans({})) <= set(generated())
    assert stale({}) == sorted(orphans({}))


def test_generated_files_end_with_a_line_break_and_json_can_be_read() -> None:
    for path, content in generated().items():
        assert content.endswith("\n"), path
        if path.endswith(".json"):
            json.loads(content)


def test_what_is_required_is_not_said_to_be_left_empty() -> None:
    required = [found for action in ACTIONS for found in action.inputs if found.required]
    assert [found.name for found in required if "eave empty" in found.help] == []


@pytest.mark.parametrize("found", EVERY_FIELD, ids=lambda found: found.name)
def test_a_field_has_words_for_a_person(found: Field) -> None:
    assert found.label == title_case(found.label)
    assert found.help.endswith((".", ")"))
    assert "ID" not in found.label.split() or found.name == "id"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.key)
def test_the_sample_of_an_action_has_the_fields_that_it_gives(action: Action) -> None:
    assert set(action.sample) == {found.name for found in action.output}


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.key)
def test_a_trigger_says_when_it_triggers(trigger: Trigger) -> None:
    assert trigger.description.startswith("Triggers when ")
    assert trigger.description.endswith(".")
    assert set(trigger.sample) == {found.name for found in trigger.output}


def test_a_field_that_refers_to_a_number_is_a_phone_number() -> None:
    found = field("phoneNumber", of="call.create")
    assert (found.kind, found.required, found.pattern) == ("phone", True, "^\\+[1-9][0-9]{6,14}$")


def test_a_list_has_the_fields_of_its_items() -> None:
    assert [inner.name for inner in field("transcript", of="call").fields] == ["role", "text"]


def test_several_of_a_closed_list_are_choices() -> None:
    filters = {inner.name: inner for inner in field("filters", of="webhook.create").fields}
    assert (filters["status"].kind, filters["direction"].kind) == ("choices", "choice")
    assert [choice.label for choice in filters["answeredBy"].choices] == ["Human", "Voicemail", "Unknown"]


def test_null_is_no_choice() -> None:
    reasons = field("endReason", of="call")
    assert reasons.nullable
    assert None not in [choice.value for choice in reasons.choices]


def test_a_single_value_is_a_required_field() -> None:
    assert (single("call-id", "callId").options_from, single("call-id", "callId").required) == ("calls", True)


def test_what_is_not_in_a_schema_is_an_error() -> None:
    with pytest.raises(LookupError, match="has no nothing"):
        field("nothing", of="call")


def test_required_and_optional_fields_are_those_of_the_schema() -> None:
    assert [found.name for found in fields("call.create") if found.required] == ["phoneNumber", "instructions"]


@given(st.lists(st.sampled_from(["end", "reason", "at", "of", "ID", "a", "URL", "by"]), min_size=1, max_size=5))
def test_title_case_changes_nothing_the_second_time(words: list[str]) -> None:
    assert title_case(title_case(" ".join(words))) == title_case(" ".join(words))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("End reason", "End Reason"), ("Answered by", "Answered By"), ("Start of a call", "Start of a Call")],
)
def test_small_words_are_small_in_the_middle_alone(given: str, wanted: str) -> None:
    assert title_case(given) == wanted


def test_a_key_is_told_in_small_letters_as_a_platform_parts_words() -> None:
    assert (snake_case("startCallAndWait"), kebab_case("startCallAndWait")) == (
        "start_call_and_wait",
        "start-call-and-wait",
    )

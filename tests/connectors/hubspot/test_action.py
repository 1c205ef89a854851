"""The workflow action says what the hub takes and gives, in HubSpot's forms, with words for everything."""

import re
from typing import Any

import pytest

from connectors.generation.contract import field, fields, schema
from connectors.generation.words import snake_case
from tests.connectors.hubspot import openapi
from tests.connectors.hubspot.project import ACTION, config, labels, typed

INPUTS, OUTPUTS = typed("inputFields"), typed("outputFields")
ASKED = {name for name, one in schema("crm.call.create")["properties"].items() if "x-ui" in one}
JSON_TYPES = {"string": str, "enumeration": str, "number": int, "bool": bool}
FITTING = {
    ("string", "text"),
    ("string", "textarea"),
    ("string", "phonenumber"),
    ("number", "number"),
    ("bool", "booleancheckbox"),
    ("enumeration", "select"),
}
needs_documents = pytest.mark.skipif(not openapi.FOLDER.is_dir(), reason=openapi.MISSING)


def input_field(name: str) -> Any:
    return next(one for one in config(ACTION)["inputFields"] if one["typeDefinition"]["name"] == name)


# HubSpot's own documents


@needs_documents
def test_the_definition_is_one_that_hubspot_takes() -> None:
    assert openapi.faults("actionsV4", "PublicActionDefinitionEgg", openapi.definition(config(ACTION))) == []


@needs_documents
@pytest.mark.parametrize(
    "wrong",
    [
        {"actionUrl": None},
        {"objectTypes": "CONTACT"},
        {"inputFields": [{"typeDefinition": {"name": "x", "type": "text"}, "isRequired": True}]},
        {
            "inputFields": [
                {"typeDefinition": {"name": "x", "type": "string", "fieldType": "phone"}, "isRequired": True}
            ]
        },
        {"inputFields": [{"typeDefinition": {"name": "x", "type": "string"}}]},
        {"inputFields": [input_field("country") | {"supportedValueTypes": ["ANY"]}]},
        {"outputFields": [{"typeDefinition": {"name": "x", "type": "boolean"}}]},
        {"outputFields": [{"typeDefinition": {"name": "x", "type": "enumeration", "options": [{"value": "a"}]}}]},
        {"executionRules": [{"conditions": {"outcome": "busy"}}]},
        {"labels": {"en": {"actionDescription": "Calls."}}},
        {"labels": {"en": {"actionName": "Call", "outputLabels": {}}}},
    ],
    ids=str,
)
def test_a_wrong_definition_would_be_noticed(wrong: dict[str, Any]) -> None:
    spoilt = openapi.definition(config(ACTION)) | wrong
    assert openapi.faults("actionsV4", "PublicActionDefinitionEgg", spoilt) != []


@pytest.mark.parametrize("one", [*INPUTS.values(), *OUTPUTS.values()], ids=lambda one: one["name"])
def test_a_type_is_shown_as_hubspot_shows_such_properties(one: Any) -> None:
    assert (one["type"], one["fieldType"]) in FITTING


# Our schemas


def test_it_asks_for_what_a_person_is_asked_for_and_for_nothing_else() -> None:
    assert list(INPUTS) == [snake_case(one.name) for one in fields("crm.call.create") if one.name in ASKED]


def test_it_requires_what_the_hub_requires_of_a_person() -> None:
    required = {one["typeDefinition"]["name"] for one in config(ACTION)["inputFields"] if one["isRequired"]}
    needed = {snake_case(name) for name in ASKED & set(schema("crm.call.create")["required"])}
    assert required == needed - {"phone_number"}  # a deal's contact is called where the deal has no number


def test_it_gives_the_whole_ending() -> None:
    assert list(OUTPUTS) == [snake_case(one.name) for one in fields("crm.ending")]


@pytest.mark.parametrize("ending", schema("crm.ending")["examples"])
def test_an_ending_has_the_types_that_are_declared(ending: Any) -> None:
    for name, value in ending.items():
        assert type(value) is JSON_TYPES[OUTPUTS[snake_case(name)]["type"]], name


@pytest.mark.parametrize("name", ["status", "outcome", "answeredBy"])
def test_a_closed_list_can_be_branched_on_with_every_value_that_the_hub_gives(name: str) -> None:
    output = OUTPUTS[snake_case(name)]
    assert output["type"] == "enumeration"
    assert [one["value"] for one in output["options"]] == [one.value for one in field(name, of="crm.ending").choices]
    assert [one["displayOrder"] for one in output["options"]] == list(range(len(output["options"])))


@pytest.mark.parametrize("name", [*INPUTS, *OUTPUTS])
def test_a_name_is_in_small_letters_with_underscores(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+|_[0-9])*", name)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("phoneNumber", "phone_number"),
        ("question1", "question_1"),
        ("longestWaitMinutes", "longest_wait_minutes"),
        ("answeredBy", "answered_by"),
        ("answer3", "answer_3"),
        ("test", "test"),
    ],
)
def test_names_are_told_as_the_hub_reads_them(ours: str, theirs: str) -> None:
    assert snake_case(ours) == theirs
    assert theirs in INPUTS | OUTPUTS


def test_a_number_comes_from_the_record_alone() -> None:
    assert input_field("phone_number")["supportedValueTypes"] == ["OBJECT_PROPERTY"]
    assert INPUTS["phone_number"]["fieldType"] == "phonenumber"


def test_long_texts_have_room() -> None:
    assert {name for name, one in INPUTS.items() if one["fieldType"] == "textarea"} == {"instructions", "first_message"}


# Words


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("inputFieldLabels", INPUTS), ("inputFieldDescriptions", INPUTS), ("outputFieldLabels", OUTPUTS)],
)
def test_every_field_has_words_and_no_word_is_without_a_field(words: str, wanted: dict[str, Any]) -> None:
    assert list(labels()[words]) == list(wanted)
    assert all(labels()[words].values())


def test_descriptions_are_sentences_of_a_length_that_fits_a_form() -> None:
    for told in [labels()["actionDescription"], *labels()["inputFieldDescriptions"].values()]:
        assert re.match(r"[A-Z].*[.?]$", told)
        assert len(told) <= 255


def test_labels_fit_where_hubspot_shows_them() -> None:
    assert len(labels()["actionName"]) <= 40
    for label in [*labels()["inputFieldLabels"].values(), *labels()["outputFieldLabels"].values()]:
        assert 2 <= len(label) <= 40
    assert all(one["label"] for output in OUTPUTS.values() for one in output.get("options", ()))


def test_labels_differ() -> None:
    for words in ("inputFieldLabels", "outputFieldLabels"):
        assert len(set(labels()[words].values())) == len(labels()[words])


def test_the_card_names_an_input() -> None:
    assert set(re.findall(r"{{(\w+)}}", labels()["actionCardContent"])) <= set(INPUTS)


# What a workflow's history says


def test_every_outcome_has_a_message() -> None:
    told = [rule["conditions"] for rule in config(ACTION)["executionRules"]]
    assert told == [{"outcome": one.value} for one in field("outcome", of="crm.ending").choices]


def test_every_rule_has_words_and_every_word_a_rule() -> None:
    assert [rule["labelName"] for rule in config(ACTION)["executionRules"]] == list(labels()["executionRules"])


def test_a_rule_hears_what_the_action_gives() -> None:
    for rule in config(ACTION)["executionRules"]:
        for name, value in rule["conditions"].items():
            assert value in [one["value"] for one in OUTPUTS[name]["options"]]


def test_a_message_has_the_values_of_outputs_alone() -> None:
    for message in labels()["executionRules"].values():
        assert set(re.findall(r"{{ (\w+) }}", message)) <= set(OUTPUTS)
        assert message.count("{{") == len(re.findall(r"{{ \w+ }}", message))


def test_who_was_not_called_is_said_with_the_hub_s_own_sentence() -> None:
    assert "{{ error }}" in labels()["executionRules"]["outcome_refused"]


# Where it can be used


def test_workflows_of_people_and_of_what_belongs_to_them_offer_it() -> None:
    assert config(ACTION)["objectTypes"] == ["CONTACT", "COMPANY", "DEAL", "TICKET"]


def test_ai_agents_are_not_offered_it() -> None:
    assert config(ACTION)["supportedClients"] == [{"client": "WORKFLOWS"}]


def test_no_property_of_the_record_is_sent_that_nobody_chose() -> None:
    assert "objectRequestOptions" not in config(ACTION)

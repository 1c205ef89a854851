"""The hub understands what the app has HubSpot send, and tells what the app declares."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config import Settings
from app.crm.hubspot import authorising
from app.crm.hubspot.actions import LONGEST, LONGEST_WAIT_MINUTES, action_of
from app.crm.hubspot.choices import choices_for
from app.crm.hubspot.objects import key_of
from app.crm.hubspot.platform import HubSpot
from app.crm.hubspot.telling import fields_of, outputs_of
from app.crm.hubspot.webhooks import change_of, erased_of
from app.crm.platform import ActionAsked, Ending
from app.errors import InvalidRequest
from connectors.generation.contract import field, schema
from connectors.generation.hubspot.place import MIO
from connectors.generation.words import snake_case
from tests.connectors.hubspot.project import ACTION, APP, WEBHOOKS, config, typed

INPUTS, OUTPUTS = typed("inputFields"), typed("outputFields")
REQUIRED = {one["typeDefinition"]["name"] for one in config(ACTION)["inputFields"] if one["isRequired"]}
TYPES = {"string": str, "enumeration": str, "number": int, "bool": bool}
IDS = {"contact": "0-1", "company": "0-2", "deal": "0-3", "ticket": "0-5"}
HEARD = config(WEBHOOKS)["subscriptions"]["crmObjects"]

FILLED = {
    "phone_number": "(555) 123-4567",
    "instructions": "Ask whether they still want the offer.",
    "first_message": "Hi.",
    "name": "Sam Carter",
    "country": "US",
    "question_1": "Do they want a demo?",
    "question_2": "When?",
    "question_3": "Who decides?",
    "longest_wait_minutes": 30,
}
ENDINGS = st.builds(
    Ending,
    call_id=st.none() | st.just(UUID("d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827")),
    status=st.sampled_from([one.value for one in field("status", of="crm.ending").choices]),
    outcome=st.sampled_from([one.value for one in field("outcome", of="crm.ending").choices]),
    summary=st.text(max_size=50),
    duration=st.integers(0, 10_000),
    cost=st.integers(0, 10_000),
    answered_by=st.sampled_from([one.value for one in field("answeredBy", of="crm.ending").choices]),
    end_reason=st.text(max_size=20),
    answers=st.lists(st.text(max_size=20), max_size=3),
    test=st.booleans(),
    refusal=st.none() | st.text(max_size=50),
    refusal_code=st.none() | st.just("number_invalid"),
)


def asked(inputs: dict[str, Any], kind: str = "CONTACT") -> ActionAsked:
    return action_of(
        {
            "callbackId": "ap-1-2-3-4",
            "origin": {"portalId": 1},
            "object": {"objectId": 614, "objectType": kind},
            "inputFields": inputs,
        }
    )


# Inputs


def test_the_inputs_of_these_tests_are_those_that_are_declared() -> None:
    assert set(FILLED) == set(INPUTS)


@pytest.mark.parametrize("name", sorted(set(INPUTS) - REQUIRED))
def test_the_hub_does_something_with_an_input(name: str) -> None:
    assert asked({key: value for key, value in FILLED.items() if key != name}, "DEAL") != asked(FILLED, "DEAL")


@pytest.mark.parametrize("kind", ["DEAL", "TICKET"])
def test_the_required_inputs_are_enough_for_what_belongs_to_a_contact(kind: str) -> None:
    assert asked({name: FILLED[name] for name in REQUIRED}, kind).number == ""


@pytest.mark.parametrize("kind", ["CONTACT", "COMPANY"])
def test_whoever_is_called_directly_needs_a_number(kind: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        asked({name: FILLED[name] for name in REQUIRED}, kind)
    assert refused.value.code == "number_missing"


@pytest.mark.parametrize("kind", config(ACTION)["objectTypes"])
def test_a_workflow_of_any_kind_that_offers_the_step_can_use_it(kind: str) -> None:
    assert asked(FILLED, kind).object in HubSpot.objects


def test_the_step_is_offered_for_every_object_that_the_hub_knows() -> None:
    assert {key_of(kind) for kind in config(ACTION)["objectTypes"]} == set(HubSpot.objects)


@pytest.mark.parametrize("name", sorted(LONGEST))
def test_a_text_may_be_as_long_as_the_schema_says(name: str) -> None:
    (found,) = [one for key, one in schema("crm.call.create")["properties"].items() if snake_case(key) == name]
    assert LONGEST[name] == found["maxLength"]


def test_the_wait_may_be_as_long_as_the_schema_says() -> None:
    assert field("longestWaitMinutes", of="crm.call.create").maximum == LONGEST_WAIT_MINUTES


@pytest.mark.parametrize("name", [name for name, one in INPUTS.items() if "optionsUrl" in one])
def test_the_hub_has_choices_that_it_takes(name: str) -> None:
    options = choices_for({"inputFieldName": name})["options"]
    assert len(options) > 200
    assert {asked(FILLED | {name: one["value"]}).country for one in options} == {one["value"] for one in options}


# Outputs


@given(ENDINGS)
def test_any_ending_has_the_outputs_that_are_declared_in_their_types(ending: Ending) -> None:
    given = outputs_of(ending)
    assert set(given) == set(OUTPUTS)
    assert {name: type(value) for name, value in given.items()} == {
        name: TYPES[one["type"]] for name, one in OUTPUTS.items()
    }


@given(ENDINGS)
def test_a_choice_that_the_hub_tells_is_one_that_is_declared(ending: Ending) -> None:
    given = outputs_of(ending)
    for name, one in OUTPUTS.items():
        if "options" in one:
            assert given[name] in [option["value"] for option in one["options"]], name


@given(ENDINGS)
def test_every_ending_has_a_message_in_the_history(ending: Ending) -> None:
    told = fields_of(ending)
    rules = [rule["conditions"] for rule in config(ACTION)["executionRules"]]
    assert [rule for rule in rules if all(told[name] == value for name, value in rule.items())] == [
        {"outcome": ending.outcome}
    ]


# The app


def test_the_link_asks_for_the_scopes_that_the_app_names() -> None:
    auth = config(APP)["auth"]
    assert auth["requiredScopes"] == list(authorising.SCOPES)
    assert auth["optionalScopes"] == list(authorising.OPTIONAL_SCOPES)


def test_the_browser_is_led_to_where_the_hub_waits_for_it() -> None:
    settings = Settings(database_url="", redis_url="", encryption_keys="", api_public_url=MIO.hub)
    assert config(APP)["auth"]["redirectUrls"] == [authorising.redirect_uri(settings)]


# Webhooks


@pytest.mark.parametrize("one", HEARD, ids=lambda one: f"{one['objectType']} {one.get('propertyName', 'created')}")
def test_the_hub_understands_an_event_that_is_subscribed_to(one: dict[str, Any]) -> None:
    event = {"portalId": 1, "objectId": 7, "occurredAt": 1, "objectTypeId": IDS[one["objectType"]]}
    change = change_of(event | {key: one[key] for key in ("subscriptionType", "propertyName") if key in one}, "9")
    assert change is not None
    assert (change.object, change.property) == (one["objectType"], one.get("propertyName"))
    assert change.trigger == ("changed" if "propertyName" in one else "created")


def test_the_hub_understands_that_a_person_was_erased() -> None:
    (one,) = config(WEBHOOKS)["subscriptions"]["hubEvents"]
    assert erased_of({"objectId": 7, "subscriptionType": one["subscriptionType"]}) == ("contact", "7")


def test_every_object_of_the_hub_s_is_heard_of() -> None:
    assert {one["objectType"] for one in HEARD} == set(HubSpot.objects)


def test_what_changes_by_our_own_writing_is_not_heard() -> None:
    assert {one.get("propertyName") for one in HEARD}.isdisjoint(HubSpot.quiet_properties)


@pytest.mark.parametrize("key", sorted(HubSpot.objects))
def test_a_number_that_is_added_is_heard_where_the_hub_would_call_it(key: str) -> None:
    heard = {one.get("propertyName") for one in HEARD if one["objectType"] == key}
    assert set(HubSpot.objects[key].numbers) <= heard

"""Workflow steps that ask for a call: signed requests over HTTP, as HubSpot sends them."""

import json
import re
from typing import Any

import pytest
import requests

from app.crm.hubspot.actions import LONGEST, LONGEST_WAIT_MINUTES
from tests.crm.hubspot.asked import Asked
from tests.crm.hubspot.lines import Kept
from tests.crm.hubspot.stand_in import StandIn, signed_v2, signed_v3
from tests.node_parts import ROOT

INPUTS = {"phone_number": "(555) 123-4567", "instructions": "Offer a demo."}
SCHEMA = json.loads((ROOT / "schemas" / "crm.call.create.json").read_text())["properties"]


def outputs(stand_in: StandIn) -> dict[str, Any]:
    """What the last step was answered."""
    status, answer = stand_in.steps[-1]
    assert status == 200
    told: dict[str, Any] = answer["outputFields"]
    return told


def test_a_step_is_stored_and_told_to_wait(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    assert stand_in.start(asked.url, "614", "(555) 123-4567", key="ap-1", instructions="Offer a demo.") == 200
    (action,) = kept.actions
    assert (action.key, action.object, action.record_id) == ("ap-1", "contact", "614")
    assert (action.number, action.instructions, action.wait_seconds) == ("(555) 123-4567", "Offer a demo.", 86400)
    assert outputs(stand_in)["hs_execution_state"] == "BLOCK"
    assert stand_in.portal.waiting == {"ap-1"}


def test_the_step_waits_a_little_longer_than_we_do(asked: Asked, stand_in: StandIn) -> None:
    stand_in.ask(asked.url, stand_in.step("614", "ap-1", **INPUTS, longest_wait_minutes="60"))
    waits = re.fullmatch(r"PT(\d+)S", outputs(stand_in)["hs_expiration_duration"])
    assert waits
    assert 3600 + 890 <= int(waits[1]) <= 3600 + 900


def test_everything_a_step_says_is_taken(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    more = {"first_message": "Hello!", "name": "Sam Lee", "country": "de", "question_1": "When?", "question_3": "Who?"}
    stand_in.ask(asked.url, stand_in.step("614", "ap-1", **INPUTS, **more, longest_wait_minutes=30, unknown=None))
    (action,) = kept.actions
    assert (action.first_message, action.name, action.country) == ("Hello!", "Sam Lee", "DE")
    assert list(action.questions) == ["When?", "", "Who?"]
    assert action.wait_seconds == 1800


def test_the_same_step_asked_again_is_one_request(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    statuses = {stand_in.start(asked.url, "614", "+15551234567", key="ap-1") for _ in range(3)}
    assert statuses == {200}
    assert len(kept.actions) == 1


@pytest.mark.parametrize(
    ("kind", "object"),
    [("CONTACT", "contact"), ("COMPANY", "company"), ("DEAL", "deal"), ("TICKET", "ticket"), ("0-3", "deal")],
)
def test_each_object_is_known_by_its_key(asked: Asked, kept: Kept, stand_in: StandIn, kind: str, object: str) -> None:
    step = stand_in.step("614", "ap-1", **INPUTS)
    step["object"]["objectType"] = kind
    stand_in.ask(asked.url, step)
    assert kept.actions[0].object == object


@pytest.mark.parametrize("kind", ["DEAL", "TICKET"])
@pytest.mark.parametrize("number", [None, "", "  "])
def test_a_step_on_what_belongs_to_a_contact_needs_no_number(
    asked: Asked, kept: Kept, stand_in: StandIn, kind: str, number: str | None
) -> None:
    step = stand_in.step("614", "ap-1", **INPUTS | {"phone_number": number})
    step["object"]["objectType"] = kind
    stand_in.ask(asked.url, step)
    assert [(action.number, action.record_id) for action in kept.actions] == [("", "614")]
    assert stand_in.portal.waiting == {"ap-1"}


def test_inputs_may_be_called_fields(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    step = stand_in.step("614", "ap-1")
    step["fields"] = INPUTS
    del step["inputFields"]
    stand_in.ask(asked.url, step)
    assert len(kept.actions) == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"phone_number": None}, "number_missing"),
        ({"phone_number": "  "}, "number_missing"),
        ({"phone_number": "1" * 201}, "input_too_long"),
        ({"instructions": ""}, "instructions_missing"),
        ({"instructions": "\n\t"}, "instructions_missing"),
        ({"instructions": True}, "instructions_missing"),
        ({"instructions": ["Offer"]}, "instructions_missing"),
        ({"instructions": "x" * 5001}, "input_too_long"),
        ({"first_message": "x" * 1001}, "input_too_long"),
        ({"question_2": "x" * 301}, "input_too_long"),
        ({"country": "Germany"}, "country_invalid"),
        ({"country": "D1"}, "country_invalid"),
        ({"longest_wait_minutes": "0"}, "wait_invalid"),
        ({"longest_wait_minutes": "10081"}, "wait_invalid"),
        ({"longest_wait_minutes": -5}, "wait_invalid"),
        ({"longest_wait_minutes": "1.5"}, "wait_invalid"),
        ({"longest_wait_minutes": "a day"}, "wait_invalid"),
        ({"longest_wait_minutes": "٣"}, "wait_invalid"),
        ({"longest_wait_minutes": 1e300}, "wait_invalid"),
    ],
)
def test_a_step_that_a_person_must_mend_fails_at_once_and_says_why(
    asked: Asked, kept: Kept, stand_in: StandIn, wrong: dict[str, Any], code: str
) -> None:
    stand_in.ask(asked.url, stand_in.step("614", "ap-1", **INPUTS | wrong))
    told = outputs(stand_in)
    assert (told["hs_execution_state"], told["error_code"], told["outcome"]) == ("FAIL_CONTINUE", code, "refused")
    assert told["error"].endswith(".")
    assert all(isinstance(text, str) for text in told.values())
    assert kept.actions == []
    assert stand_in.portal.waiting == set()


@pytest.mark.parametrize(("mode", "test"), [("test", "true"), ("live", "false")])
def test_a_step_that_fails_at_once_says_whether_it_would_have_rung(
    asked: Asked, kept: Kept, stand_in: StandIn, mode: str, test: str
) -> None:
    kept.connections[0].mode = mode
    stand_in.ask(asked.url, stand_in.step("614", "ap-1"))
    assert outputs(stand_in)["test"] == test


@pytest.mark.parametrize("minutes", [1, "1", "60.0", 10080, "10080"])
def test_a_wait_within_bounds_is_taken(asked: Asked, kept: Kept, stand_in: StandIn, minutes: Any) -> None:
    stand_in.ask(asked.url, stand_in.step("614", "ap-1", **INPUTS, longest_wait_minutes=minutes))
    assert kept.actions[0].wait_seconds == int(float(minutes)) * 60


@pytest.mark.parametrize("record", [None, {}, {"objectType": "CONTACT"}, {"objectType": "INVOICE", "objectId": 1}, []])
def test_a_record_that_cannot_be_called_is_refused(asked: Asked, kept: Kept, stand_in: StandIn, record: Any) -> None:
    stand_in.ask(asked.url, stand_in.step("614", "ap-1", **INPUTS) | {"object": record})
    assert outputs(stand_in)["error_code"] == "object_unsupported"
    assert kept.actions == []


def test_a_portal_that_is_not_connected_is_told_so(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    kept.connections.clear()
    stand_in.start(asked.url, "614", "+15551234567", key="ap-1")
    assert outputs(stand_in)["error_code"] == "not_connected"


def test_what_a_portal_asks_for_whose_authorisation_was_taken_back_is_kept(
    asked: Asked, kept: Kept, stand_in: StandIn
) -> None:
    kept.connections[0].status = "broken"
    stand_in.start(asked.url, "614", "+15551234567", key="ap-1")
    assert outputs(stand_in)["hs_execution_state"] == "BLOCK"
    assert len(kept.actions) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\xff\xfe",
        b'{"callbackId": 5}',
        b'{"callbackId": "ap-1"}',
        b'{"callbackId": "ap-1", "origin": []}',
        b'{"callbackId": "ap-1", "origin": {"portalId": true}}',
        b'{"callbackId": "", "origin": {"portalId": 1}}',
        b"[" * 100_000,
        b'{"callbackId": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_step_at_all_is_a_bad_request(asked: Asked, kept: Kept, body: bytes) -> None:
    url = f"{asked.url}/crm/hubspot/action"
    answer = requests.post(url, data=body, headers=signed_v3(url, body), timeout=10)
    assert answer.status_code == 400
    assert kept.actions == []


@pytest.mark.parametrize("inputs", ["text", 5, ["phone_number"]])
def test_inputs_that_are_none_are_told_as_such(asked: Asked, stand_in: StandIn, inputs: Any) -> None:
    stand_in.ask(asked.url, stand_in.step("614", "ap-1") | {"inputFields": inputs})
    assert outputs(stand_in)["error_code"] == "invalid_input"


@pytest.mark.parametrize("name", ["action", "options", "webhooks"])
def test_what_is_not_signed_leads_to_nothing(asked: Asked, kept: Kept, stand_in: StandIn, name: str) -> None:
    url = f"{asked.url}/crm/hubspot/{name}"
    body = json.dumps(stand_in.step("614", "ap-1", **INPUTS)).encode()
    for headers in ({}, signed_v2(url, body, secret="another"), signed_v3(url, body, at=1_700_000_000)):
        assert requests.post(url, data=body, headers=headers, timeout=10).status_code == 401
    assert kept.actions == []


def test_a_signature_for_another_address_is_none(asked: Asked, stand_in: StandIn) -> None:
    body = json.dumps(stand_in.step("614", "ap-1", **INPUTS)).encode()
    headers = signed_v3("https://elsewhere.example/crm/hubspot/action", body)
    assert requests.post(f"{asked.url}/crm/hubspot/action", data=body, headers=headers, timeout=10).status_code == 401


def test_other_names_lead_nowhere(asked: Asked) -> None:
    url = f"{asked.url}/crm/hubspot/elsewhere"
    assert requests.post(url, data=b"{}", headers=signed_v3(url, b"{}"), timeout=10).status_code == 404


def test_texts_that_no_table_can_hold_are_taken_without_that(asked: Asked, kept: Kept, stand_in: StandIn) -> None:
    stand_in.ask(asked.url, stand_in.step("614", "ap\x001", **INPUTS | {"name": "Sam\x00\ud800"}))
    assert (kept.actions[0].key, kept.actions[0].name) == ("ap1", "Sam?")


def test_the_bounds_are_those_of_the_schema() -> None:
    assert {_camel(name): bound for name, bound in LONGEST.items()} == {
        name: field["maxLength"] for name, field in SCHEMA.items() if "x-ui" in field and "maxLength" in field
    }
    assert SCHEMA["longestWaitMinutes"]["maximum"] == LONGEST_WAIT_MINUTES


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)

"""Flows that wait hear by our package's platform event how their call ended."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.crm.failures import Later, Refused
from app.crm.platform import Ending, Waiting
from tests.crm.salesforce.conftest import Site, Spoken
from tests.crm.salesforce.test_tasks import ENDING

SCHEMA = Path(__file__).parents[3] / "schemas/crm.ending.json"
WAITING = Waiting(enrolment_id=uuid4(), callback_id=None, object="contact", record_id="0035g00000ABCDEAA5")


def told(spoken: Spoken, ending: Ending) -> dict[str, Any]:
    """What flows hear of an ending."""
    assert spoken.salesforce.answer(spoken.line, WAITING, ending) == "published"
    return dict(spoken.cloud.endings()[-1])


def test_every_field_of_an_ending_is_told(spoken: Spoken) -> None:
    assert told(spoken, ENDING) == {
        "callId": str(ENDING.call_id),
        "status": "completed",
        "outcome": "reached",
        "summary": "Sam wants a demo on Thursday.",
        "duration": 95,
        "cost": 112,
        "answeredBy": "human",
        "endReason": "agent_hangup",
        "answer1": "Yes, on Thursday.",
        "answer2": "",
        "answer3": "Kim decides.",
        "error": "",
        "errorCode": "",
        "test": False,
    }


def test_what_is_told_is_what_the_schema_lists(spoken: Spoken) -> None:
    assert set(told(spoken, ENDING)) == set(json.loads(SCHEMA.read_text())["properties"])


def test_the_event_says_which_enrolment_waits(spoken: Spoken) -> None:
    told(spoken, ENDING)
    assert spoken.cloud.events()[0]["Enrolment_Id__c"] == str(WAITING.enrolment_id)


def test_a_call_that_was_never_made_is_told_with_its_reason(spoken: Spoken) -> None:
    refused = replace(
        ENDING, call_id=None, status="refused", outcome="refused", summary="", answers=(), refusal="No number.",
        refusal_code="number_missing",
    )  # fmt: skip
    heard = told(spoken, refused)
    assert (heard["callId"], heard["status"], heard["error"], heard["errorCode"]) == (
        "", "refused", "No number.", "number_missing",
    )  # fmt: skip
    assert (heard["answer1"], heard["answer2"], heard["answer3"]) == ("", "", "")


def test_long_texts_are_cut_to_what_the_event_holds(spoken: Spoken) -> None:
    heard = told(spoken, replace(ENDING, summary="Well… 😀\n" * 9000, answers=("a" * 40000,), end_reason="e" * 300))
    assert heard["summary"].endswith("…")
    assert (len(heard["answer1"]), len(heard["endReason"])) == (32768, 255)


def test_more_answers_than_the_event_has_places_for_are_left_out(spoken: Spoken) -> None:
    assert told(spoken, replace(ENDING, answers=("1", "2", "3", "4")))["answer3"] == "3"


def test_the_event_is_published_in_test_mode_too(site: Site) -> None:
    spoken = Spoken(site, site.line(site.connect(mode="test")))
    assert told(spoken, replace(ENDING, test=True))["test"] is True


def test_an_organisation_without_the_package_is_told_to_install_it(spoken: Spoken) -> None:
    spoken.cloud.organisation.installed = False
    with pytest.raises(Refused, match="install the package"):
        spoken.salesforce.answer(spoken.line, WAITING, ENDING)


def test_a_user_for_whom_there_is_no_such_event_is_told_the_same(spoken: Spoken) -> None:
    spoken.cloud.refuse(400, "INVALID_TYPE", "sObject type 'Call_Completed__e' is not supported.")
    with pytest.raises(Refused, match="permission set"):
        spoken.salesforce.answer(spoken.line, WAITING, ENDING)


def test_an_event_that_cannot_be_published_now_is_told_of_later(spoken: Spoken) -> None:
    spoken.cloud.refuse(400, "PLATFORM_EVENT_PUBLISHING_UNAVAILABLE", "Try again later.")
    with pytest.raises(Later):
        spoken.salesforce.answer(spoken.line, WAITING, ENDING)
    assert told(spoken, ENDING)["status"] == ENDING.status


def test_a_lost_answer_tells_it_once_more(spoken: Spoken) -> None:
    spoken.cloud.lose_answer("Call_Completed__e")
    with pytest.raises(Later):
        spoken.salesforce.answer(spoken.line, WAITING, ENDING)
    told(spoken, ENDING)
    assert len(spoken.cloud.events()) == 2


def test_a_flow_that_has_just_asked_is_given_time_to_pause(site: Site) -> None:
    assert site.salesforce.answer_delay == 10.0
    assert [site.salesforce.waits(source) for source in ("flow", "action", "rule")] == [True, True, True]

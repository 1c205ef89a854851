"""From a CRM's workflow to the call, and back to what waits and to the record: whole, in live mode, over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.crm.clouds import PLATFORMS, Clouds
from tests.crm.contract.site import Site, a_key, a_number
from tests.hub import Hub


def live(hub: Hub, clouds: Clouds, key: str) -> Site:
    site = Site(hub, clouds[key], PLATFORMS[key], hub.account(balance=5000))
    site.connect(live=True)
    return site


@pytest.fixture
def hubspot(hub: Hub, clouds: Clouds) -> Iterator[Site]:
    site = live(hub, clouds, "hubspot")
    yield site
    site.clear()


@pytest.fixture
def salesforce(hub: Hub, clouds: Clouds) -> Iterator[Site]:
    site = live(hub, clouds, "salesforce")
    yield site
    site.clear()


def ended(site: Site, record: str, number: str) -> dict[str, Any]:
    """The call as the API has it, once it is told and written; told and written it is once."""
    call = site.ended_call()
    told = site.told()
    site.settled("write")
    (note,) = site.notes(call["id"])
    shown: dict[str, Any] = site.hub.get(f"/calls/{call['id']}", site.holder.live_key).json
    assert note.record_ids == (record,)
    assert shown["summary"] in note.text
    assert (told["callId"], told["status"], told["outcome"]) == (shown["id"], "completed", "reached")
    assert (told["summary"], told["duration"], told["cost"]) == (shown["summary"], shown["duration"], shown["cost"])
    assert (told["test"], shown["toNumber"]) == (False, number)
    return shown


def test_a_workflow_action_of_hubspots_calls_waits_and_finds_the_engagement_on_the_contact(hubspot: Site) -> None:
    number = a_number()
    record = hubspot.person(number, "Robin")
    assert hubspot.cloud.start(hubspot.hub.url, record, number, key=a_key(), instructions="Ask for a demo.") == 200
    call = ended(hubspot, record, number)
    assert call["cost"] > 0
    assert any("complete" in path for _, path in hubspot.cloud.requests)


def test_an_outbound_message_of_salesforces_calls_and_leaves_a_task_and_an_event(salesforce: Site) -> None:
    rule = salesforce.rule("message")
    number = a_number()
    record = salesforce.person(number, "Robin")
    salesforce.change(record, rule=rule)
    call = ended(salesforce, record, number)
    assert "Robin" in str(salesforce.calls()[0]["instructions"])
    assert call["cost"] > 0
    assert any("Call_Completed__e" in path for _, path in salesforce.cloud.requests)


def test_a_flow_of_salesforces_asks_by_the_api_and_has_answers_to_its_questions(salesforce: Site) -> None:
    number = a_number()
    record = salesforce.person(number)
    body = salesforce.flow_call(
        number,
        object=salesforce.cloud.person,
        recordId=record,
        question1="Do they want a demo?",
        question2="When may we call back?",
    )
    answer = salesforce.hub.post("/crm/calls", body, salesforce.holder.live_key)
    assert answer.status == 201
    ended(salesforce, record, number)
    told = salesforce.told()
    assert told["answer1"]
    assert told["answer2"]
    assert told["answer3"] == ""

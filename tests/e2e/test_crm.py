"""From a CRM's workflow to the call, and back to what waits and to the record: whole, over real HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest

from app.crm.hours import DAYS
from app.times import now
from tests.crm.clouds import PLATFORMS, Clouds
from tests.crm.contract.site import Site, a_key, a_number
from tests.crm.hubspot.api import APP_ID
from tests.crm.hubspot.stand_in import StandIn as Portal
from tests.crm.salesforce.envelopes import Notified, envelope, notification_id
from tests.crm.salesforce.stand_in import StandIn as Organisation
from tests.hub import Hub, wait_until

QUESTIONS = ("Do they want a demo?", "When may we call back?")


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
def portal(hubspot: Site) -> Portal:
    return cast(Portal, hubspot.cloud)


@pytest.fixture
def salesforce(hub: Hub, clouds: Clouds) -> Iterator[Site]:
    site = live(hub, clouds, "salesforce")
    yield site
    site.clear()


@pytest.fixture
def organisation(salesforce: Site) -> Organisation:
    return cast(Organisation, salesforce.cloud)


def ended(site: Site, record: str, number: str) -> dict[str, Any]:
    """The call as the API has it, once it is told and written; told and written it is once."""
    call = site.ended_call()
    told = site.told()
    site.settled("write")
    (note,) = site.notes(call["id"])
    shown: dict[str, Any] = site.hub.get(f"/calls/{call['id']}", site.key).json
    assert note.record_ids == (record,)
    assert shown["summary"] in note.text
    assert (told["callId"], told["status"], told["outcome"]) == (shown["id"], "completed", "reached")
    assert (told["summary"], told["duration"], told["cost"]) == (shown["summary"], shown["duration"], shown["cost"])
    assert (told["test"], shown["toNumber"]) == (False, number)
    assert shown["cost"] > 0
    return shown


def test_a_workflow_action_of_hubspots_calls_waits_and_finds_the_engagement_on_the_contact(
    hubspot: Site, portal: Portal
) -> None:
    number = a_number()
    record = hubspot.person(number, "Robin")
    inputs = {
        "phone_number": number,
        "instructions": "Ask for a demo.",
        "first_message": "Hi Robin, this is a test.",
        "name": "Robin",
        "question_1": QUESTIONS[0],
        "question_2": QUESTIONS[1],
        "longest_wait_minutes": 60,
    }
    assert portal.ask(hubspot.hub.url, portal.step(record, a_key(), **inputs)) == 200
    outputs = portal.steps[-1][1]["outputFields"]
    assert (outputs["hs_execution_state"], outputs["hs_expiration_duration"][:2]) == ("BLOCK", "PT")
    call = ended(hubspot, record, number)
    assert "Hi Robin, this is a test." in call["transcript"][0]["text"]
    told = hubspot.told()
    assert told["answer1"]
    assert told["answer2"]
    assert told["answer3"] == ""
    assert portal.violations == []


def test_a_step_on_a_deal_of_hubspots_calls_its_contact_whose_erasure_takes_the_call_along(
    hubspot: Site, portal: Portal
) -> None:
    number = a_number()
    robin = hubspot.person(number, "Robin")
    deal = portal.add_for("deal", [robin], dealname="Big")
    step = portal.step(deal, a_key(), instructions="Ask for a demo.")
    step["object"]["objectType"] = "DEAL"
    assert portal.ask(hubspot.hub.url, step) == 200
    call = hubspot.ended_call()
    assert (call["to_number"], call["name"], hubspot.told()["outcome"]) == (number, "Robin", "reached")
    hubspot.settled("write")
    (note,) = hubspot.notes(call["id"])
    assert note.record_ids == (deal, robin)
    portal.delete("contact", robin)
    assert portal.change(hubspot.hub.url, "contact", robin, key=a_key(), trigger="erased") == 204
    hubspot.settled("forget")
    assert hubspot.calls() == []
    (enrolment,) = hubspot.enrolments()
    assert (enrolment["person"], enrolment["record_id"], enrolment["refusal"]["code"]) == (None, None, "erased")


def test_an_outbound_message_of_salesforces_calls_and_leaves_a_task_and_an_event(salesforce: Site) -> None:
    rule = salesforce.rule("message")
    number = a_number()
    record = salesforce.person(number, "Robin")
    salesforce.change(record, rule=rule)
    ended(salesforce, record, number)
    assert "Robin" in str(salesforce.calls()[0]["instructions"])


def test_a_flow_of_salesforces_asks_by_the_api_and_has_answers_to_its_questions(salesforce: Site) -> None:
    number = a_number()
    record = salesforce.person(number)
    about = {"object": "contact", "recordId": record, "question1": QUESTIONS[0], "question2": QUESTIONS[1]}
    answer = salesforce.hub.post("/crm/calls", salesforce.flow_call(number, **about), salesforce.key)
    assert answer.status == 201
    ended(salesforce, record, number)
    told = salesforce.told()
    assert told["answer1"]
    assert told["answer2"]
    assert told["answer3"] == ""


def test_a_test_key_starts_no_calls_of_a_live_connection(salesforce: Site) -> None:
    answer = salesforce.hub.post("/crm/calls", salesforce.flow_call(a_number()), salesforce.holder.test_key)
    assert (answer.status, answer.json["code"]) == (403, "live_key_needed")


def test_what_our_app_changed_in_hubspot_starts_no_call(hubspot: Site, portal: Portal) -> None:
    rule = hubspot.rule("created")
    record = hubspot.person(a_number())
    event = portal.event("contact", record, key=a_key(), trigger="created")
    ours = event | {"changeSource": "INTEGRATION", "sourceId": APP_ID}
    assert portal.tell(hubspot.hub.url, [ours]) < 300
    assert hubspot.enrolments() == []
    hubspot.change(record, rule=rule)
    assert len(hubspot.enrolments()) == 1


def test_our_own_task_in_salesforce_starts_no_call(salesforce: Site, organisation: Organisation) -> None:
    rule = salesforce.rule("message")
    number = a_number()
    record = salesforce.person(number)
    salesforce.change(record, rule=rule)
    ended(salesforce, record, number)
    task = next(iter(organisation.organisation.rows["Task"].values()))
    told = envelope([Notified(notification_id(a_key()), "Task", task)])
    assert organisation.send(organisation.messages_url, told) == 200
    assert len(salesforce.enrolments()) == 1


def test_a_message_with_a_hundred_notifications_enrols_each_once_however_often_it_comes(
    salesforce: Site, organisation: Organisation
) -> None:
    later = DAYS[(now() + timedelta(days=3)).weekday()]
    hours = {"timeZone": "UTC", "days": [later], "from": "10:00", "to": "11:00"}
    salesforce.rule("message", hours=hours)
    records = [salesforce.person(a_number()) for _ in range(100)]
    rows = organisation.organisation.rows["Contact"]
    message = envelope([Notified(notification_id(a_key()), "Contact", dict(rows[record])) for record in records])
    for _ in range(2):
        assert organisation.send(organisation.messages_url, message) == 200
    assert sorted(row["record_id"] for row in salesforce.enrolments()) == sorted(records)
    wait_until(lambda: len(salesforce.calls()) == 100, seconds=40)
    assert {call["status"] for call in salesforce.calls()} == {"scheduled"}

"""What the package sends and reads is what the hub takes and gives; the event has the fields that the hub publishes."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.crm.platform import Ending, Waiting
from app.crm.salesforce.events import EVENT, LONG, SHORT, fields_of
from tests.connectors.salesforce.package import XML, apex, root
from tests.crm.clouds import PLATFORMS, Clouds
from tests.crm.contract.site import BUSY, Site
from tests.crm.salesforce.organisation import FIELDS
from tests.hub import Hub, wait_until

COLUMNS = {file.name.split(".")[0]: root(file) for file in XML if root(file).tag == "CustomField"}
LENGTHS = {name: int(one.findtext("length") or 0) for name, one in COLUMNS.items()}
WAITING = Waiting(uuid4(), None, "contact", "0035g00000ABCDEAA5")
ENDING = Ending(uuid4(), "completed", "reached", "Said yes.", 95, 112, "human", "agent_hangup", ("Yes.",), False)


@pytest.fixture
def site(hub: Hub, clouds: Clouds) -> Iterator[Site]:
    made = Site(hub, clouds["salesforce"], PLATFORMS["salesforce"], hub.account(balance=5000))
    made.connect()
    yield made
    made.clear()


def read_by(name: str, part: str) -> set[str]:
    """What a class reads of a part of an answer."""
    return set(re.findall(rf"\b{part}\.get\('(\w+)'\)", apex(name)))


def asked(site: Site) -> dict[str, Any]:
    """The enrolment that the hub answers to what the action sends."""
    record = site.person(BUSY)
    body = site.flow_call(BUSY, object="contact", recordId=record, question1="When?", longestWaitMinutes=60)
    headers = {"Idempotency-Key": f"salesforce-{uuid4().hex}"}
    answer = site.hub.ask("POST", "/crm/calls", site.holder.test_key, body, headers)
    assert answer.status == 201, answer
    enrolment: dict[str, Any] = answer.json
    return enrolment


def test_the_event_has_the_fields_that_the_hub_publishes() -> None:
    assert set(COLUMNS) == set(fields_of(WAITING, ENDING))
    assert EVENT == "Call_Completed__e"


def test_the_fields_are_as_long_as_the_hub_takes_them_to_be() -> None:
    assert {length for length in LENGTHS.values() if length} == {SHORT, LONG}
    assert {name: FIELDS[EVENT][name] for name in COLUMNS} == LENGTHS


def test_the_fields_have_the_types_of_what_is_published() -> None:
    types = {"Text": str, "LongTextArea": str, "Number": int, "Checkbox": bool}
    published = fields_of(WAITING, ENDING)
    assert {name: types[one.findtext("type") or ""] for name, one in COLUMNS.items()} == {
        name: type(value) for name, value in published.items()
    }


def test_the_hub_answers_a_start_with_all_that_the_action_reads(site: Site) -> None:
    enrolment = asked(site)
    assert read_by("MioHubStartCall", "enrolment") <= set(enrolment)
    assert enrolment["status"] == "calling"
    assert enrolment["callId"]


def test_the_hub_answers_a_reading_with_all_that_the_action_reads(site: Site) -> None:
    path = f"/crm/enrolments/{asked(site)['id']}"
    assert "/crm/enrolments/" in apex("MioHubGetCall")
    assert read_by("MioHubGetCall", "body") <= set(site.hub.get(path, site.holder.test_key).json)
    ending = wait_until(lambda: site.hub.get(path, site.holder.test_key).json["ending"], seconds=20)
    assert read_by("MioHubCallEnding", "told") == set(ending)
    assert (ending["outcome"], ending["test"]) == ("busy", True)


def test_what_the_action_reads_of_an_ending_is_what_the_event_told(site: Site) -> None:
    enrolment = asked(site)
    told = site.told()
    assert site.hub.get(f"/crm/enrolments/{enrolment['id']}", site.holder.test_key).json["ending"] == told


def test_a_refusal_has_what_the_client_reads(site: Site) -> None:
    refused = site.hub.post("/crm/calls", site.flow_call("nobody"), site.holder.test_key)
    assert refused.status == 400
    assert set(re.findall(r"textOf\(body, '(\w+)'", apex("MioHubClient"))) <= set(refused.json)


def test_an_enrolment_that_was_refused_says_why_as_the_action_reads_it() -> None:
    assert read_by("MioHubStartCall", "refusal") == {"error", "code"}

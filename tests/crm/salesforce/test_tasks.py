"""A call is put on a record's timeline as one task, however often it is asked for."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from app.crm.failures import Gone, Later
from app.crm.platform import CallNote, Ending, Outcome, Record
from tests.crm.salesforce.conftest import Site, Spoken

ENDING = Ending(
    call_id=uuid4(),
    status="completed",
    outcome="reached",
    summary="Sam wants a demo on Thursday.",
    duration=95,
    cost=112,
    answered_by="human",
    end_reason="agent_hangup",
    answers=("Yes, on Thursday.", "", "Kim decides."),
    test=False,
)


def a_note(**changed: Any) -> CallNote:
    call_id = uuid4()
    note = CallNote(
        call_id=call_id,
        ending=replace(ENDING, call_id=call_id),
        to_number="+15551234567",
        from_number="+15550001111",
        callee="Sam Carter",
        instructions="Ask whether they want a demo.",
        started_at=datetime(2024, 11, 24, 23, 30, tzinfo=UTC),
        turns=(("agent", "Hello, this is Mio."), ("human", "Hello.")),
    )
    return replace(note, **changed)


def test_the_task_says_what_came_of_the_call(spoken: Spoken) -> None:
    contact, note = spoken.contact(FirstName="Sam"), a_note()
    task_id = spoken.salesforce.write_call(spoken.line, contact, note)
    task = spoken.row("Task", task_id)
    description = task.pop("Description")
    assert {name: value for name, value in task.items() if value is not None} == {
        "Id": task_id,
        "IsDeleted": False,
        "CreatedDate": task["CreatedDate"],
        "LastModifiedDate": task["LastModifiedDate"],
        "WhoId": contact.id,
        "Subject": "AI call with Sam Carter: Reached",
        "TaskSubtype": "Call",
        "Status": "Completed",
        "ActivityDate": "2024-11-24",
        "CallType": "Outbound",
        "CallDurationInSeconds": 95,
        "CallDisposition": "Reached",
        "CallObject": str(note.call_id),
    }
    assert description == (
        "Sam wants a demo on Thursday.\n\n"
        "Answer 1: Yes, on Thursday.\nAnswer 3: Kim decides.\n\n"
        "To: +15551234567\nFrom: +15550001111\nAnswered by: human\n\n"
        "Asked for: Ask whether they want a demo.\n\n"
        "Agent: Hello, this is Mio.\nCallee: Hello."
    )


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Los_Angeles", "2024-11-24"),
        ("Asia/Tokyo", "2024-11-25"),
        ("Atlantis/Sunken", "2024-11-25"),
        (None, "2024-11-25"),
    ],
)
def test_a_call_is_put_on_the_day_that_it_was_in_the_organisation(spoken: Spoken, zone: str | None, day: str) -> None:
    for row in spoken.cloud.organisation.rows["Organization"].values():
        row["TimeZoneSidKey"] = zone
    late = a_note(started_at=datetime(2024, 11, 25, 1, 30, tzinfo=UTC))
    spoken.salesforce.write_call(spoken.line, spoken.contact(), late)
    assert [task["ActivityDate"] for task in spoken.tasks()] == [day]


def test_who_may_not_see_the_organisations_time_zone_has_universal_time(spoken: Spoken) -> None:
    spoken.cloud.organisation.hidden = {"Organization.TimeZoneSidKey"}
    late = a_note(started_at=datetime(2024, 11, 25, 1, 30, tzinfo=UTC))
    spoken.salesforce.write_call(spoken.line, spoken.contact(), late)
    assert [task["ActivityDate"] for task in spoken.tasks()] == ["2024-11-25"]


def test_a_call_is_written_once_however_often_it_is_asked_for(spoken: Spoken) -> None:
    contact, note = spoken.contact(), a_note()
    assert len({spoken.salesforce.write_call(spoken.line, contact, note) for _ in range(3)}) == 1
    assert len(spoken.tasks()) == 1


def test_it_is_found_among_millions_of_tasks(spoken: Spoken) -> None:
    contact, note = spoken.contact(), a_note()
    spoken.cloud.organisation.large = {"Task"}
    assert len({spoken.salesforce.write_call(spoken.line, contact, note) for _ in range(2)}) == 1


def test_an_answer_that_was_lost_does_not_make_a_second_task(spoken: Spoken) -> None:
    contact, note = spoken.contact(), a_note()
    spoken.cloud.lose_answer("sobjects/Task")
    with pytest.raises(Later):
        spoken.salesforce.write_call(spoken.line, contact, note)
    assert spoken.salesforce.write_call(spoken.line, contact, note) == spoken.tasks()[0]["Id"]
    assert len(spoken.tasks()) == 1


def test_a_task_that_somebody_has_deleted_is_not_put_there_again(spoken: Spoken) -> None:
    contact, note = spoken.contact(), a_note()
    task_id = spoken.salesforce.write_call(spoken.line, contact, note)
    spoken.cloud.organisation.delete("Task", task_id)
    assert spoken.salesforce.write_call(spoken.line, contact, note) == task_id
    assert spoken.cloud.written() == []


@pytest.mark.parametrize("object", ["account", "opportunity", "case"])
def test_what_is_no_person_is_what_the_task_is_about(spoken: Spoken, object: str) -> None:
    record = Record(object, spoken.cloud.add(object), {})
    spoken.salesforce.write_call(spoken.line, record, a_note())
    assert [(task["WhoId"], task["WhatId"]) for task in spoken.tasks()] == [(None, record.id)]


def test_a_call_about_a_deal_stands_on_its_person_too(spoken: Spoken) -> None:
    contact, deal = spoken.contact(), spoken.cloud.add("opportunity", Name="Roof")
    spoken.salesforce.write_call(spoken.line, Record("opportunity", deal, {}, {"contact": contact}), a_note())
    assert [(task["WhoId"], task["WhatId"]) for task in spoken.tasks()] == [(contact.id, deal)]


@pytest.mark.parametrize("object", ["lead", "contact", "account", "case"])
def test_a_record_that_was_deleted_meanwhile_is_gone(spoken: Spoken, object: str) -> None:
    record = Record(object, spoken.cloud.add(object), {})
    spoken.cloud.delete(object, record.id)
    with pytest.raises(Gone):
        spoken.salesforce.write_call(spoken.line, record, a_note())
    assert spoken.tasks() == []


def test_a_record_that_was_merged_meanwhile_has_its_call_where_it_is_now(spoken: Spoken) -> None:
    first, second = spoken.contact(), spoken.contact()
    spoken.cloud.organisation.delete("Contact", first.id, merged_into=second.id)
    spoken.salesforce.write_call(spoken.line, first, a_note())
    assert [task["WhoId"] for task in spoken.tasks()] == [second.id]


def test_a_lead_that_became_a_contact_has_its_call_there(spoken: Spoken) -> None:
    contact, lead = spoken.contact(), Record("lead", spoken.cloud.add("lead"), {})
    spoken.row("Lead", lead.id).update(IsConverted=True, ConvertedContactId=contact.id)
    spoken.salesforce.write_call(spoken.line, lead, a_note())
    assert [task["WhoId"] for task in spoken.tasks()] == [contact.id]


def test_a_long_call_is_cut_to_what_a_task_holds_and_its_summary_stays(spoken: Spoken) -> None:
    note = a_note(turns=(("human", "Well… 😀\n" * 9000),), callee="S" * 300)
    spoken.salesforce.write_call(spoken.line, spoken.contact(), note)
    (task,) = spoken.tasks()
    assert str(task["Description"]).startswith(ENDING.summary)
    assert str(task["Description"]).endswith("…")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("voicemail", "Voicemail"), ("no_answer", "No answer"), ("busy", "Busy"), ("failed", "Failed")],
)
def test_what_came_of_it_is_the_calls_result(spoken: Spoken, outcome: Outcome, words: str) -> None:
    note = a_note()
    note = replace(note, ending=replace(note.ending, outcome=outcome), callee=None)
    spoken.salesforce.write_call(spoken.line, spoken.contact(), note)
    (task,) = spoken.tasks()
    assert (task["CallDisposition"], task["Subject"]) == (words, f"AI call with +15551234567: {words}")


def test_in_test_mode_nothing_is_written(site: Site) -> None:
    spoken = Spoken(site, site.line(site.connect(mode="test")))
    spoken.salesforce.write_call(spoken.line, spoken.contact(), a_note())
    assert spoken.tasks() == []

"""A call is put once on the record that it was about, and a test call on none."""

from dataclasses import replace
from typing import Any

import pytest

from app.config import Settings
from app.crm.failures import Later
from app.db import execute
from app.models.call import Call
from app.models.crm import CrmConnection, CrmJob
from tests.crm.ended import end, under_way
from tests.crm.paper import Paper, a_connection, an_enrolment, is_over, job_of, work
from tests.making import LIVE, a_call, an_account, dialled

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def live(settings: Settings) -> Settings:
    return replace(settings, **LIVE)  # type: ignore[arg-type]


def ended(live: Settings, paper: Paper, connection: CrmConnection, mode: Any = "live") -> Call:
    enrolment = an_enrolment(connection, paper)
    execute("UPDATE crm_enrolment SET mode = %s", (mode,))
    return end(under_way(enrolment, paper, live, mode), live)


def test_a_call_is_put_on_the_record_of_its_enrolment(live: Settings) -> None:
    paper = Paper()
    paper.people = {"7": {"phone": "+15551234567"}, "8": {"phone": "+15551234567"}}
    call = ended(live, paper, a_connection(an_account(), live, mode="live"))
    work(live, paper, is_over("write"))
    [(record, note, mode)] = paper.written
    assert (record.id, note.call_id, note.to_number, mode) == ("7", call.id, "+15551234567", "live")
    assert note.turns == [("agent", "Are you open?"), ("human", "Until six.")]
    assert (note.ending.outcome, note.ending.duration, note.ending.test) == ("reached", 45, False)
    assert (job_of("write").status, job_of("write").result) == ("succeeded", "note of 7")


@pytest.mark.parametrize("now_live", [True, False])
def test_a_test_call_is_written_nowhere_whatever_the_connection_is_by_then(live: Settings, now_live: bool) -> None:
    paper = Paper()
    paper.people = {"7": {}}
    connection = a_connection(an_account(), live, mode="live" if now_live else "test")
    ended(live, paper, connection, "test")
    work(live, paper, is_over("write"))
    assert [mode for _, _, mode in paper.written] == ["test"]


def test_a_record_that_was_deleted_meanwhile_is_left_out(live: Settings) -> None:
    paper = Paper()
    ended(live, paper, a_connection(an_account(), live, mode="live"))
    work(live, paper, is_over("write", "answer"))
    assert (job_of("write").status, job_of("write").error_code) == ("skipped", "record_gone")
    assert len(paper.told) == 1


def test_what_may_have_been_written_is_asked_for_again(live: Settings) -> None:
    paper = Paper()
    paper.people = {"7": {}}
    ended(live, paper, a_connection(an_account(), live, mode="live"))
    execute("DELETE FROM crm_job WHERE kind = 'answer'")
    paper.fails = [Later("No answer in time.")] * 2
    work(live, paper, is_over("write"))
    assert (job_of("write").status, job_of("write").tries, len(paper.written)) == ("succeeded", 2, 1)


def test_after_the_last_try_it_has_failed_and_says_why(live: Settings) -> None:
    paper = Paper()
    paper.people = {"7": {}}
    ended(live, paper, a_connection(an_account(), live, mode="live"))
    execute("DELETE FROM crm_job WHERE kind = 'answer'")
    paper.fails = [Later("Answered 503: Busy.", 503)] * 20
    work(live, paper, is_over("write"))
    job = job_of("write")
    assert (job.status, job.error_code, job.error) == ("failed", "crm_unreachable", "Answered 503: Busy.")


def test_a_connection_that_logs_nothing_by_then_is_left_alone(live: Settings) -> None:
    paper = Paper()
    paper.people = {"7": {}}
    ended(live, paper, a_connection(an_account(), live, mode="live"))
    execute("UPDATE crm_connection SET logs = 'none'")
    work(live, paper, is_over("write"))
    assert (job_of("write").error_code, paper.written, paper.reads) == ("not_logged", [], [])


PEOPLE = {
    "written as E.164": ({"1": "+15551234567", "2": "+15551234568"}, "1"),
    "written nationally": ({"1": "(555) 123-4567"}, "1"),
    "nobody": ({"2": "+15551234568"}, "no_record"),
    "two people": ({"1": "+15551234567", "2": "(555) 123-4567"}, "several_records"),
}


@pytest.mark.parametrize(("people", "found"), PEOPLE.values(), ids=PEOPLE)
def test_another_call_of_the_accounts_goes_to_the_one_person_with_its_number(
    live: Settings, people: dict[str, str], found: str
) -> None:
    paper, account = Paper(), an_account()
    paper.people = {one: {"phone": number} for one, number in people.items()}
    a_connection(account, live, mode="live", logs="all")
    end(dialled(a_call(account, live, mode="live")), live)
    work(live, paper, is_over("write"))
    assert [record.id for record, _, _ in paper.written] == ([found] if found in people else [])
    assert job_of("write").error_code == (None if found in people else found)
    assert set(paper.people) == set(people)


def test_a_call_of_a_connections_own_is_not_written_a_second_time_as_one_of_all(live: Settings) -> None:
    paper = Paper()
    paper.people = {"7": {"phone": "+15551234567"}}
    ended(live, paper, a_connection(an_account(), live, mode="live", logs="all"))
    work(live, paper, is_over("write"))
    assert len(paper.written) == CrmJob.select().where(CrmJob.kind == "write").count() == 1

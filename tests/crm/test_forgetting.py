"""What a CRM or its owner has erased is forgotten here; what is past its time, too; and leaving a CRM."""

import json
from typing import Any
from uuid import UUID

import pytest

from app.calls.erasing import erase, forget_old_calls
from app.config import Settings
from app.crm.arrivals import HubArrivals
from app.crm.connections import gone
from app.crm.failures import Gone, Later, Refused, Revoked
from app.crm.forgetting import forget_old_work
from app.db import execute, row, rows
from app.errors import Conflict
from app.models.call import Call
from app.models.crm import CrmConnection, CrmEnrolment, CrmJob, CrmRequest
from app.vault import Vault
from tests.crm.ended import end, under_way
from tests.crm.paper import Oracle, Paper, a_connection, again, aged, an_enrolment, is_over, job_of, request_of, work
from tests.making import an_account, dialled

pytestmark = pytest.mark.usefixtures("database")
NUMBER = "+15551234567"


@pytest.fixture
def connection(settings: Settings) -> CrmConnection:
    return a_connection(an_account(), settings)


def erased_in_crm(connection: CrmConnection, paper: Paper, settings: Settings, record: str = "7") -> None:
    HubArrivals(paper, settings, Vault(settings.encryption_keys)).note_erased(connection, "contact", record)


def holds(text: str) -> list[str]:
    """The tables of CRM work in which something is still said."""
    found = []
    for table in ("crm_enrolment", "crm_job", "crm_request"):
        if rows(f"SELECT 1 FROM {table} t WHERE to_jsonb(t)::text LIKE %s", (f"%{text}%",)):
            found.append(table)
    return found


def test_a_record_that_a_crm_has_erased_takes_its_calls_along(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    other = an_enrolment(connection, paper, "+15559999999", "8", instructions="Ask Kim.")
    erased = an_enrolment(connection, paper, NUMBER, instructions="Ask Robin.", questions=["When?"])
    call = end(under_way(erased, paper, settings), settings)
    execute("""UPDATE crm_enrolment SET answers = '["At six."]' WHERE id = %s""", (erased.id,))
    request_of(job_of("write").id, connection, "Robin said: until six.")
    erased_in_crm(connection, paper, settings)
    execute("UPDATE crm_job SET due_at = now() + interval '1 hour' WHERE kind <> 'forget'")
    work(settings, paper, is_over("forget"))
    assert (Call.get_or_none(Call.id == call.id), job_of("forget").result) == (None, "1")
    kept = again(erased)
    assert (kept.record_id, kept.asked, kept.answers, kept.questions) == (None, None, None, [])
    assert (kept.refusal["code"], CrmRequest.select().count()) == ("erased", 0)
    assert holds("Robin") == holds("At six.") == []
    assert again(other).asked["instructions"] == "Ask Kim."


def test_the_calls_about_a_deal_are_erased_with_its_contact(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    paper.people = {"7": {"contact": "8"}, "8": {"phone": NUMBER}}
    enrolment = an_enrolment(connection, paper, "", object="deal")
    work(settings, paper, is_over("start"))
    call = end(dialled(Call.get()), settings)
    erased_in_crm(connection, paper, settings, "8")
    work(settings, paper, is_over("forget"))
    assert (Call.get_or_none(Call.id == call.id), again(enrolment).person) == (None, None)


@pytest.mark.parametrize("object", ["contact", "deal"])
def test_the_calls_put_on_whom_a_record_led_to_are_erased_with_them(
    settings: Settings, connection: CrmConnection, object: str
) -> None:
    paper = Paper()
    paper.people = {"7": {"contact": "9"} if object == "deal" else {}, "9": {}}
    paper.merged = {"7": "9"} if object == "contact" else {}
    enrolment = an_enrolment(connection, paper, NUMBER, object=object)
    call = end(under_way(enrolment, paper, settings), settings)
    work(settings, paper, is_over("write"))
    erased_in_crm(connection, paper, settings, "9")
    work(settings, paper, is_over("forget"))
    assert Call.get_or_none(Call.id == call.id) is None


def test_what_was_asked_about_an_erased_record_is_not_called_any_more(
    settings: Settings, connection: CrmConnection
) -> None:
    paper = Paper()
    enrolment = an_enrolment(connection, paper)
    erased_in_crm(connection, paper, settings)
    execute("UPDATE crm_job SET due_at = now() + interval '1 hour' WHERE kind = 'start'")
    work(settings, paper, is_over("forget", "answer"))
    assert (again(enrolment).refusal["code"], job_of("start").status) == ("erased", "skipped")
    assert [(waiting.callback_id, ending.refusal_code) for waiting, ending in paper.told] == [
        (enrolment.callback_id, "erased")
    ]


def test_a_call_under_way_is_erased_when_it_has_ended(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    call = under_way(an_enrolment(connection, paper), paper, settings)
    erased_in_crm(connection, paper, settings)
    work(settings, paper, lambda: job_of("forget").error_code == "call_active", hurry=False)
    end(call, settings)
    work(settings, paper, is_over("forget"))
    assert Call.select().count() == 0


@pytest.mark.parametrize("status", ["broken", "leaving", "disconnected"])
def test_who_is_not_connected_any_more_still_has_it_forgotten(
    settings: Settings, connection: CrmConnection, status: str
) -> None:
    paper = Paper()
    end(under_way(an_enrolment(connection, paper), paper, settings), settings)
    erased_in_crm(connection, paper, settings)
    execute("UPDATE crm_connection SET status = %s", (status,))
    work(settings, paper, is_over("forget"))
    assert Call.select().count() == 0


def erase_number(connection: CrmConnection, settings: Settings) -> int:
    return erase(connection.account_id, NUMBER, Vault(settings.encryption_keys))


@pytest.mark.parametrize(
    "written", [NUMBER, "(555) 123-4567", "1-555-123-4567", "555.123.4567 ext. 12", "001 5551234567"]
)
def test_erasing_a_number_strikes_what_waits_to_call_it_however_it_is_written(
    settings: Settings, connection: CrmConnection, written: str
) -> None:
    enrolment, other = (an_enrolment(connection, Paper(), number) for number in (written, "+15551234568"))
    erase_number(connection, settings)
    struck = again(enrolment)
    assert (struck.asked, struck.record_id, struck.refusal["code"]) == (None, None, "erased")
    assert again(other).refusal is None


def test_erasing_a_number_strikes_a_record_that_came_with_it(settings: Settings, connection: CrmConnection) -> None:
    enrolment = an_enrolment(connection, Paper(), "+15559999999")
    record = {"record": {"object": "contact", "id": "7", "properties": {"phone": "(555) 123-4567"}}}
    execute("UPDATE crm_enrolment SET asked = %s", (json.dumps(record),))
    erase_number(connection, settings)
    assert again(enrolment).refusal["code"] == "erased"


def test_erasing_a_number_forgets_why_it_was_not_called(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    enrolment = an_enrolment(connection, paper, f"{NUMBER} or (555) 123-4567")
    execute("UPDATE account SET paused_at = now()")
    work(settings, paper, lambda: job_of("start").error, hurry=False)
    erase_number(connection, settings)
    assert again(enrolment).refusal["code"] == "erased"
    assert holds("123-4567") == []


def test_what_was_asked_is_not_kept_once_it_is_refused(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    enrolment = an_enrolment(connection, paper, "12")
    execute("UPDATE crm_enrolment SET asked = asked || %s", (json.dumps({"name": "Sam Carter"}),))
    work(settings, paper, is_over("start"))
    assert (again(enrolment).asked, again(enrolment).refusal["code"]) == (None, "number_invalid")
    assert holds("Sam Carter") == []


def test_what_is_refused_because_a_number_was_erased_is_told(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    an_enrolment(connection, paper)
    erase_number(connection, settings)
    work(settings, paper, is_over("start", "answer"))
    assert [ending.refusal_code for _, ending in paper.told] == ["erased"]
    assert Call.select().count() == 0


def test_nothing_is_struck_when_a_call_is_under_way(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    under_way(an_enrolment(connection, paper), paper, settings)
    waiting = an_enrolment(connection, paper)
    with pytest.raises(Conflict):
        erase_number(connection, settings)
    assert again(waiting).refusal is None


def test_an_erased_call_is_not_made_anew_when_its_crm_asks_again(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    enrolment = an_enrolment(connection, paper, key="k")
    end(under_way(enrolment, paper, settings), settings)
    work(settings, paper, is_over("answer"))
    erase_number(connection, settings)
    an_enrolment(connection, paper, key="k")
    work(settings, paper, is_over("answer"))
    assert (Call.select().count(), CrmEnrolment.select().count()) == (0, 1)
    assert [ending.refusal_code for _, ending in paper.told] == [None, "erased"]


def test_what_waits_for_a_call_that_is_erased_before_its_end_was_told_is_told_so(
    settings: Settings, connection: CrmConnection
) -> None:
    paper = Paper()
    enrolment = an_enrolment(connection, paper)
    end(under_way(enrolment, paper, settings), settings)
    erase_number(connection, settings)
    work(settings, paper, is_over("answer"))
    assert [(waiting.callback_id, ending.refusal_code) for waiting, ending in paper.told] == [
        (enrolment.callback_id, "erased")
    ]


def test_what_a_model_finds_out_about_a_call_that_is_erased_meanwhile_is_kept_nowhere_and_told_to_nobody(
    settings: Settings, connection: CrmConnection
) -> None:
    class Slow(Oracle):
        def answer(self, *asked: Any) -> list[str]:
            erase_number(connection, settings)
            super().answer(*asked)
            return ["Robin said: at six."]

    paper = Paper()
    enrolment = an_enrolment(connection, paper, questions=["When?"])
    end(under_way(enrolment, paper, settings), settings)
    work(settings, paper, is_over("answer"), answerers={"test": Slow()})
    assert holds("Robin") == []
    assert [(ending.refusal_code, ending.answers) for _, ending in paper.told] == [("erased", ())]


def test_old_calls_take_their_enrolments_content_along(settings: Settings, connection: CrmConnection) -> None:
    enrolment = an_enrolment(connection, Paper())
    end(under_way(enrolment, Paper(), settings), settings)
    execute("UPDATE call SET ended_at = now() - interval '40 days'")
    assert forget_old_calls(30, Vault(settings.encryption_keys)) == 1
    assert (again(enrolment).call_id, again(enrolment).record_id) == (None, None)


def finished(settings: Settings, connection: CrmConnection) -> UUID:
    """An enrolment whose call has ended and of which everybody was told; the id of its job `answer`."""
    paper = Paper()
    paper.people["7"] = {}
    end(under_way(an_enrolment(connection, paper), paper, settings), settings)
    work(settings, paper, is_over("answer", "write"))
    request_of(job_of("answer").id, connection, "")
    found: UUID = job_of("answer").id
    return found


def kept() -> tuple[int, int, int]:
    return CrmEnrolment.select().count(), CrmJob.select().count(), CrmRequest.select().count()


def test_what_is_past_its_time_goes_and_its_enrolment_is_known_for_a_month(
    settings: Settings, connection: CrmConnection
) -> None:
    finished(settings, connection)
    for table in ("crm_enrolment", "crm_job", "crm_request"):
        aged(table, 20)
    assert forget_old_work(0) == forget_old_work(21) == 0
    assert forget_old_work(7) > 0
    assert kept() == (1, 0, 0)
    aged("crm_enrolment", 20)
    assert forget_old_work(7) == 1
    assert kept() == (0, 0, 0)


@pytest.mark.parametrize(
    "still_open",
    [
        "UPDATE crm_job SET status = 'pending', completed_at = NULL WHERE kind = 'answer'",
        "UPDATE call SET status = 'in-progress', summary = NULL",
    ],
)
def test_what_is_open_stays(settings: Settings, connection: CrmConnection, still_open: str) -> None:
    finished(settings, connection)
    for table in ("crm_enrolment", "crm_job"):
        aged(table, 400)
    execute(still_open)
    forget_old_work(7)
    assert CrmEnrolment.select().count() == 1


def test_what_a_broken_connection_has_left_open_goes_long_after_its_deadline(
    settings: Settings, connection: CrmConnection
) -> None:
    an_enrolment(connection, Paper())
    execute("UPDATE crm_connection SET status = 'broken'")
    aged("crm_enrolment", 40)
    assert forget_old_work(30) == 0
    execute("UPDATE crm_enrolment SET deadline_at = deadline_at - interval '40 days'")
    assert forget_old_work(30) == 1
    assert CrmJob.select().count() == 0


# Leaving


def leaving(connection: CrmConnection, *, hours: int = 0) -> None:
    execute("UPDATE crm_connection SET status = 'leaving'")
    execute(
        "INSERT INTO crm_job (account_id, connection_id, kind, due_at, created_at)"
        " VALUES (%s, %s, 'leave', now(), now() - %s * interval '1 hour')",
        (connection.account_id, connection.id, hours),
    )


def state() -> tuple[str, bool]:
    found = row("SELECT status, credentials IS NULL AS bare FROM crm_connection")
    assert found is not None
    return found["status"], found["bare"]


def test_an_authorisation_is_taken_back_at_the_crm(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    leaving(connection)
    work(settings, paper, is_over("leave"))
    assert (paper.left, state(), job_of("leave").result) == (1, ("disconnected", True), "left")


@pytest.mark.parametrize("failure", [Revoked("invalid_grant"), Gone("Answered 404.", 404)])
def test_what_was_taken_back_already_is_left_all_the_same(
    settings: Settings, connection: CrmConnection, failure: Exception
) -> None:
    paper = Paper()
    paper.fails = [failure]
    leaving(connection)
    work(settings, paper, is_over("leave"))
    assert (state(), job_of("leave").status) == (("disconnected", True), "succeeded")


def test_a_worker_that_is_killed_when_it_has_left_leaves_no_work_behind(
    settings: Settings, connection: CrmConnection
) -> None:
    leaving(connection)
    gone(connection.id)
    work(settings, Paper(), is_over("leave"))
    assert (job_of("leave").result, state()) == ("left_before", ("disconnected", True))


def test_a_crm_that_is_down_is_left_later(settings: Settings, connection: CrmConnection) -> None:
    paper = Paper()
    paper.fails = [Later("Answered 503.", 503)] * 2
    leaving(connection)
    work(settings, paper, lambda: job_of("leave").tries == 1, hurry=False)
    assert state() == ("leaving", False)
    work(settings, paper, is_over("leave"))
    assert (paper.left, state()) == (1, ("disconnected", True))


@pytest.mark.parametrize(("failure", "hours"), [(Later("Answered 503.", 503), 25), (Refused("Answered 403.", 403), 0)])
def test_who_cannot_be_taken_leave_of_is_left_all_the_same(
    settings: Settings, connection: CrmConnection, failure: Exception, hours: int
) -> None:
    paper = Paper()
    paper.fails = [failure]
    leaving(connection, hours=hours)
    work(settings, paper, is_over("leave"), hurry=False)
    assert (paper.left, state(), job_of("leave").status) == (0, ("disconnected", True), "failed")

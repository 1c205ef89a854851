"""What waits in a CRM is told once: how the call ended, that it had not by the deadline, or why there is none."""

import time
from datetime import timedelta

import pytest

from app.calls.ports import ModelFailed
from app.config import Settings
from app.crm.claiming import claim, finish
from app.crm.failures import Barred, Gone, Later, Refused, Revoked
from app.crm.verdicts import done
from app.db import execute, rows
from app.models.crm import CrmConnection
from tests.crm.ended import end, under_way
from tests.crm.paper import Oracle, Paper, a_connection, again, an_enrolment, is_over, job_of, late, work
from tests.making import an_account

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def paper() -> Paper:
    paper = Paper()
    paper.people["7"] = {"phone": "+15551234567"}
    return paper


@pytest.fixture
def connection(settings: Settings) -> CrmConnection:
    return a_connection(an_account(), settings)


def test_the_end_of_a_call_is_told_to_what_waits_for_it(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    enrolment = an_enrolment(connection, paper)
    call = under_way(enrolment, paper, settings)
    end(call, settings)
    work(settings, paper, is_over("answer"))
    [(waiting, ending)] = paper.told
    assert (waiting.enrolment_id, waiting.callback_id, waiting.record_id) == (enrolment.id, enrolment.callback_id, "7")
    assert (ending.call_id, ending.outcome, ending.summary) == (call.id, "reached", "Open until six.")
    assert (job_of("answer").status, job_of("answer").result) == ("succeeded", "completed")


def test_nothing_is_told_before_the_call_has_ended(settings: Settings, paper: Paper, connection: CrmConnection) -> None:
    under_way(an_enrolment(connection, paper), paper, settings)
    execute("UPDATE crm_job SET due_at = now() WHERE kind = 'answer'")
    work(settings, paper, lambda: job_of("answer").due_at > job_of("answer").created_at + timedelta(hours=23))
    assert (paper.told, job_of("answer").status, job_of("answer").tries) == ([], "pending", 0)


def test_a_refusal_is_not_told_before_what_waits_has_begun_to(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    paper.answer_delay = 0.5
    asked_at = time.monotonic()
    an_enrolment(connection, paper, "no number")
    work(settings, paper, is_over("start", "answer"))
    assert [ending.status for _, ending in paper.told] == ["refused"]
    assert paper.told_at - asked_at > 0.45


def test_at_the_deadline_it_is_told_once_that_the_call_has_not_ended(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    enrolment = an_enrolment(connection, paper)
    call = under_way(enrolment, paper, settings)
    late(enrolment)
    work(settings, paper, is_over("answer"))
    end(call, settings)
    work(settings, paper, is_over("answer", "write"))
    assert [(ending.status, ending.outcome) for _, ending in paper.told] == [("timed_out", "timed_out")]
    assert [note.ending.outcome for _, note, _ in paper.written] == ["reached"]


def test_at_the_deadline_what_has_no_call_yet_is_refused_and_never_called(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    enrolment = an_enrolment(connection, paper)
    execute("UPDATE crm_job SET due_at = now() + interval '1 hour', error = 'Paused.', error_code = 'account_paused'")
    execute("UPDATE crm_job SET error = NULL, error_code = NULL WHERE kind = 'answer'")
    late(enrolment)
    work(settings, paper, is_over("answer"), hurry=False)
    assert [ending.refusal_code for _, ending in paper.told] == ["account_paused"]
    assert (job_of("start").status, again(enrolment).call_id) == ("failed", None)
    assert rows("SELECT 1 FROM call") == []


@pytest.mark.parametrize("failure", [Later("Answered 503.", 503), Barred("Answered 429.", 429, seconds=1)])
def test_a_crm_that_is_down_is_told_later(
    settings: Settings, paper: Paper, connection: CrmConnection, failure: Later
) -> None:
    end(under_way(an_enrolment(connection, paper), paper, settings), settings)
    execute("DELETE FROM crm_job WHERE kind = 'write'")
    paper.fails = [failure] * 4
    work(settings, paper, is_over("answer"))
    assert [ending.outcome for _, ending in paper.told] == ["reached"]
    assert job_of("answer").tries == (0 if isinstance(failure, Barred) else 4)


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Gone("Answered 404.", 404), "skipped", "record_gone"),
        (Refused("Answered 403.", 403), "failed", "crm_refused"),
    ],
)
def test_a_crm_that_says_no_for_good_is_not_asked_again(
    settings: Settings, paper: Paper, connection: CrmConnection, failure: Exception, status: str, code: str
) -> None:
    end(under_way(an_enrolment(connection, paper), paper, settings), settings)
    execute("DELETE FROM crm_job WHERE kind = 'write'")
    paper.fails = [failure]
    work(settings, paper, is_over("answer"))
    assert (job_of("answer").status, job_of("answer").error_code) == (status, code)


def test_an_authorisation_that_was_taken_back_costs_no_try(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    end(under_way(an_enrolment(connection, paper), paper, settings), settings)
    execute("DELETE FROM crm_job WHERE kind = 'write'")
    paper.fails = [Revoked("Answered 400: invalid_grant")]
    work(settings, paper, lambda: job_of("answer").error_code == "crm_revoked", hurry=False)
    assert (job_of("answer").status, job_of("answer").tries) == ("pending", 0)


QUESTIONS = ("Do they want a demo?", "When?")


def asked_call(settings: Settings, paper: Paper, connection: CrmConnection, **ended: object) -> None:
    end(under_way(an_enrolment(connection, paper, questions=QUESTIONS), paper, settings), settings, **ended)  # type: ignore[arg-type]


def test_questions_are_answered_once_for_what_waits_and_for_the_record(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    asked_call(settings, paper, connection)
    oracle = Oracle()
    work(settings, paper, is_over("answer", "write"), answerers={"test": oracle}, hurry=False)
    [(_, told)], [(_, note, _)] = paper.told, paper.written
    assert told.answers == note.ending.answers == ("answer 1", "answer 2")
    assert oracle.asked == [list(QUESTIONS)]


def test_the_jobs_of_an_enrolment_go_one_after_the_other(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    asked_call(settings, paper, connection)
    [[first]] = claim("telling", 10, settings)
    assert claim("telling", 10, settings) == []
    finish(first, done())
    [[second]] = claim("telling", 10, settings)
    assert {first.kind, second.kind} == {"answer", "write"}


def test_answers_outlast_a_crm_that_is_down(settings: Settings, paper: Paper, connection: CrmConnection) -> None:
    asked_call(settings, paper, connection)
    paper.fails = [Later("Answered 503.", 503)] * 3
    oracle = Oracle()
    work(settings, paper, is_over("answer", "write"), answerers={"test": oracle})
    assert len(oracle.asked) == 1
    assert paper.told[0][1].answers == ("answer 1", "answer 2")


def test_a_model_that_fails_is_asked_again_a_few_times(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    asked_call(settings, paper, connection)
    oracle = Oracle(ModelFailed("stalled"), ModelFailed("stalled"))
    work(settings, paper, is_over("answer"), answerers={"test": oracle})
    assert paper.told[0][1].answers == ("answer 1", "answer 2")


def test_without_a_model_that_answers_the_end_is_told_all_the_same(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    asked_call(settings, paper, connection)
    oracle = Oracle(*[ModelFailed("stalled")] * 50)
    work(settings, paper, is_over("answer", "write"), answerers={"test": oracle})
    assert paper.told[0][1].answers == ("", "")
    assert len(oracle.asked) <= 5


@pytest.mark.parametrize("said", [(), (("agent", "Hello?"),)])
def test_no_model_is_asked_about_a_call_without_talk(
    settings: Settings, paper: Paper, connection: CrmConnection, said: tuple[tuple[str, str], ...]
) -> None:
    asked_call(settings, paper, connection, said=said)
    oracle = Oracle()
    work(settings, paper, is_over("answer"), answerers={"test": oracle})
    assert (oracle.asked, paper.told[0][1].answers) == ([], ("", ""))


def test_what_was_lost_with_its_worker_is_told_by_another(
    settings: Settings, paper: Paper, connection: CrmConnection
) -> None:
    end(under_way(an_enrolment(connection, paper), paper, settings), settings)
    execute(
        "UPDATE crm_job SET claim_token = gen_random_uuid(), lease_until = now() - interval '1 second'"
        " WHERE kind = 'answer'"
    )
    work(settings, paper, is_over("answer"))
    assert len(paper.told) == 1

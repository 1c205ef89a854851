"""The crm lane as a worker runs it: many at once, none in another's way, and a bug of ours in nobody's."""

import logging
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config import Settings
from app.crm.failures import Barred, CrmFailed, Gone, Later, Refused, Revoked
from app.crm.verdicts import Again, Over, what_follows
from app.db import execute, rows
from app.models.call import Call
from app.models.crm import CrmJob
from app.webhooks.schedule import RETRY_DELAYS
from tests.crm.ended import end, under_way
from tests.crm.paper import Paper, a_connection, an_enrolment, is_over, job_of, work
from tests.making import an_account

pytestmark = pytest.mark.usefixtures("database")


def told_calls(settings: Settings, paper: Paper, count: int) -> None:
    """So many calls of one connection that have ended, of which nobody was told yet."""
    connection = a_connection(an_account(), settings)
    for number in range(count):
        to = f"+1555400{number:04d}"
        enrolment = an_enrolment(connection, paper, to, key=f"{connection.id} {number}")
        end(under_way(enrolment, paper, settings, to=to), settings)
    execute("UPDATE crm_job SET status = 'skipped', completed_at = now() WHERE kind = 'write'")


def test_only_so_many_requests_of_a_connection_are_under_way(settings: Settings) -> None:
    paper = Paper()
    told_calls(settings, paper, 12)
    paper.slow_seconds = 0.05
    work(replace(settings, crm_in_flight=3), paper, is_over("answer"))
    assert len(paper.told) == 12
    assert 2 <= paper.most_at_once <= 3


def test_a_bug_in_one_job_does_not_hold_up_the_others(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    paper = Paper()
    told_calls(settings, paper, 3)
    paper.fails = [ZeroDivisionError("a bug")]
    with caplog.at_level(logging.ERROR):
        work(settings, paper, lambda: len(paper.told) == 2, hurry=False)
    [stuck] = CrmJob.select().where(CrmJob.status == "pending")
    assert (stuck.error_code, stuck.tries, stuck.claim_token) == ("internal_error", 1, None)
    assert "a bug" in caplog.text
    work(settings, paper, is_over("answer"))
    assert len(paper.told) == 3


def test_a_bug_that_stays_fails_its_job_at_last(settings: Settings) -> None:
    paper = Paper()
    told_calls(settings, paper, 1)
    paper.fails = [ZeroDivisionError("a bug")] * 20
    work(settings, paper, is_over("answer"))
    assert (job_of("answer").status, job_of("answer").error_code) == ("failed", "internal_error")


def test_a_start_that_fails_on_a_bug_does_not_hold_up_its_unit(settings: Settings) -> None:
    paper = Paper()
    connection = a_connection(an_account(), settings)
    for number in range(5):
        an_enrolment(connection, paper, f"+1555300{number:04d}")
    broken = CrmJob.select().where(CrmJob.kind == "start").order_by(CrmJob.due_at).get()
    execute("""UPDATE crm_enrolment SET asked = '["no object"]' WHERE id = %s""", (broken.enrolment_id,))
    work(settings, paper, lambda: Call.select().count() == 4, hurry=False)
    assert CrmJob.get_by_id(broken.id).error_code == "internal_error"


def test_a_unit_goes_on_in_its_queue_when_it_takes_long(settings: Settings) -> None:
    paper = Paper()
    connection = a_connection(an_account(), settings)
    for number in range(6):
        an_enrolment(connection, paper, f"+1555300{number:04d}")
    hurried = replace(settings, crm_timeout_seconds=0.0001)  # a lease of less than a millisecond
    work(hurried, paper, is_over("start"))
    assert Call.select().count() == 6


def test_a_crm_that_hangs_does_not_hold_up_another(settings: Settings) -> None:
    slow, quick = Paper(), Paper()
    told_calls(settings, slow, 10)
    slow.slow_seconds = 1.0
    execute("UPDATE crm_connection SET platform = 'slow'")
    told_calls(settings, quick, 1)
    began = time.monotonic()
    work(settings, quick, lambda: quick.told, others={"slow": slow})
    assert len(quick.told) == 1
    assert quick.told_at - began < 0.9


failures = st.one_of(
    st.builds(Later, st.just("Answered 503."), st.just(503), seconds=st.none() | st.floats(0, 86400)),
    st.builds(Barred, st.just("Answered 429."), st.just(429), seconds=st.none() | st.floats(0, 86400)),
    st.builds(Revoked, st.just("invalid_grant")),
    st.builds(Gone, st.just("Answered 404."), st.just(404)),
    st.builds(Refused, st.just("Answered 403."), st.just(403)),
)


@given(failures, st.integers(0, 20), st.floats(0.01, 2))
def test_what_follows_from_a_failure(failure: CrmFailed, tries: int, scale: float) -> None:
    verdict = what_follows(failure, tries, scale=scale)
    assert verdict.error == failure.detail
    if isinstance(failure, Barred | Revoked):
        assert isinstance(verdict, Again)
        assert not verdict.counted
    elif isinstance(failure, Later) and tries < len(RETRY_DELAYS):
        assert isinstance(verdict, Again)
        assert verdict.counted
        assert verdict.seconds >= max(RETRY_DELAYS[tries] * scale, failure.seconds or 0)
    else:
        assert isinstance(verdict, Over)
        assert verdict.status == ("skipped" if isinstance(failure, Gone) else "failed")


def test_a_crm_that_says_when_is_asked_then() -> None:
    verdict = what_follows(Barred("Answered 429.", 429, seconds=17), 3, scale=0.01)
    assert verdict == Again(17, "Answered 429.", "crm_barred")


def test_nothing_is_pending_where_nothing_is_to_be_done(settings: Settings) -> None:
    assert rows("SELECT 1 FROM crm_job") == []
    work(settings, Paper(), lambda: True)

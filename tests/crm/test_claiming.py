"""The queues of the crm lane: fair to accounts and connections, limited for each, and nobody's job is lost."""

import threading
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app.config import Settings
from app.crm.claiming import claim, finish, hold, lease_seconds, let_go, seconds_barred
from app.crm.verdicts import Again, done, failed
from app.db import db, execute, rows
from app.models.crm import CrmConnection, CrmJob
from tests.crm.paper import a_connection
from tests.making import an_account

pytestmark = pytest.mark.usefixtures("database")


def queued(connection: CrmConnection, kind: str = "forget", count: int = 1, *, seconds_ago: float = 1) -> None:
    execute(
        "INSERT INTO crm_job (account_id, connection_id, kind, subject, due_at)"
        " SELECT %s, %s, %s, 'contact 7', now() - %s * interval '1 second' + n * interval '1 microsecond'"
        " FROM generate_series(1, %s) AS n",
        (connection.account_id, connection.id, kind, seconds_ago, count),
    )


def claimed(settings: Settings, queue: str = "telling", room: int = 10) -> list[CrmJob]:
    return [job for unit in claim(queue, room, settings) for job in unit]  # type: ignore[arg-type]


def worked(settings: Settings) -> list[CrmJob]:
    """The next job, done with at once."""
    jobs = claimed(settings, room=1)
    for job in jobs:
        finish(job, done())
    return jobs


def whose(jobs: list[CrmJob]) -> list[UUID]:
    return [job.connection_id for job in jobs]


def test_a_job_is_claimed_by_one_only(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer", 20)
    settings, found = replace(settings, crm_in_flight=100), []

    def take() -> None:
        with db.connection_context():
            found.extend(claimed(settings, room=50))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job in found}) == len(found) == 20


def test_the_oldest_is_first(settings: Settings) -> None:
    connection = a_connection(an_account(), settings)
    queued(connection, "answer", seconds_ago=1)
    queued(connection, "write", seconds_ago=5)
    assert [job.kind for job in claimed(settings, room=1)] == ["write"]


def test_what_is_not_due_or_waits_for_its_call_is_left(settings: Settings) -> None:
    connection = a_connection(an_account(), settings)
    queued(connection, "answer", seconds_ago=-60)
    queued(connection, "write")
    execute("UPDATE crm_job SET due_at = NULL WHERE kind = 'write'")
    assert claimed(settings) == []


@pytest.mark.parametrize(("queue", "kind"), [("telling", "answer"), ("starting", "start"), ("parting", "forget")])
def test_a_burst_of_one_connection_does_not_delay_anothers_first(settings: Settings, queue: str, kind: str) -> None:
    first, second = (a_connection(an_account(), settings) for _ in range(2))
    queued(first, kind, 10_000, seconds_ago=60)
    queued(second, kind)
    assert set(whose(claimed(settings, queue, room=2))) == {first.id, second.id}


def test_a_burst_of_starts_delays_no_telling_of_the_same_connection(settings: Settings) -> None:
    connection = a_connection(an_account(), settings)
    queued(connection, "start", 500, seconds_ago=60)
    while claimed(settings, "starting"):
        pass
    queued(connection, "answer")
    assert [job.kind for job in claimed(settings)] == ["answer"]


def test_accounts_take_turns_however_many_connections_they_have(settings: Settings) -> None:
    many, one = an_account(), an_account()
    for _ in range(5):
        queued(a_connection(many, settings), "answer", seconds_ago=60)
    queued(a_connection(one, settings), "answer")
    assert {job.account_id for job in claimed(settings, room=2)} == {many.id, one.id}


def test_who_was_served_longest_ago_is_next(settings: Settings) -> None:
    account = an_account()
    connections = [a_connection(account, settings) for _ in range(3)]
    for connection in connections:
        queued(connection, "answer", 3)
    served = [whose(worked(settings))[0] for _ in range(6)]
    assert set(served[:3]) == {connection.id for connection in connections}
    assert served[3:] == served[:3]


def test_a_connection_has_only_so_many_under_way(settings: Settings) -> None:
    settings = replace(settings, crm_in_flight=3)
    queued(a_connection(an_account(), settings), "answer", 10)
    first = claimed(settings, room=40)
    assert len(first) == 3
    assert claimed(settings, room=40) == []
    finish(first[0], done())
    assert len(claimed(settings, room=40)) == 1


def test_starts_leave_half_of_a_connections_places_to_tellings(settings: Settings) -> None:
    settings = replace(settings, crm_in_flight=4)
    queued(a_connection(an_account(), settings), "start", 200)
    units = claim("starting", 40, settings)
    assert len(units) == 2
    assert all(len({job.claim_token for job in unit}) == 1 and len(unit) == 20 for unit in units)
    assert claim("starting", 40, settings) == []


def test_slow_connections_leave_room_for_who_comes_new(settings: Settings) -> None:
    for _ in range(12):
        queued(a_connection(an_account(), settings), "answer", 50)
    room = 24
    while taken := len(claimed(settings, room=room)):
        room -= taken
    assert room >= 1
    new = a_connection(an_account(), settings)
    queued(new, "answer")
    assert whose(claimed(settings, room=room)) == [new.id]


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        ("active", {"start", "answer", "write", "forget"}),
        ("broken", {"forget"}),
        ("leaving", {"forget", "leave"}),
        ("pending", {"forget"}),
        ("disconnected", {"forget", "leave"}),
    ],
)
def test_who_is_not_connected_waits_with_all_that_needs_the_crm(
    settings: Settings, status: str, kinds: set[str]
) -> None:
    connection = a_connection(an_account(), settings, status=status)
    for kind in ("start", "answer", "write", "forget", "leave"):
        queued(connection, kind)
    found = {job.kind for queue in ("starting", "telling", "parting") for job in claimed(settings, queue)}
    assert found == kinds


def test_what_waited_is_taken_up_when_the_connection_is_authorised_anew(settings: Settings) -> None:
    queued(a_connection(an_account(), settings, status="broken"), "answer", 3)
    assert claimed(settings) == []
    execute("UPDATE crm_connection SET status = 'active'")
    assert len(claimed(settings)) == 3


def test_who_is_barred_waits_until_its_time(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer")
    execute("UPDATE crm_connection SET barred_until = now() + interval '30 seconds'")
    assert claimed(settings) == []
    left = seconds_barred()
    assert left is not None
    assert 25 < left <= 30
    execute("UPDATE crm_connection SET barred_until = now() - interval '1 second'")
    assert seconds_barred() is None
    assert len(claimed(settings)) == 1


def test_the_jobs_of_a_worker_that_died_are_taken_up(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer")
    [lost] = claimed(settings)
    assert claimed(settings) == []
    execute("UPDATE crm_job SET lease_until = now() - interval '1 second'")
    [found] = claimed(settings)
    assert found.id == lost.id
    assert not hold(lost, settings)
    assert not finish(lost, done())
    assert finish(found, done("told"))


def test_a_lease_outlasts_several_requests_and_can_be_renewed(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer")
    [job] = claimed(settings)
    assert lease_seconds(settings) >= 3 * settings.crm_timeout_seconds
    execute("UPDATE crm_job SET lease_until = now() + interval '1 second'")
    assert hold(job, settings)
    left = rows("SELECT extract(epoch FROM lease_until - now())::float8 AS s FROM crm_job")[0]["s"]
    assert left > lease_seconds(settings) - 5


def test_what_is_let_go_is_claimed_again_at_once(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer", 3)
    jobs = claimed(settings)
    let_go(jobs[1:])
    assert {job.id for job in claimed(settings)} == {job.id for job in jobs[1:]}


def test_what_is_to_be_done_again_waits_and_says_why(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer")
    [job] = claimed(settings)
    finish(job, Again(60, "Answered 503.", "crm_unreachable", counted=True))
    assert claimed(settings) == []
    kept = CrmJob.get()
    assert (kept.status, kept.tries, kept.error, kept.error_code) == ("pending", 1, "Answered 503.", "crm_unreachable")


def test_what_was_made_due_meanwhile_stays_due(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer")
    [job] = claimed(settings)
    execute("UPDATE crm_job SET due_at = now()")
    finish(job, Again(3600))
    assert len(claimed(settings)) == 1


def test_what_is_over_stays_over(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer")
    [job] = claimed(settings)
    assert finish(job, failed("crm_refused", "Answered 403."))
    assert not finish(job, done())
    kept = CrmJob.get()
    assert (kept.status, kept.error_code, kept.completed_at is None) == ("failed", "crm_refused", False)


def test_a_claim_waits_for_nobody_who_is_at_work_on_a_connection_or_a_job(settings: Settings) -> None:
    busy, free = (a_connection(an_account(), settings) for _ in range(2))
    queued(busy, "answer", 2)
    queued(free, "answer")
    locked, leave = threading.Event(), threading.Event()

    def work() -> None:
        with db.connection_context(), db.atomic():
            execute("SELECT 1 FROM crm_connection WHERE id = %s FOR UPDATE", (busy.id,))
            execute("SELECT 1 FROM crm_job WHERE connection_id = %s ORDER BY due_at LIMIT 1 FOR UPDATE", (busy.id,))
            locked.set()
            leave.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    assert locked.wait(10)
    found = whose(claimed(settings))
    leave.set()
    thread.join()
    assert sorted(found, key=str) == sorted([busy.id, free.id], key=str)


def test_no_room_claims_nothing(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer")
    assert claim("telling", 0, settings) == []


def test_a_token_of_somebody_elses_holds_nothing(settings: Settings) -> None:
    queued(a_connection(an_account(), settings), "answer")
    [job] = claimed(settings)
    job.claim_token = uuid4()
    assert not hold(job, settings)
    assert not finish(job, done())

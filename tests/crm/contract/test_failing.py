"""A CRM that fails, is away, or forgets delays what is told to it: it loses nothing, and nothing is there twice."""

import time

import pytest

from app.times import now
from tests.crm.contract.site import Site, a_number, visit
from tests.hub import wait_until


@pytest.fixture
def live(site: Site) -> Site:
    site.connect(live=True)
    return site


def a_call(site: Site) -> str:
    """A call that a step has started, ended; what is told of it may be under way."""
    site.enrol(a_number())
    return str(site.ended_call()["id"])


def requests_at_rest(site: Site) -> int:
    """How many requests there were once those under way have come."""
    count = -1
    while count != (count := len(site.cloud.requests)):
        time.sleep(0.3)
    return count


def told_and_written(site: Site, call_id: str, seconds: float = 20) -> None:
    site.settled("answer", seconds=seconds)
    site.settled("write", seconds=seconds)
    assert len(site.notes(call_id)) == 1
    assert [told["callId"] for told in site.endings()] == [call_id]


def test_an_expired_token_is_refreshed_once_for_all_who_need_it(live: Site) -> None:
    live.cloud.expire()
    refreshes = live.cloud.refreshes
    for _ in range(4):
        live.enrol(a_number())
    live.settled("answer", 4)
    live.settled("write", 4)
    assert live.cloud.refreshes == refreshes + 1
    assert len(live.endings()) == 4


@pytest.mark.parametrize("status", [500, 502, 503])
def test_what_failed_for_a_time_is_tried_again(live: Site, status: int) -> None:
    live.cloud.fail(status, times=2)
    told_and_written(live, a_call(live))


def test_a_crm_that_wants_to_be_left_alone_is_until_the_time_that_it_names(live: Site) -> None:
    live.cloud.fail(429, retry_after=5)
    call_id = a_call(live)
    wait_until(lambda: live.barred())
    begun, before = now(), requests_at_rest(live)
    until = live.barred()
    assert until is not None
    assert until > begun
    wait_until(lambda: len(live.cloud.requests) > before, seconds=10)
    assert now() >= until
    told_and_written(live, call_id)


def test_a_crm_that_is_down_delays_and_loses_nothing(live: Site) -> None:
    live.enrol(a_number())
    live.down()
    call_id = str(live.ended_call()["id"])
    wait_until(lambda: any(job["tries"] for job in live.jobs("write") + live.jobs("answer")), seconds=20)
    assert live.endings() == []
    live.up()
    told_and_written(live, call_id)


def test_an_answer_that_is_lost_does_not_have_the_call_written_twice(site: Site) -> None:
    site.connect()
    path = site.writing_path()
    site.change_connection(mode="live")
    site.cloud.lose_answer(path)
    number = a_number()
    site.enrol(number)
    site.settled("write", 2)
    call = next(call for call in site.calls() if call["to_number"] == number)
    assert len(site.notes(call["id"])) == 1


def test_an_answer_that_is_lost_leaves_nothing_waiting(live: Site) -> None:
    first = a_call(live)
    live.settled("answer")
    live.cloud.lose_answer(live.answering_path())
    live.enrol(a_number())
    live.settled("answer", 2)
    assert len({told["callId"] for told in live.endings()} - {first}) == 1


def test_a_record_that_was_deleted_meanwhile_costs_only_its_note(live: Site) -> None:
    number = a_number()
    record = live.person(number)
    live.enrol(number, record)
    live.cloud.delete(live.cloud.person, record)
    call = live.ended_call()
    (job,) = live.settled("write")
    assert (job["status"], job["error_code"]) == ("skipped", "record_gone")
    assert live.notes(call["id"]) == []
    assert live.told()["outcome"] == "reached"
    assert live.look()["status"] == "active"


def test_an_authorisation_that_was_taken_back_is_said_and_what_waited_is_taken_up_again(live: Site) -> None:
    live.cloud.revoke()
    live.enrol(a_number())
    wait_until(lambda: live.look()["status"] == "broken", seconds=20)
    assert live.connection["statusReason"]
    call_id = str(live.ended_call()["id"])
    assert live.endings() == []
    again = live.hub.post(f"/crm/connections/{live.id}/authorize", {}, live.holder.live_key)
    assert visit(live.cloud.grant(again.json["authorizeUrl"])).status == 200
    assert (live.look()["status"], live.look()["mode"]) == ("active", "live")
    told_and_written(live, call_id)


def test_what_a_broken_connection_is_asked_for_is_kept(live: Site) -> None:
    live.cloud.revoke()
    live.enrol(a_number())
    wait_until(lambda: live.look()["status"] == "broken", seconds=20)
    number = a_number()
    live.enrol(number)
    assert len(live.enrolments()) == 2


def test_every_request_to_the_crm_is_recorded_with_its_result(live: Site) -> None:
    live.cloud.fail(503)
    told_and_written(live, a_call(live))
    assert {request["statusCode"] for request in live.requests()} >= {503}
    assert all(request["sent"] for request in live.requests())

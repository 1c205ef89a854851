"""What waits in a CRM is told once how its call ended, however often the CRM asks and whatever comes of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.crm.contract.site import BUSY, NEVER_ENDS, Site, a_key, a_number, national
from tests.hub import wait_until


def test_it_is_told_how_the_call_ended(site: Site) -> None:
    site.connect()
    number = a_number()
    site.enrol(number)
    call = site.ended_call()
    told = site.told()
    assert (told["callId"], told["status"], told["outcome"]) == (str(call["id"]), "completed", "reached")
    assert (told["summary"], told["duration"], told["test"]) == (call["summary"], call["duration"], True)
    assert call["to_number"] == number


def test_nothing_is_told_twice(site: Site) -> None:
    site.connect()
    site.enrol(BUSY)
    assert site.told()["outcome"] == "busy"
    assert [job["status"] for job in site.settled("answer")] == ["succeeded"]
    assert len(site.endings()) == 1


def test_a_crm_may_ask_as_often_as_it_likes(site: Site) -> None:
    site.connect()
    record, key = site.person(BUSY), a_key()
    with ThreadPoolExecutor(6) as crew:
        statuses = list(crew.map(lambda _: site.start(record, BUSY, key), range(6)))
    assert all(status < 300 or status == 409 for status in statuses)
    assert min(statuses) < 300
    assert len(site.enrolments()) == 1
    site.ended_call()
    site.told()
    assert site.start(record, BUSY, key) < 300
    assert (len(site.enrolments()), len(site.calls()), len(site.endings())) == (1, 1, 1)


def test_a_number_is_read_as_it_is_written_in_the_connections_country(site: Site) -> None:
    site.connect(defaultCountry="US")
    number = a_number()
    site.enrol(national(number))
    assert site.ended_call()["to_number"] == number


def test_a_connection_in_live_mode_makes_live_calls(site: Site) -> None:
    site.connect(live=True)
    site.enrol(a_number())
    assert site.ended_call()["mode"] == "live"
    assert site.told()["test"] is False


@pytest.mark.parametrize("number", ["no number", "+1", "911"])
def test_a_number_that_cannot_be_called_is_refused_in_words(site: Site, number: str) -> None:
    site.connect()
    if site.start(site.person(), number) >= 400:  # told at once to whom asks by the API
        assert site.calls() == []
        return
    told = site.told()
    assert (told["status"], told["outcome"], told["callId"]) == ("refused", "refused", "")
    assert told["error"]
    assert told["errorCode"]
    assert site.calls() == []


def test_what_can_be_told_of_an_ending_is_told(site: Site) -> None:
    site.connect()
    site.enrol(BUSY)
    told = site.told()
    assert set(told) == {
        "callId", "status", "outcome", "summary", "duration", "cost", "answeredBy", "endReason",
        "answer1", "answer2", "answer3", "error", "errorCode", "test",
    }  # fmt: skip


def test_a_call_to_who_is_on_the_phone_waits_for_its_turn(site: Site) -> None:
    site.connect()
    number = a_number()
    statuses = [site.start(site.person(number), number) for _ in range(2)]
    assert statuses in ([200, 200], [201, 409])  # who asks by the API is told at once
    told = site.all_told(len(site.enrolments()))
    assert {one["outcome"] for one in told} == {"reached"}


def test_who_asked_never_to_be_called_again_is_not_and_what_waits_is_told(site: Site) -> None:
    site.connect()
    number = a_number()
    site.hub.post("/do-not-call", {"phoneNumber": number}, site.holder.test_key)
    if site.start(site.person(number), number) < 300:  # who asks by the API is told at once
        assert site.told()["errorCode"] == "do_not_call"
    assert site.calls() == []


def test_a_wait_that_is_over_before_the_call_has_ended_is_told(site: Site) -> None:
    site.connect()
    site.enrol(NEVER_ENDS)
    wait_until(site.calls)
    site.hub.rows("UPDATE crm_enrolment SET deadline_at = now() WHERE account_id = %s", (site.holder.id,))
    site.hub.rows(
        "UPDATE crm_job SET due_at = now() WHERE account_id = %s AND kind = 'answer' AND status = 'pending'",
        (site.holder.id,),
    )
    told = site.told()
    assert (told["status"], told["outcome"]) == ("timed_out", "timed_out")
    site.ended_call()
    assert len(site.endings()) == 1

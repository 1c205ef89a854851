"""A live call is put once on the record of the person it was about; a test call only shows what it would write."""

from tests.crm.contract.site import BUSY, Site, a_number, national
from tests.hub import wait_until


def test_in_test_mode_nothing_is_written_and_what_would_be_is_shown(site: Site) -> None:
    site.connect()
    site.enrol(BUSY)
    call = site.ended_call()
    assert [job["status"] for job in site.settled("write")] == ["succeeded"]
    assert site.notes(call["id"]) == []
    assert any(str(call["id"]) in str(request["body"]) for request in site.unsent())


def test_a_live_call_is_written_once_on_the_record_that_it_was_about(site: Site) -> None:
    site.connect(live=True)
    number = a_number()
    site.person(a_number(), "Kim")
    record = site.person(number)
    site.enrol(number, record)
    call = site.ended_call()
    site.settled("write")
    (note,) = site.notes(call["id"])
    assert note.record_ids == (record,)
    assert call["summary"] in note.text
    assert site.unsent() == []


def test_writing_makes_no_new_persons(site: Site) -> None:
    site.connect(live=True)
    number = a_number()
    record = site.person(number)
    people = site.cloud.people()
    site.enrol(number, record)
    site.ended_call()
    site.settled("write")
    assert site.cloud.people() == people


def test_a_call_of_the_accounts_is_written_on_the_person_whose_number_it_is(site: Site) -> None:
    site.connect(live=True, logs="all")
    number = a_number()
    record = site.person(number)
    site.person(a_number(), "Kim")
    call = site.hub.call(site.holder.live_key, number)
    site.settled("write")
    assert [note.record_ids for note in site.notes(call["id"])] == [(record,)]


def test_a_number_is_found_as_it_is_written_in_its_country(site: Site) -> None:
    site.connect(live=True, logs="all")
    number = a_number()
    record = site.person(national(number))
    call = site.hub.call(site.holder.live_key, number)
    site.settled("write")
    assert [note.record_ids for note in site.notes(call["id"])] == [(record,)]


def test_a_call_to_who_is_not_in_the_crm_is_not_written_and_makes_no_person(site: Site) -> None:
    site.connect(live=True, logs="all")
    people = site.cloud.people()
    call = site.hub.call(site.holder.live_key, a_number())
    assert [job["error_code"] for job in site.settled("write")] == ["no_record"]
    assert (site.notes(call["id"]), site.cloud.people()) == ([], people)


def test_of_several_persons_with_one_number_none_is_guessed_at(site: Site) -> None:
    site.connect(live=True, logs="all")
    number = a_number()
    site.person(number)
    site.person(national(number), "Kim")
    call = site.hub.call(site.holder.live_key, number)
    assert [job["error_code"] for job in site.settled("write")] == ["several_records"]
    assert site.notes(call["id"]) == []


def test_a_connection_that_logs_nothing_writes_nothing(site: Site) -> None:
    site.connect(live=True, logs="none")
    number = a_number()
    site.enrol(number)
    call = site.ended_call()
    site.told()
    assert site.notes(call["id"]) == []
    assert [job for job in site.jobs("write") if job["status"] == "pending"] == []


def test_a_connection_that_logs_its_own_calls_leaves_the_others(site: Site) -> None:
    site.connect(live=True, logs="own")
    number = a_number()
    site.person(number)
    call = site.hub.call(site.holder.live_key, number)
    site.hub.wait_call(call["id"], site.holder.live_key)
    assert (site.jobs("write"), site.notes(call["id"])) == ([], [])


def test_test_calls_of_the_accounts_are_never_written(site: Site) -> None:
    site.connect(live=True, logs="all")
    number = a_number()
    site.person(number)
    call = site.hub.call(site.holder.test_key, number)
    site.hub.wait_call(call["id"], site.holder.test_key)
    assert (site.jobs("write"), site.notes(call["id"])) == ([], [])


def test_a_test_call_is_not_written_though_the_connection_became_live_meanwhile(site: Site) -> None:
    site.connect()
    site.enrol(BUSY)
    assert site.change_connection(mode="live").status == 200
    call = site.ended_call()
    site.settled("write")
    assert (call["mode"], site.notes(call["id"])) == ("test", [])


def test_what_the_crm_refused_is_shown_with_its_reason_and_can_be_tried_again(site: Site) -> None:
    site.connect(live=True)
    site.cloud.fail(400, times=2)
    site.enrol(a_number())
    call = site.ended_call()
    site.settled("write")
    site.settled("answer")
    enrolment = f"/crm/enrolments/{site.enrolments()[0]['id']}"
    assert "failed" in str(site.hub.get(enrolment, site.key).json)
    assert site.hub.post(f"{enrolment}/retry", {}, site.key).status == 200
    wait_until(lambda: site.notes(call["id"]) and site.endings())

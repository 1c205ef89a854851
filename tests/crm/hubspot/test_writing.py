"""Calls on HubSpot's timelines: once, on the right records, however it is cut short."""

from typing import Any

import pytest
import requests

from app.crm.failures import Barred, CrmFailed, Gone, Later, Refused
from app.crm.hubspot.platform import HubSpot
from app.crm.platform import Answer, Record
from tests.crm.hubspot.lines import PlainLine
from tests.crm.hubspot.notes import CALL_ID, ending, note
from tests.crm.hubspot.stand_in import StandIn


def contact(stand_in: StandIn) -> Record:
    return Record("contact", stand_in.add("contact", firstname="Sam"), {})


def test_a_call_is_put_on_the_record(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    sam = contact(stand_in)
    hubspot.write_call(line, sam, note())
    (written,) = stand_in.written()
    assert written.call_id == str(CALL_ID)
    assert "Sam wants a demo" in written.text
    assert written.record_ids == (sam.id,)


def test_the_first_call_of_a_portal_makes_the_property_by_which_calls_are_told_apart(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    hubspot.write_call(line, contact(stand_in), note())
    made = stand_in.portal.call_properties["mio_call_id"]
    assert made["hasUniqueValue"] is True
    first = len(stand_in.requests)
    hubspot.write_call(line, contact(stand_in), note())
    assert [method for method, _ in stand_in.requests[first:]] == ["POST", "PUT"]


def test_a_call_is_written_once_however_often_it_is_asked(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    sam = contact(stand_in)
    ids = {hubspot.write_call(line, sam, note()) for _ in range(3)}
    assert len(ids) == 1
    assert [written.record_ids for written in stand_in.written()] == [(sam.id,)]


@pytest.mark.parametrize("cut", ["batch/upsert", "associations", "properties/calls/groups", "properties/calls"])
def test_an_answer_that_is_lost_leads_to_no_second_call(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn, cut: str
) -> None:
    sam = contact(stand_in)
    stand_in.lose_answer(cut)
    with pytest.raises(requests.ConnectionError):
        hubspot.write_call(line, sam, note())
    hubspot.write_call(line, sam, note())
    assert [written.record_ids for written in stand_in.written()] == [(sam.id,)]


def test_a_record_deleted_meanwhile_leaves_no_call_that_stands_nowhere(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    sam = contact(stand_in)
    stand_in.delete("contact", sam.id)
    with pytest.raises(Gone):
        hubspot.write_call(line, sam, note())
    assert stand_in.written() == []


def test_a_call_about_a_deal_stands_on_the_deal_and_its_contact(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    sam = contact(stand_in)
    deal = stand_in.add_for("deal", [sam.id], dealname="Big")
    hubspot.write_call(line, hubspot.read(line, "deal", deal, []), note())
    assert [written.record_ids for written in stand_in.written()] == [(deal, sam.id)]


def test_a_deals_contact_deleted_meanwhile_does_not_keep_the_call_from_the_deal(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    sam = contact(stand_in)
    deal = stand_in.add_for("deal", [sam.id], dealname="Big")
    record = hubspot.read(line, "deal", deal, [])
    stand_in.delete("contact", sam.id)
    hubspot.write_call(line, record, note())
    assert [written.record_ids for written in stand_in.written()] == [(deal,)]


def test_nothing_is_written_in_test_mode_but_it_is_told_what_would_be(hubspot: HubSpot, stand_in: StandIn) -> None:
    line = PlainLine(stand_in.url, stand_in.portal.token(), mode="test")
    sam = contact(stand_in)
    assert hubspot.write_call(line, sam, note(ending(test=True))) == "unsent"
    assert stand_in.requests == []
    assert [(method, path) for method, path, _ in line.unsent] == [
        ("POST", "/crm/v3/objects/calls/batch/upsert"),
        ("PUT", f"/crm/v4/objects/calls/unsent/associations/default/contacts/{sam.id}"),
    ]


def test_nobody_is_added_by_writing(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    hubspot.write_call(line, contact(stand_in), note())
    assert stand_in.people() == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(409, Later), (423, Later), (429, Barred), (500, Later), (503, Later), (403, Refused)]
)
def test_what_fails_tells_what_follows(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn, status: int, kind: type[CrmFailed]
) -> None:
    sam = contact(stand_in)
    hubspot.write_call(line, sam, note())
    stand_in.fail(status)
    with pytest.raises(kind):
        hubspot.write_call(line, sam, note())


def test_a_refusal_that_is_not_for_the_property_stays_one(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    sam = contact(stand_in)
    hubspot.write_call(line, sam, note())
    stand_in.fail(400)
    with pytest.raises(Refused):
        hubspot.write_call(line, sam, note())
    assert len(stand_in.written()) == 1


def test_a_call_that_no_record_may_have_is_taken_away(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    sam = contact(stand_in)
    stand_in.refuse_next("associations", 400)
    with pytest.raises(Refused):
        hubspot.write_call(line, sam, note())
    assert stand_in.written() == []
    hubspot.write_call(line, sam, note())
    assert [written.record_ids for written in stand_in.written()] == [(sam.id,)]


def test_a_deal_that_may_not_have_the_call_does_not_keep_it_from_the_contact(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    sam = contact(stand_in)
    deal = stand_in.add_for("deal", [sam.id], dealname="Big")
    stand_in.refuse_next("associations", 403)
    hubspot.write_call(line, hubspot.read(line, "deal", deal, []), note())
    assert [written.record_ids for written in stand_in.written()] == [(sam.id,)]


def test_two_that_make_the_property_at_once_do_not_hinder_each_other(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    stand_in.portal.groups.add("mio")
    hubspot.write_call(line, contact(stand_in), note())
    assert len(stand_in.written()) == 1


def test_a_portal_with_outcomes_of_its_own_has_the_call_without_one(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    sam = contact(stand_in)
    hubspot.write_call(line, sam, note(ending(outcome="failed", status="failed")))
    stand_in.portal.calls.clear()
    stand_in.portal.outcomes = frozenset(("0d4e5f6a-7b1c-4f2e-9a8d-7c6b5a493827",))
    hubspot.write_call(line, sam, note())
    (call,) = stand_in.portal.calls.values()
    assert "hs_call_disposition" not in call.properties
    assert call.properties["hs_call_title"].endswith("reached")


@pytest.mark.parametrize("status", [403, 404])
def test_a_record_that_the_portal_does_not_let_us_see_leaves_no_call_that_stands_nowhere(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn, status: int
) -> None:
    sam = contact(stand_in)
    stand_in.refuse_next("associations", 403)
    stand_in.refuse_next("objects/contacts", status)
    with pytest.raises(Gone if status == 404 else Refused):
        hubspot.write_call(line, sam, note())
    assert stand_in.written() == []


def test_a_property_that_may_not_be_made_is_told_for_good(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    stand_in.refuse_next("properties/calls/groups", 403)
    with pytest.raises(Refused):
        hubspot.write_call(line, contact(stand_in), note())


@pytest.mark.parametrize(("status", "kind"), [("409", Later), ("503", Later), ("400", Refused)])
def test_a_batch_that_carried_nothing_out_is_told_by_the_status_in_it(
    hubspot: HubSpot, stand_in: StandIn, status: str, kind: type[CrmFailed]
) -> None:
    class Halved(PlainLine):
        def write(self, method: str, path: str, *, json: Any, unsent: Any) -> Answer:
            return Answer(207, {}, {"results": [], "errors": [{"status": status, "message": "No."}]})

    stand_in.portal.call_properties["mio_call_id"] = {"name": "mio_call_id", "hasUniqueValue": True}
    with pytest.raises(kind, match="No"):
        hubspot.write_call(Halved(stand_in.url, stand_in.portal.token()), contact(stand_in), note())


def test_a_property_so_new_that_hubspot_does_not_know_it_everywhere_is_waited_for(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    sam = contact(stand_in)
    for _ in range(2):
        stand_in.refuse_next("batch/upsert", 400)
    with pytest.raises(Later):
        hubspot.write_call(line, sam, note())
    hubspot.write_call(line, sam, note())
    assert [written.record_ids for written in stand_in.written()] == [(sam.id,)]

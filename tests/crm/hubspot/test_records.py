"""Reading and finding HubSpot's records."""

import pytest

from app.crm.failures import Gone
from app.crm.hubspot.platform import HubSpot
from app.crm.numbers import spellings
from tests.crm.hubspot.lines import PlainLine
from tests.crm.hubspot.stand_in import StandIn

SPELLINGS = ("+15551234567", "(555) 123-4567", "555-123-4567", "5551234567")


def test_a_contact_is_read_with_what_was_asked_and_its_numbers(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    sam = stand_in.add("contact", firstname="Sam", phone="555-123-4567", lifecyclestage="lead", email="sam@example.com")
    record = hubspot.read(line, "contact", sam, ["lifecyclestage", "jobtitle"])
    told = {"firstname": "Sam", "phone": "555-123-4567", "lifecyclestage": "lead", "hs_object_id": sam}
    assert record.properties == told
    assert (record.object, record.id) == ("contact", sam)


def test_what_is_empty_is_left_out(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    sam = stand_in.add("contact", firstname="Sam", phone="", email="")
    assert hubspot.read(line, "contact", sam, ["email"]).properties == {"firstname": "Sam", "hs_object_id": sam}


def test_a_merged_contact_has_its_present_id(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    old, kept = stand_in.add("contact", firstname="Sam"), stand_in.add("contact", firstname="Samuel")
    stand_in.portal.merge("contact", old, kept)
    assert hubspot.read(line, "contact", old, []).id == kept


def test_a_deleted_contact_is_gone(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    sam = stand_in.add("contact", firstname="Sam")
    stand_in.delete("contact", sam)
    with pytest.raises(Gone):
        hubspot.read(line, "contact", sam, [])


@pytest.mark.parametrize("object", ["deal", "ticket"])
def test_what_is_no_person_comes_with_its_contact(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn, object: str
) -> None:
    sam = stand_in.add("contact", firstname="Sam", phone="555-123-4567", email="sam@example.com")
    about = stand_in.add_for(object, [sam], dealname="Big", subject="Broken")
    record = hubspot.read(line, object, about, ["dealname"], ["email"])
    assert record.related["contact"].id == sam
    assert record.related["contact"].properties["phone"] == "555-123-4567"
    assert record.related["contact"].properties["email"] == "sam@example.com"


def test_a_deal_whose_first_contact_was_deleted_has_the_next(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    gone, kim = stand_in.add("contact", firstname="Sam"), stand_in.add("contact", firstname="Kim")
    deal = stand_in.add_for("deal", [gone, kim], dealname="Big")
    stand_in.delete("contact", gone)
    assert hubspot.read(line, "deal", deal, []).related["contact"].id == kim
    assert [path.rpartition("/")[2] for _, path in stand_in.requests] == [deal, gone, kim]


def test_a_deal_without_a_contact_has_nobody(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    deal = stand_in.add("deal", dealname="Big")
    assert hubspot.read(line, "deal", deal, ["dealname"]).related == {}


@pytest.mark.parametrize("record_id", ["1/../../owners", ".", "..", "%2e%2e", "1?archived=true", "1#", "", "1" * 21])
def test_an_id_cannot_lead_elsewhere(hubspot: HubSpot, line: PlainLine, stand_in: StandIn, record_id: str) -> None:
    with pytest.raises(Gone):
        hubspot.read(line, "contact", record_id, [])
    assert stand_in.requests == []


def test_the_record_that_changed_last_is_found(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    assert hubspot.latest(line, "contact") is None
    first = stand_in.add("contact", firstname="Sam")
    stand_in.add("contact", firstname="Kim")
    stand_in.portal.change("contact", first, {"firstname": "Samuel"})
    assert hubspot.latest(line, "contact") == first


def test_the_properties_of_an_object_are_named(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    stand_in.add("contact", favourite_colour="blue")
    assert {"firstname", "phone", "favourite_colour"} <= hubspot.properties_of(line, "contact")


@pytest.mark.parametrize(
    "kept", ["+15551234567", "(555) 123-4567", "+1 (555) 123-4567", "1-555-123-4567", "5551234567"]
)
@pytest.mark.parametrize("property", ["phone", "mobilephone"])
def test_a_contact_is_found_however_its_number_is_written(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn, kept: str, property: str
) -> None:
    sam = stand_in.add("contact", **{property: kept})
    stand_in.add("contact", phone="+15557654321")
    assert [record.id for record in hubspot.find_by_number(line, SPELLINGS)] == [sam]


@pytest.mark.parametrize("kept", ["+1 555 123 4567 ext. 12", "+15551234567 x12", "+15551234567;12"])
def test_an_extension_is_no_part_of_the_number(hubspot: HubSpot, line: PlainLine, stand_in: StandIn, kept: str) -> None:
    sam = stand_in.add("contact", phone=kept)
    assert [record.id for record in hubspot.find_by_number(line, SPELLINGS)] == [sam]


def test_the_same_digits_in_another_country_are_somebody_else(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    stand_in.add("contact", phone="+445551234567")
    assert hubspot.find_by_number(line, SPELLINGS) == []


@pytest.mark.parametrize("kept", ["+49 151 23456789", "0151 23456789", "0049 151 23456789", "+49 (0)151 23456789"])
def test_a_number_with_a_trunk_zero_is_found_too(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn, kept: str
) -> None:
    sam = stand_in.add("contact", mobilephone=kept)
    assert [record.id for record in hubspot.find_by_number(line, spellings("+4915123456789"))] == [sam]


def test_national_digits_behind_another_country_code_are_somebody_else(
    hubspot: HubSpot, line: PlainLine, stand_in: StandIn
) -> None:
    stand_in.add("contact", phone="+5551234567")
    assert hubspot.find_by_number(line, SPELLINGS) == []


def test_at_most_ten_are_given(hubspot: HubSpot, line: PlainLine, stand_in: StandIn) -> None:
    for _ in range(12):
        stand_in.add("contact", phone="+15551234567")
    assert len(hubspot.find_by_number(line, SPELLINGS)) == 10

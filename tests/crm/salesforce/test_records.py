"""Salesforce's records are read, found and described by queries that ask for no more than is needed."""

import pytest

from app.crm.failures import Barred, Gone, Later, Refused
from app.crm.platform import Record
from tests.crm.salesforce.conftest import Spoken


def read(spoken: Spoken, record: Record, *properties: str, of_person: tuple[str, ...] = ()) -> Record:
    return spoken.salesforce.read(spoken.line, record.object, record.id, properties, of_person)


def test_a_record_is_read_with_what_is_asked_for(spoken: Spoken) -> None:
    contact = spoken.contact(FirstName="Sam", Phone="(555) 123-4567", Score__c=7, Vip__c=True, LastName="")
    found = read(spoken, contact, "FirstName", "Phone", "LastName", "Score__c", "Vip__c")
    assert found.properties == {"FirstName": "Sam", "Phone": "(555) 123-4567", "Score__c": "7", "Vip__c": "true"}
    assert (found.object, found.id) == ("contact", contact.id)


def test_an_id_of_15_characters_names_the_record_as_well(spoken: Spoken) -> None:
    contact = spoken.contact(FirstName="Sam")
    assert read(spoken, Record("contact", contact.id[:15], {}), "FirstName").id == contact.id


def test_a_deleted_record_is_gone(spoken: Spoken) -> None:
    contact = spoken.contact(FirstName="Sam")
    spoken.cloud.delete("contact", contact.id)
    with pytest.raises(Gone, match="was deleted"):
        read(spoken, contact, "FirstName")


@pytest.mark.parametrize("record_id", ["003000000000001AAA", "", "x' OR Name != '", "../../Task", "003"])
def test_what_was_never_there_is_gone(spoken: Spoken, record_id: str) -> None:
    with pytest.raises(Gone):
        read(spoken, Record("contact", record_id, {}), "FirstName")


def test_a_merged_record_is_read_as_the_one_that_it_has_become(spoken: Spoken) -> None:
    first, second, third = (spoken.contact(FirstName=name) for name in ("Sam", "Samuel", "Sammy"))
    spoken.cloud.organisation.delete("Contact", first.id, merged_into=second.id)
    spoken.cloud.organisation.delete("Contact", second.id, merged_into=third.id)
    found = read(spoken, first, "FirstName")
    assert (found.id, found.properties) == (third.id, {"FirstName": "Sammy"})


def test_records_that_were_merged_in_a_circle_are_gone(spoken: Spoken) -> None:
    first, second = spoken.contact(), spoken.contact()
    spoken.cloud.organisation.delete("Contact", first.id, merged_into=second.id)
    spoken.cloud.organisation.delete("Contact", second.id, merged_into=first.id)
    with pytest.raises(Gone):
        read(spoken, first, "FirstName")


def test_a_lead_that_became_a_contact_is_still_read_as_the_lead(spoken: Spoken) -> None:
    lead = Record("lead", spoken.cloud.add("lead", FirstName="Sam", Company="Acme"), {})
    spoken.row("Lead", lead.id).update(IsConverted=True, ConvertedContactId=spoken.contact(FirstName="Sam").id)
    assert read(spoken, lead, "Company").properties == {"Company": "Acme"}


def test_a_field_that_is_hidden_or_was_removed_leaves_the_others_readable(spoken: Spoken) -> None:
    contact = spoken.contact(FirstName="Sam", Phone="+15551234567")
    spoken.cloud.organisation.hidden = {"Contact.Phone"}
    found = read(spoken, contact, "FirstName", "Phone", "Removed__c", "Id FROM User")
    assert found.properties == {"FirstName": "Sam"}


def test_a_deal_has_its_primary_contact_with_it(spoken: Spoken) -> None:
    deal = Record("opportunity", spoken.cloud.add("opportunity", Name="Roof", StageName="Closing"), {})
    for name, primary in (("Kim", False), ("Sam", True)):
        person = spoken.contact(FirstName=name, Phone="+15551234567")
        spoken.cloud.add("role", OpportunityId=deal.id, ContactId=person.id, IsPrimary=primary)
    found = read(spoken, deal, "StageName", of_person=("FirstName", "Phone"))
    assert found.properties == {"StageName": "Closing"}
    assert found.related["contact"].properties == {"FirstName": "Sam", "Phone": "+15551234567"}


def test_a_deal_without_a_primary_contact_has_the_first_that_it_was_given(spoken: Spoken) -> None:
    deal = Record("opportunity", spoken.cloud.add("opportunity", Name="Roof"), {})
    for name in ("Kim", "Sam"):
        spoken.cloud.add("role", OpportunityId=deal.id, ContactId=spoken.contact(FirstName=name).id, IsPrimary=False)
    assert read(spoken, deal, of_person=("FirstName",)).related["contact"].properties == {"FirstName": "Kim"}


def test_a_case_has_its_contact_with_it(spoken: Spoken) -> None:
    person = spoken.contact(FirstName="Sam")
    case = Record("case", spoken.cloud.add("case", Subject="It leaks", ContactId=person.id), {})
    found = read(spoken, case, "Subject", of_person=("FirstName",))
    assert (found.related["contact"].id, found.properties) == (person.id, {"Subject": "It leaks"})


@pytest.mark.parametrize("object", ["opportunity", "case"])
def test_what_belongs_to_nobody_comes_alone(spoken: Spoken, object: str) -> None:
    assert read(spoken, Record(object, spoken.cloud.add(object), {})).related == {}


def test_a_case_whose_contact_is_gone_comes_alone(spoken: Spoken) -> None:
    person = spoken.contact()
    case = Record("case", spoken.cloud.add("case", ContactId=person.id), {})
    spoken.cloud.delete("contact", person.id)
    assert read(spoken, case).related == {}


def test_the_record_that_changed_last_is_found(spoken: Spoken) -> None:
    assert spoken.salesforce.latest(spoken.line, "lead") is None
    for name in ("Kim", "Sam"):
        last = spoken.cloud.add("lead", FirstName=name)
    assert spoken.salesforce.latest(spoken.line, "lead") == last


def test_the_fields_of_an_object_are_those_that_hold_texts(spoken: Spoken) -> None:
    found = spoken.salesforce.properties_of(spoken.line, "contact")
    assert {"FirstName", "Phone", "Score__c"} <= found
    assert "MailingAddress" not in found


@pytest.mark.parametrize("field", ["Phone", "MobilePhone", "HomePhone", "OtherPhone"])
def test_a_contact_is_found_by_any_of_its_numbers_however_it_is_spelt(spoken: Spoken, field: str) -> None:
    contact = spoken.contact(FirstName="Sam", **{field: "(555) 123-4567"})
    spoken.contact(FirstName="Kim", Phone="(555) 123-4568")
    found = spoken.salesforce.find_by_number(spoken.line, ("+15551234567", "(555) 123-4567"))
    assert [(record.object, record.id, record.properties["FirstName"]) for record in found] == [
        ("contact", contact.id, "Sam")
    ]


def test_leads_come_after_contacts_and_those_that_became_contacts_not_at_all(spoken: Spoken) -> None:
    number = "+15551234567"
    lead, converted = (spoken.cloud.add("lead", Phone=number) for _ in range(2))
    spoken.row("Lead", converted).update(IsConverted=True)
    contact = spoken.contact(Phone=number)
    found = spoken.salesforce.find_by_number(spoken.line, (number,))
    assert [record.id for record in found] == [contact.id, lead]


def test_deleted_persons_are_not_found(spoken: Spoken) -> None:
    contact = spoken.contact(Phone="+15551234567")
    spoken.cloud.delete("contact", contact.id)
    assert spoken.salesforce.find_by_number(spoken.line, ("+15551234567",)) == []


def test_at_most_ten_persons_are_found(spoken: Spoken) -> None:
    for object in ("lead", "contact"):
        for _ in range(8):
            spoken.cloud.add(object, Phone="+15551234567")
    assert len(spoken.salesforce.find_by_number(spoken.line, ("+15551234567",))) == 10


def test_numbers_that_are_hidden_from_our_user_leave_the_others_to_be_found_by(spoken: Spoken) -> None:
    contact = spoken.contact(Phone="+15551234567")
    lead = spoken.cloud.add("lead", Phone="+15551234567")
    spoken.cloud.organisation.hidden = {"Contact.HomePhone", "Contact.OtherPhone"}
    found = spoken.salesforce.find_by_number(spoken.line, ("+15551234567",))
    assert [record.id for record in found] == [contact.id, lead]


def test_where_all_numbers_or_all_leads_are_hidden_nobody_is_found_there(spoken: Spoken) -> None:
    for object in ("lead", "contact"):
        spoken.cloud.add(object, Phone="+15551234567")
    numbers = spoken.salesforce.objects["contact"].numbers
    spoken.cloud.organisation.hidden = {"Lead", *(f"Contact.{name}" for name in numbers)}
    assert spoken.salesforce.find_by_number(spoken.line, ("+15551234567",)) == []


def test_no_spelling_finds_nobody_and_asks_nothing(spoken: Spoken) -> None:
    before = len(spoken.cloud.requests)
    assert spoken.salesforce.find_by_number(spoken.line, ()) == []
    assert len(spoken.cloud.requests) == before


def test_a_spelling_cannot_change_the_query(spoken: Spoken) -> None:
    spoken.contact(Phone="+15551234567")
    assert spoken.salesforce.find_by_number(spoken.line, ("') OR (Phone != '", "\\")) == []


# What Salesforce refuses


@pytest.mark.parametrize(
    ("status", "code", "message", "kind", "seconds"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", Barred, 900.0),
        (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", Barred, 20.0),
        (400, "LIMIT_EXCEEDED", "The hourly limit of events is exceeded.", Later, 600.0),
        (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", Later, None),
        (400, "QUERY_TIMEOUT", "Your query request was running for too long.", Later, None),
        (400, "REQUEST_RUNNING_TOO_LONG", "Your request was running for too long, and has been stopped.", Later, None),
        (400, "SERVER_UNAVAILABLE", "A server that is needed is unavailable.", Later, None),
        (400, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "Try again after the release.", Later, None),
        (400, "PLATFORM_EVENT_PUBLISHING_UNAVAILABLE", "Try again later.", Later, None),
        (400, "PLATFORM_EVENT_PUBLISH_FAILED", "Try again later.", Later, None),
        (
            400,
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "TaskTrigger: System.DmlException: first error: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access",
            Later,
            None,
        ),
        (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "TaskTrigger: execution of AfterInsert", Refused, None),
        (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "A call needs a reason.", Refused, None),
        (429, "TOO_MANY_REQUESTS", "Too many requests.", Barred, 10.0),
        (420, "", "Salesforce Edge has no routing information for this host.", Later, None),
        (503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable.", Later, None),
        (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred.", Later, None),
        (404, "ENTITY_IS_DELETED", "entity is deleted", Gone, None),
        (400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", Gone, None),
        (403, "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner", Refused, None),
        (400, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", Refused, None),
    ],
)
def test_an_error_means_what_its_code_says(
    spoken: Spoken, status: int, code: str, message: str, kind: type[Exception], seconds: float | None
) -> None:
    spoken.cloud.refuse(status, code, message)
    with pytest.raises(kind) as failed:
        spoken.salesforce.properties_of(spoken.line, "contact")
    assert type(failed.value) is kind
    assert getattr(failed.value, "seconds", None) == seconds
    assert message in str(failed.value.args) or code in str(failed.value.args)


def test_a_full_day_bars_the_connection(spoken: Spoken) -> None:
    spoken.cloud.refuse(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    with pytest.raises(Barred):
        spoken.salesforce.latest(spoken.line, "contact")
    before = len(spoken.cloud.requests)
    with pytest.raises(Barred):
        spoken.salesforce.latest(spoken.line, "contact")
    assert len(spoken.cloud.requests) == before


def test_a_version_that_the_organisation_does_not_offer_is_said(spoken: Spoken) -> None:
    spoken.cloud.refuse(404, "NOT_FOUND", "The requested resource does not exist")
    with pytest.raises(Refused, match=r"version v65\.0"):
        spoken.salesforce.latest(spoken.line, "contact")

"""Outbound messages are read whole or not at all, and each notification of one is a change of its own."""

import logging

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.crm.platform import Record
from app.crm.salesforce.messages import MOST_BYTES, read
from app.errors import InvalidRequest
from tests.crm.salesforce.envelopes import SESSION, Notified, envelope, notification_id
from tests.crm.salesforce.organisation import ID, new_id

CONTACT = "0035g00000ABCDEAA5"
SAM = {"Id": CONTACT, "FirstName": "Sam", "Phone": "(555) 123-4567", "Vip__c": True, "LastName": None}
TEXT = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=30).map(str.strip).filter(bool)
)
NAME = st.from_regex(r"\A[A-Z][A-Za-z0-9]{0,20}(__c)?\Z").filter(lambda name: name != "Id")


def one(key: object = 1, name: str = "Contact", **fields: object) -> Notified:
    return Notified(notification_id(key), name, SAM | fields)


def many(count: int) -> list[Notified]:
    return [one(key) for key in range(count)]


def test_a_notification_is_a_change_with_the_fields_that_were_sent() -> None:
    (change,) = read(envelope([one()])).changes
    assert change.record == Record(
        "contact", CONTACT, {"Id": CONTACT, "FirstName": "Sam", "Phone": "(555) 123-4567", "Vip__c": "true"}
    )
    assert (change.key, change.object, change.record_id) == (notification_id(1), "contact", CONTACT)
    assert (change.trigger, change.property, change.ours) == ("message", None, False)


def test_a_message_says_of_which_organisation_it_is() -> None:
    assert read(envelope([one()])).organisation == ID
    assert read(envelope([one()], organisation=ID[:15])).organisation == ID


@pytest.mark.parametrize("prefix", ["sf", "ns1", "x", "soapenv2"])
def test_any_prefix_will_do(prefix: str) -> None:
    (change,) = read(envelope([one()], prefix=prefix)).changes
    assert (change.object, change.record and change.record.properties["FirstName"]) == ("contact", "Sam")


@pytest.mark.parametrize("name", ["Lead", "Contact", "Account", "Opportunity", "Case"])
def test_what_can_be_called_goes_by_its_key(name: str) -> None:
    assert read(envelope([one(name=name)])).changes[0].object == name.lower()


def test_what_cannot_be_called_goes_by_its_own_name() -> None:
    assert read(envelope([one(name="Visit__c")])).changes[0].object == "Visit__c"


@pytest.mark.parametrize("nil", ["true", "1"])
def test_nil_fields_are_left_out(nil: str) -> None:
    body = envelope([one()]).replace(b'xsi:nil="true"', f'xsi:nil="{nil}"'.encode())
    (change,) = read(body).changes
    assert change.record is not None
    assert "LastName" not in change.record.properties


def test_special_characters_arrive_as_they_are() -> None:
    (change,) = read(envelope([one(FirstName="Żółć & <Sam> \"'😀")])).changes
    assert change.record is not None
    assert change.record.properties["FirstName"] == "Żółć & <Sam> \"'😀"


def test_a_task_of_ours_is_known_by_its_call() -> None:
    ours, theirs = (
        one(1, "Task", CallObject="d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827"),
        one(2, "Task", CallObject="CTI-17"),
    )
    assert [change.ours for change in read(envelope([ours, theirs, one(3)])).changes] == [True, False, False]


def test_a_hundred_notifications_are_a_hundred_changes() -> None:
    assert len({change.key for change in read(envelope(many(100))).changes}) == 100


@pytest.mark.parametrize("count", [0, 101, 1000])
def test_none_or_more_than_a_hundred_are_no_message(count: int) -> None:
    with pytest.raises(InvalidRequest, match="1 to 100"):
        read(envelope(many(count)))


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Lead", "Contact", "Case"]), st.dictionaries(NAME, st.none() | TEXT, max_size=5)),
        min_size=1,
        max_size=100,
    ),
    st.sampled_from(["sf", "ens", "a1"]),
)
def test_every_well_formed_message_gives_one_change_for_each_notification(
    told: list[tuple[str, dict[str, str | None]]], prefix: str
) -> None:
    sent = [
        Notified(notification_id(place), name, {"Id": new_id("003")} | fields)
        for place, (name, fields) in enumerate(told)
    ]
    changes = read(envelope(sent, prefix=prefix)).changes
    assert [change.key for change in changes] == [notified.key for notified in sent]
    for change, notified in zip(changes, sent, strict=True):
        wanted = {name: value for name, value in notified.fields.items() if value is not None}
        assert change.record == Record(notified.name.lower(), notified.fields["Id"], wanted)


# What is no message

WHOLE = envelope(many(2))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_message_that_was_cut_off_is_not_taken_in_part(share: float) -> None:
    with pytest.raises(InvalidRequest):
        read(WHOLE[: int(len(WHOLE) * share)])


def with_document_type(declared: str, used: str = "") -> bytes:
    head, _, rest = WHOLE.partition(b"?>")
    return head + f"?><!DOCTYPE x [{declared}]>".encode() + rest.replace(b"Sam", used.encode() or b"Sam", 1)


@pytest.mark.parametrize(
    "body",
    [
        with_document_type(""),
        with_document_type('<!ENTITY a "b">', "&a;"),
        with_document_type('<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">', "&b;"),
        with_document_type('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
        with_document_type('<!ENTITY % a SYSTEM "http://127.0.0.1:1/x.dtd"> %a;'),
        WHOLE.replace(b"<soapenv:Envelope", b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><soapenv:Envelope', 1),
    ],
    ids=["empty", "internal", "laughs", "file", "parameter", "external"],
)
def test_document_types_and_entities_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="entities"):
        read(body)


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"),
        (b"http://soap.sforce.com/2005/09/outbound", b"http://example.org/outbound"),
        (b"OrganizationId>", b"Organisation>"),
        (b"<OrganizationId>", b"<OrganizationId/><OrganizationId>"),
        (ID.encode(), b""),
        (ID.encode(), b"00D5g'; DROP TABLE"),
        (notification_id(1).encode(), b"1"),
        (CONTACT.encode(), b"not-an-id"),
        (b' xsi:type="sf:Contact"', b""),
        (b"<Notification><Id>", b"<Notification><Id>04l000000000001AAA</Id><Id>"),
        (b"&", b"&unknown;") if b"&" in WHOLE else (b"Sam", b"&unknown;"),
        (b"Sam", b"\xff\xfe"),
        (b"Sam", b"\x00"),
        (b'encoding="UTF-8"', b'encoding="none-such"'),
        (b'encoding="UTF-8"', b'encoding="utf-7"'),
        (b'encoding="UTF-8"', b'encoding="big5"'),
        (b"</soapenv:Envelope>", b"</soapenv:Envelope><more/>"),
    ],
)
def test_what_is_not_wholly_a_message_is_refused(found: bytes, put: bytes) -> None:
    assert found in WHOLE
    with pytest.raises(InvalidRequest):
        read(WHOLE.replace(found, put))


@pytest.mark.parametrize("body", [b"", b"{}", b"<a/>", b"<" * 5000, b"<a>" * 100_000, b"\x00" * 100, b"\xef\xbb\xbf"])
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read(body)


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_it(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read(body)


def test_a_message_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(InvalidRequest, match="at most"):
        read(WHOLE + b" " * MOST_BYTES)


def test_a_message_of_more_elements_than_a_hundred_records_have_is_refused() -> None:
    assert len(read(envelope([one(1, **{f"F{place}__c": "x" for place in range(800)})] * 100)).changes) == 100
    with pytest.raises(InvalidRequest, match="elements"):
        read(WHOLE.replace(b"</Notification>", b"<a/>" * 200_000 + b"</Notification>", 1))


def test_a_message_of_more_attributes_than_that_is_refused() -> None:
    nil = {f"F{place}__c": None for place in range(800)}
    assert len(read(envelope([one(1, **nil)] * 100)).changes) == 100
    tag = b"<a " + " ".join(f'a{place}=""' for place in range(1000)).encode() + b"/>"
    with pytest.raises(InvalidRequest, match="attributes"):
        read(WHOLE.replace(b"</Notification>", tag * 210 + b"</Notification>", 1))


def test_a_tag_without_end_is_refused_before_it_is_whole() -> None:
    many_names = " ".join(f'a{place}=""' for place in range(700_000)).encode()
    with pytest.raises(InvalidRequest, match="A tag"):
        read(WHOLE.replace(b"<OrganizationId>", b"<OrganizationId " + many_names + b">", 1))


def test_the_longest_texts_are_taken() -> None:
    text = "ä" * 131_072
    assert read(envelope([one(1, Notes__c=text)])).changes[0].record.properties["Notes__c"] == text


def test_the_session_of_a_message_is_kept_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        found = read(WHOLE)
        with pytest.raises(InvalidRequest) as refused:
            read(WHOLE.replace(ID.encode(), b""))
    assert SESSION not in repr(found) + repr(refused.value) + caplog.text

"""Messages at a connection's secret address are stored, then acknowledged; anything else is turned away."""

import re

import pytest
from peewee import DatabaseError

from app.crm import connecting
from app.crm.platform import Reply
from app.db import execute
from app.errors import InvalidRequest, NotFound
from app.models.crm import CrmEnrolment
from tests.crm.salesforce.conftest import Listening, a_contact, away, enrolled
from tests.crm.salesforce.envelopes import Notified, envelope
from tests.crm.salesforce.organisation import new_id

ACK = re.compile(
    rb"<\?xml.*<soapenv:Body><notificationsResponse xmlns=\"http://soap.sforce.com/2005/09/outbound\">"
    rb"<Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>"
)


def acknowledged(reply: Reply) -> bool:
    return reply.status == 200 and ACK.fullmatch(reply.body) is not None and reply.content_type.startswith("text/xml")


def test_a_message_is_stored_and_acknowledged(listening: Listening) -> None:
    assert acknowledged(listening.receive(envelope([a_contact(1)])))
    (enrolment,) = CrmEnrolment.select()
    assert enrolment.asked["record"]["properties"]["FirstName"] == "Sam"
    assert (enrolment.source, enrolment.object) == ("rule", "contact")


def test_a_hundred_notifications_are_a_hundred_enrolments(listening: Listening) -> None:
    assert acknowledged(listening.receive(envelope([a_contact(key) for key in range(100)])))
    assert enrolled() == 100


def test_a_message_that_comes_again_is_acknowledged_again_and_stored_once(listening: Listening) -> None:
    body = envelope([a_contact(1), a_contact(2)])
    assert all(acknowledged(listening.receive(body)) for _ in range(3))
    assert enrolled() == 2


def test_notifications_in_another_order_and_another_message_are_the_same(listening: Listening) -> None:
    sent = [a_contact(key) for key in range(6)]
    for part in (sent[3:], sent[:4], sent[::-1]):
        assert acknowledged(listening.receive(envelope(part)))
    assert enrolled() == 6


def test_what_no_rule_hears_of_is_acknowledged_all_the_same(listening: Listening) -> None:
    told = [
        a_contact(1, "Visit__c"),
        a_contact(2, "Lead"),
        a_contact(3, "Task", CallObject=str(listening.connection.id)),
    ]
    assert acknowledged(listening.receive(envelope(told)))
    assert enrolled() == 0


@pytest.mark.parametrize("status", ["active", "broken"])
def test_a_connection_whose_authorisation_was_taken_back_still_hears(listening: Listening, status: str) -> None:
    execute("UPDATE crm_connection SET status = %s", (status,))
    assert acknowledged(listening.receive(envelope([a_contact(1)])))
    assert enrolled() == 1


def turned_away(listening: Listening, **asked: str) -> str:
    with pytest.raises(NotFound) as refused:
        listening.receive(
            envelope([a_contact(1)], organisation=asked.pop("organisation", "00D5g000004XyZaEAK")), **asked
        )
    assert enrolled() == 0
    return refused.value.message


def test_a_wrong_address_and_a_wrong_organisation_are_told_apart_by_nobody(listening: Listening) -> None:
    said = {
        turned_away(listening, name="messages/" + "x" * 43),
        turned_away(listening, name="messages/"),
        turned_away(listening, name="messages"),
        turned_away(listening, name=listening.name + "/more"),
        turned_away(listening, name=listening.name.replace("messages", "webhooks")),
        turned_away(listening, organisation=new_id("00D")),
        turned_away(listening, method="GET"),
    }
    assert len(said) == 1


def test_a_connection_that_was_ended_hears_no_more(listening: Listening) -> None:
    execute("UPDATE crm_connection SET status = 'disconnected'")
    turned_away(listening)


def test_a_new_address_closes_the_old_one(listening: Listening) -> None:
    connecting.new_inbound(listening.connection.id, listening.site.salesforce, listening.site.settings)
    turned_away(listening)


@pytest.mark.parametrize(
    "body",
    [
        envelope([a_contact(1), a_contact(2)])[:-40],
        envelope([a_contact(key) for key in range(101)]),
        envelope([a_contact(1), Notified("1", "Contact", {})]),
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + envelope([a_contact(1)]).partition(b"?>")[2],
        b"",
    ],
    ids=["cut off", "too many", "one is none", "entities", "nothing"],
)
def test_what_is_no_message_is_refused_and_nothing_of_it_stored(listening: Listening, body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        listening.receive(body)
    assert enrolled() == 0


def test_what_cannot_be_stored_is_not_acknowledged(listening: Listening) -> None:
    with away("crm_job"), pytest.raises(DatabaseError):
        listening.receive(envelope([a_contact(1)]))
    assert enrolled() == 0
    assert acknowledged(listening.receive(envelope([a_contact(1)])))
    assert enrolled() == 1

"""What Salesforce is answered over HTTP, and that nothing of what is secret stands in a log."""

import logging
from collections.abc import Callable

import pytest
from flask import Flask

from app.api.application import build
from app.api.routes.crm_inbound import MOST_BODY
from tests.crm.salesforce.conftest import Listening, a_contact, away, enrolled
from tests.crm.salesforce.envelopes import SESSION, envelope
from tests.crm.salesforce.organisation import new_id

Send = Callable[..., tuple[int, bytes]]
WHOLE = envelope([a_contact(1)])


@pytest.fixture
def send(listening: Listening) -> Send:
    """Sends a body to the connection's address, or another; the status and the answer."""
    app: Flask = build(listening.site.settings)

    def post(body: bytes, name: str = listening.name) -> tuple[int, bytes]:
        answer = app.test_client().post(f"/crm/salesforce/{name}", data=body, content_type="text/xml; charset=UTF-8")
        return answer.status_code, answer.data

    return post


def test_a_message_is_acknowledged(send: Send) -> None:
    status, answer = send(WHOLE)
    assert (status, enrolled()) == (200, 1)
    assert b"<Ack>true</Ack>" in answer


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (WHOLE[:-20], 400),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + WHOLE.partition(b"?>")[2], 400),
        (envelope([a_contact(key) for key in range(101)]), 400),
        (envelope([a_contact(1)], organisation=new_id("00D")), 404),
        (WHOLE + b" " * MOST_BODY, 413),
        (b"", 400),
    ],
    ids=["cut off", "entities", "too many", "another organisation", "too large", "empty"],
)
def test_what_is_not_taken_is_not_acknowledged(send: Send, body: bytes, status: int) -> None:
    found, answer = send(body)
    assert (found, enrolled()) == (status, 0)
    assert b"Ack" not in answer


def test_a_wrong_address_is_answered_as_one_that_is_not_there(send: Send) -> None:
    assert send(WHOLE, "messages/" + "x" * 43) == send(WHOLE, "no-such-thing/at/all")


def test_a_database_that_fails_acknowledges_nothing(send: Send) -> None:
    with away("crm_job"):
        status, answer = send(WHOLE)
    assert status >= 500
    assert b"Ack" not in answer
    assert send(WHOLE)[0] == 200


def test_neither_the_secret_nor_the_session_stands_in_a_log(
    send: Send, listening: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        send(WHOLE)
        send(WHOLE[:-20])
        with away("crm_job"):
            send(WHOLE.replace(b"04l", b"04m"))
    assert caplog.records
    assert SESSION not in caplog.text
    assert listening.name.partition("/")[2] not in caplog.text

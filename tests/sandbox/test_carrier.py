"""The carrier's REST API and callbacks, spoken to by Twilio's own library."""

from urllib.parse import parse_qsl

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.hub import wait_until
from tests.sandbox.conftest import SID, TOKEN, Served, Told

FROM = "+15550100100"


@pytest.fixture
def client(sandbox: Served) -> Client:
    made = Client(SID, TOKEN)
    made.api.base_url = sandbox.url
    return made


def place(client: Client, told: Told, to: str) -> str:
    placed = client.calls.create(
        to=to,
        from_=FROM,
        url=told.url,
        status_callback=told.url,
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        timeout=10,
    )
    assert placed.status == "queued"
    return str(placed.sid)


def statuses(told: Told) -> list[str]:
    return [fields["CallStatus"] for fields in told.fields() if "SequenceNumber" in fields]


@pytest.mark.parametrize(
    ("to", "code", "status"),
    [("+15550100010", 21211, 400), ("12345", 21211, 400), ("+15550100011", 20500, 500), ("+15550100012", 20429, 429)],
)
def test_a_number_that_cannot_be_called_is_refused_in_the_carriers_words(
    client: Client, told: Told, to: str, code: int, status: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        place(client, told, to)
    assert (refused.value.code, refused.value.status) == (code, status)


def test_a_throttled_number_is_called_after_some_tries(client: Client, told: Told) -> None:
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            place(client, told, "+15550100012")
    assert place(client, told, "+15550100012").startswith("CA")


@pytest.mark.parametrize(("sid", "token"), [(SID, "wrong"), ("AC" + "0" * 32, TOKEN)])
def test_a_wrong_account_or_token_is_refused(sandbox: Served, sid: str, token: str) -> None:
    client = Client(sid, token)
    client.api.base_url = sandbox.url
    with pytest.raises(TwilioRestException) as refused:
        client.calls("CA1").fetch()
    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_an_unknown_call_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.calls("CA" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("+15550100002", ["initiated", "busy"]),
        ("+15550100003", ["initiated", "ringing", "no-answer"]),
        ("+15551112233", ["initiated", "ringing", "in-progress", "completed"]),
    ],
)
def test_the_hub_is_told_every_step_in_order_and_signed(
    client: Client, told: Told, to: str, expected: list[str]
) -> None:
    sid = place(client, told, to)
    wait_until(lambda: statuses(told)[-1:] == expected[-1:])
    assert statuses(told) == expected
    for got in told.receiver.received:
        fields = dict(parse_qsl(got.body.decode()))
        assert RequestValidator(TOKEN).validate(told.url, fields, got.headers["x-twilio-signature"])
        assert (fields["CallSid"], fields["AccountSid"], fields["To"]) == (sid, SID, to)
    sequence = [int(fields["SequenceNumber"]) for fields in told.fields() if "SequenceNumber" in fields]
    assert sequence == sorted(set(sequence))


def test_a_silent_call_stays_queued_until_it_is_hung_up(client: Client, told: Told) -> None:
    sid = place(client, told, "+15550100013")
    assert client.calls(sid).fetch().status == "queued"
    client.calls(sid).update(status="completed")
    assert client.calls(sid).fetch().status == "canceled"
    assert told.receiver.received == []


def test_a_call_that_is_over_cannot_be_hung_up(client: Client, told: Told) -> None:
    sid = place(client, told, "+15550100002")
    wait_until(lambda: client.calls(sid).fetch().status == "busy")
    with pytest.raises(TwilioRestException) as refused:
        client.calls(sid).update(status="completed")
    assert refused.value.code == 21220


def test_calls_are_listed_by_number(client: Client, told: Told) -> None:
    sid = place(client, told, "+15559998877")
    assert [call.sid for call in client.calls.list(to="+15559998877", from_=FROM)] == [sid]
    assert client.calls.list(to="+15559998877", from_="+15550000000") == []


def test_a_ringing_call_that_is_hung_up_is_canceled(client: Client, told: Told) -> None:
    sid = place(client, told, "+15550100003")
    wait_until(lambda: "ringing" in statuses(told))
    client.calls(sid).update(status="completed")
    wait_until(lambda: statuses(told)[-1:] == ["canceled"])

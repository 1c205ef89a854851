"""The carrier's adapter against a server that answers as Twilio does, well or badly."""

import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest

from app.calls.ports import CarrierCall, CarrierError, CarrierInDoubt, CarrierNotReached, CarrierRefused
from app.carriers.twilio_http import TwilioHttp
from app.carriers.twilio_rest import TwilioCarrier, carriers
from app.config import CarrierSettings, Settings
from tests.carriers.scripted import Answer, Script, problem, raw, resets, says, says_nothing, scripted
from tests.certificates import self_signed
from tests.making import LIVE

ACCOUNT = "AC" + "1" * 32
SID = "CA" + "2" * 32
CALL_ID = UUID("0191d2a5-0000-7000-8000-000000000001")
HERE = "https://hub.example/carrier/live/calls/0191d2a5-0000-7000-8000-000000000001"
CREATED = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls"


def resource(**changed: object) -> dict[str, Any]:
    """A Call resource: https://www.twilio.com/docs/voice/api/call-resource"""
    return {
        "sid": SID,
        "account_sid": ACCOUNT,
        "to": "+15551234567",
        "from": "+15550001111",
        "status": "queued",
        "start_time": None,
        "end_time": None,
        "duration": None,
        "direction": "outbound-api",
        "answered_by": None,
        "date_created": format_datetime(CREATED),
        "date_updated": format_datetime(CREATED),
        "price": None,
        "price_unit": "USD",
        "uri": f"{CALLS}/{SID}.json",
        **changed,
    }


def listing(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"calls": calls, "page": 0, "page_size": 50, "uri": f"{CALLS}.json", "next_page_uri": None}


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as script:
        yield script


def carrier_at(base_url: str) -> TwilioCarrier:
    account = CarrierSettings(base_url, ACCOUNT, "token", "+15550001111", "https://hub.example")
    return TwilioCarrier(account, "live", ring_seconds=45, max_seconds=1800)


@pytest.fixture
def carrier(script: Script) -> TwilioCarrier:
    return carrier_at(script.base_url)


def test_a_call_is_placed_with_one_request_that_names_our_addresses(carrier: TwilioCarrier, script: Script) -> None:
    script.then(says(201, resource()))
    assert carrier.place(CALL_ID, "+15551234567") == SID
    (asked,) = script.asked
    assert (asked.method, asked.path) == ("POST", f"{CALLS}.json")
    assert asked.authorization == "Basic " + b64encode(f"{ACCOUNT}:token".encode()).decode()
    assert asked.form == {
        "To": ["+15551234567"],
        "From": ["+15550001111"],
        "Url": [f"{HERE}/answer"],
        "StatusCallback": [f"{HERE}/status"],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": ["45"],
        "TimeLimit": ["1800"],
        "MachineDetection": ["Enable"],
        "AsyncAmd": ["true"],
        "AsyncAmdStatusCallback": [f"{HERE}/amd"],
    }


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (problem(400, 21211), "invalid_number"),
        (problem(403, 21215), "destination_not_allowed"),
        (problem(401, 20003), "carrier_account"),
        (problem(400, 21210), "carrier_account"),
        (says(403, "<html>Forbidden</html>"), "carrier_account"),
        (problem(400, 99999), "carrier_rejected"),
    ],
)
def test_a_refused_call_tells_why(carrier: TwilioCarrier, script: Script, answer: Answer, reason: str) -> None:
    script.then(answer)
    with pytest.raises(CarrierRefused) as refused:
        carrier.place(CALL_ID, "+15551234567")
    assert refused.value.reason == reason


def test_a_throttled_call_may_be_dialled_again(carrier: TwilioCarrier, script: Script) -> None:
    script.then(problem(429, 20429, Retry_After="7"))
    with pytest.raises(CarrierNotReached) as throttled:
        carrier.place(CALL_ID, "+15551234567")
    assert throttled.value.retry_after == 7.0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (problem(500, 20500), "carrier_error"),
        (says(502, "<html>Bad gateway</html>"), "carrier_error"),
        (problem(503, 20503), "carrier_error"),
        (says(201, "<html>Welcome to our hotel</html>"), "dial_unknown"),
        (says(201, ""), "dial_unknown"),
        (says(201, []), "dial_unknown"),
        (says(201, {}), "dial_unknown"),
        (says(201, resource(date_created=7)), "dial_unknown"),
        (says(307, "", Location="/elsewhere"), "dial_unknown"),
        (raw(b"\x16\x03\x01 this is no HTTP\r\n\r\n"), "dial_unknown"),
        (raw(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"), "dial_unknown"),
        (raw(b""), "dial_unknown"),
        (resets, "dial_unknown"),
    ],
)
def test_a_call_whose_answer_is_lost_is_in_doubt_and_not_asked_for_twice(
    carrier: TwilioCarrier, script: Script, answer: Answer, reason: str
) -> None:
    script.then(answer, says(201, resource()))
    with pytest.raises(CarrierInDoubt) as doubt:
        carrier.place(CALL_ID, "+15551234567")
    assert doubt.value.reason == reason
    assert len(script.asked) == 1


def test_a_carrier_that_takes_the_request_and_says_nothing_leaves_the_call_in_doubt(script: Script) -> None:
    script.then(says_nothing(script))
    with pytest.raises(CarrierInDoubt) as doubt:
        TwilioHttp(keep_alive=False, read_seconds=0.1).request("POST", f"{script.base_url}{CALLS}.json", data={})
    assert doubt.value.reason == "dial_unknown"


def test_a_carrier_that_refuses_the_connection_was_not_reached() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        carrier = carrier_at(f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(CarrierNotReached):
            carrier.place(CALL_ID, "+15551234567")


def test_a_carrier_whose_certificate_is_not_trusted_was_not_reached(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as server:
        greeting = Thread(target=greet, args=(server, context))
        greeting.start()
        with pytest.raises(CarrierNotReached):
            carrier_at(f"https://127.0.0.1:{server.getsockname()[1]}").place(CALL_ID, "+15551234567")
        greeting.join()


def greet(server: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = server.accept()
    with connection, suppress(OSError):
        context.wrap_socket(connection, server_side=True)


def test_a_call_is_never_placed_over_a_connection_that_was_used_before(carrier: TwilioCarrier, script: Script) -> None:
    script.then(*[says(200, resource())] * 4)
    carrier.look_up(SID)
    carrier.place(CALL_ID, "+15551234567")
    carrier.place(CALL_ID, "+15551234567")
    carrier.look_up(SID)
    looked, placed, again, looked_again = [asked.port for asked in script.asked]
    assert len({looked, placed, again}) == 3
    assert looked_again == looked


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (resource(), ("initiated", None, False)),
        (resource(status="ringing"), ("ringing", None, False)),
        (resource(status="in-progress"), ("in-progress", None, True)),
        (resource(status="completed", duration="12"), ("completed", 12, True)),
        (resource(status="no-answer", duration="0"), ("no-answer", 0, False)),
        (resource(status="failed", duration=None), ("failed", None, False)),
    ],
)
def test_a_call_is_looked_up_in_our_words(
    carrier: TwilioCarrier, script: Script, said: dict[str, Any], known: tuple[str, int | None, bool]
) -> None:
    script.then(says(200, said))
    status, duration, answered = known
    assert carrier.look_up(SID) == CarrierCall(SID, status, CREATED, duration, answered)
    assert script.asked[0].path == f"{CALLS}/{SID}.json"


def test_a_call_that_the_carrier_does_not_know_is_none(carrier: TwilioCarrier, script: Script) -> None:
    script.then(problem(404, 20404))
    assert carrier.look_up(SID) is None


@pytest.mark.parametrize("answer", [problem(500, 20500), problem(401, 20003), problem(429, 20429), says(200, "?")])
def test_a_failed_look_up_is_never_taken_for_an_unknown_call(
    carrier: TwilioCarrier, script: Script, answer: Answer
) -> None:
    script.then(answer)
    with pytest.raises(CarrierError):
        carrier.look_up(SID)


def test_calls_are_found_by_both_numbers_from_a_moment_on(carrier: TwilioCarrier, script: Script) -> None:
    since = CREATED.replace(microsecond=900_000)
    earlier = resource(sid="CA" + "3" * 32, date_created=format_datetime(CREATED - timedelta(minutes=1)))
    script.then(says(200, listing(resource(), earlier)))
    assert [call.sid for call in carrier.find("+15551234567", since)] == [SID]
    assert script.asked[0].form["To"] == ["+15551234567"]
    assert script.asked[0].form["From"] == ["+15550001111"]


@pytest.mark.parametrize("body", ["?", {}, {"calls": [1]}, {"calls": [], "more": []}, listing(resource(duration="a"))])
def test_a_listing_that_cannot_be_read_finds_nothing_and_says_so(
    carrier: TwilioCarrier, script: Script, body: object
) -> None:
    script.then(says(200, body))
    with pytest.raises(CarrierInDoubt):
        carrier.find("+15551234567", CREATED)


def test_a_call_is_hung_up(carrier: TwilioCarrier, script: Script) -> None:
    script.then(says(200, resource(status="completed")))
    carrier.hang_up(SID)
    (asked,) = script.asked
    assert (asked.method, asked.path, asked.form) == ("POST", f"{CALLS}/{SID}.json", {"Status": ["completed"]})


@pytest.mark.parametrize("answer", [problem(400, 21220), problem(404, 20404)])
def test_hanging_up_a_call_that_is_over_is_no_error(carrier: TwilioCarrier, script: Script, answer: Answer) -> None:
    script.then(answer)
    carrier.hang_up(SID)


@pytest.mark.parametrize("answer", [problem(500, 20500), problem(429, 20429), problem(400, 21218)])
def test_a_failed_hang_up_is_told(carrier: TwilioCarrier, script: Script, answer: Answer) -> None:
    script.then(answer)
    with pytest.raises(CarrierError):
        carrier.hang_up(SID)


def test_the_environment_does_not_move_the_carrier(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    script.then(says(201, resource()))
    assert carrier_at(script.base_url).place(CALL_ID, "+15551234567") == SID


BARE = Settings(database_url="", redis_url="", encryption_keys="", sandbox_auth_token="token")


def test_without_a_live_carrier_only_the_sandbox_is_called() -> None:
    assert set(carriers(BARE)) == {"test"}


def test_with_all_of_its_settings_the_live_carrier_is_called_too() -> None:
    live = replace(BARE, **LIVE)  # type: ignore[arg-type]
    assert set(carriers(live)) == {"test", "live"}

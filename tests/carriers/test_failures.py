"""What a failed request means for the call."""

import socket
from ssl import SSLCertVerificationError, SSLEOFError

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.exceptions import ConnectionError as ConnectionFailed
from requests.exceptions import (
    ConnectTimeout,
    InvalidSchema,
    MissingSchema,
    ProxyError,
    ReadTimeout,
    RequestException,
    SSLError,
)
from urllib3 import HTTPConnectionPool
from urllib3 import exceptions as urllib3
from urllib3.connection import HTTPConnection

from app.calls.ports import CarrierInDoubt, CarrierNotReached, CarrierRefused
from app.carriers.failures import LONGEST_WAIT, RETRY_SECONDS, SHORTEST_WAIT, of_answer, of_silence

POOL = HTTPConnectionPool("127.0.0.1")
CONNECTION = HTTPConnection("127.0.0.1")


def given_up(cause: Exception) -> urllib3.MaxRetryError:
    return urllib3.MaxRetryError(POOL, "/", cause)


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeout(given_up(urllib3.ConnectTimeoutError())),
        ConnectionFailed(given_up(urllib3.NewConnectionError(CONNECTION, "refused"))),
        ConnectionFailed(given_up(urllib3.NameResolutionError("nowhere", CONNECTION, socket.gaierror(-2, "unknown")))),
        ProxyError(given_up(urllib3.ProxyError("no proxy", OSError("refused")))),
        SSLError(given_up(urllib3.SSLError(SSLCertVerificationError("self-signed")))),
        InvalidSchema("ftp://"),
        MissingSchema("hub"),
    ],
    ids=repr,
)
def test_without_a_connection_nothing_was_asked(error: RequestException) -> None:
    assert isinstance(of_silence(error), CarrierNotReached)


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeout(urllib3.ReadTimeoutError(POOL, "/", "slow")),
        ConnectionFailed(urllib3.ProtocolError("Connection aborted.", ConnectionResetError())),
        ConnectionFailed(given_up(urllib3.ProtocolError("Connection aborted.", ConnectionResetError()))),
        SSLError(given_up(urllib3.SSLError(SSLEOFError("closed in the middle")))),
        SSLError(given_up(urllib3.SSLError())),
        ConnectionFailed(),
        RequestException("anything else"),
    ],
    ids=repr,
)
def test_once_there_was_a_connection_the_call_is_in_doubt(error: RequestException) -> None:
    meaning = of_silence(error)
    assert isinstance(meaning, CarrierInDoubt)
    assert meaning.reason == "dial_unknown"


@pytest.mark.parametrize(
    ("status", "body"), [(429, ""), (429, '{"code":20429}'), (400, '{"code":10004}'), (400, '{"code":22005}')]
)
def test_a_throttled_request_was_not_carried_out(status: int, body: str) -> None:
    assert isinstance(of_answer(status, body, None), CarrierNotReached)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, RETRY_SECONDS),
        ("", RETRY_SECONDS),
        ("7", 7.0),
        ("0.5", 0.5),
        ("0", SHORTEST_WAIT),
        ("-3", SHORTEST_WAIT),
        ("86400", LONGEST_WAIT),
        ("nan", RETRY_SECONDS),
        ("inf", RETRY_SECONDS),
        ("Wed, 21 Oct 2026 07:28:00 GMT", RETRY_SECONDS),
    ],
)
def test_retry_after_is_kept_within_reason(header: str | None, seconds: float) -> None:
    meaning = of_answer(429, "", header)
    assert isinstance(meaning, CarrierNotReached)
    assert meaning.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, '{"code":21211,"message":"No.","status":400}', "invalid_number"),
        (400, '{"type":"about:blank","title":"No","status":400,"code":21211}', "invalid_number"),
        (403, '{"code":21215}', "destination_not_allowed"),
        (401, '{"code":20003}', "carrier_account"),
        (403, "<html>Forbidden</html>", "carrier_account"),
        (400, '{"code":99999}', "carrier_rejected"),
        (422, "[]", "carrier_rejected"),
        (400, '{"code":"21211"}', "carrier_rejected"),
    ],
)
def test_any_other_4xx_is_a_refusal(status: int, body: str, reason: str) -> None:
    meaning = of_answer(status, body, None)
    assert isinstance(meaning, CarrierRefused)
    assert meaning.reason == reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (500, "carrier_error"),
        (502, "carrier_error"),
        (503, "carrier_error"),
        (504, "carrier_error"),
        (408, "dial_unknown"),
        (302, "dial_unknown"),
        (307, "dial_unknown"),
    ],
)
def test_what_may_have_been_carried_out_is_in_doubt(status: int, reason: str) -> None:
    meaning = of_answer(status, '{"code":20500}', None)
    assert isinstance(meaning, CarrierInDoubt)
    assert meaning.reason == reason


@given(st.integers(300, 599), st.text(), st.none() | st.text())
def test_every_answer_has_a_meaning(status: int, body: str, header: str | None) -> None:
    assert isinstance(of_answer(status, body, header), CarrierNotReached | CarrierRefused | CarrierInDoubt)


def test_nothing_that_was_sent_is_repeated_in_the_message() -> None:
    error = ReadTimeout("https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json?To=%2B15550100001")
    assert "15550100001" not in str(of_silence(error))

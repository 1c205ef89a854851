"""Signatures, with Twilio's own validator as the oracle."""

import base64
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from app.carriers.addresses import CallAddresses
from app.carriers.signature import sign, verify

TOKEN = "12345"
URL = "https://hub.example/carrier/live/calls/1/status"
FIELDS = {"CallSid": ["CA1"], "CallStatus": ["ringing"], "To": ["+15550100001"]}

texts = st.text(st.characters(exclude_categories=["Cs"]))
forms = st.dictionaries(texts, st.lists(texts, min_size=1, max_size=3), max_size=6)


class Form(dict[str, list[str]]):
    """A form as the oracle reads one: several values to a name."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def twilios_signature(url: str, fields: dict[str, list[str]] = FIELDS, token: str = TOKEN) -> str:
    signature: str = RequestValidator(token).compute_signature(url, Form(fields))
    return signature


def test_the_example_of_twilios_documentation_is_accepted() -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    fields = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+14158675309"],
        "Digits": ["1234"],
        "From": ["+14158675309"],
        "To": ["+18005551212"],
    }
    assert verify(TOKEN, url, fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


@given(forms)
def test_any_form_is_signed_as_twilio_signs_it(fields: dict[str, list[str]]) -> None:
    assert base64.b64encode(sign(TOKEN, URL, fields)).decode() == twilios_signature(URL, fields)


@pytest.mark.parametrize(
    ("ours", "signed"),
    [
        ("https://hub.example/a", "https://hub.example/a"),
        ("https://hub.example/a", "https://hub.example:443/a"),
        ("https://hub.example:443/a", "https://hub.example/a"),
        ("https://hub.example:8443/a", "https://hub.example:8443/a"),
        ("https://hub.example:8443/a", "https://hub.example/a"),
        ("wss://hub.example/a", "wss://hub.example/a"),
        ("wss://hub.example:443/a", "wss://hub.example/a"),
        ("wss://hub.example/a", "wss://hub.example:443/a"),
        ("http://127.0.0.1:8001/a", "http://127.0.0.1:8001/a"),
        ("ws://127.0.0.1:8001/a", "ws://127.0.0.1:8001/a"),
        ("http://[::1]:8001/a", "http://[::1]:8001/a"),
    ],
)
def test_the_port_may_be_named_or_left_out(ours: str, signed: str) -> None:
    assert verify(TOKEN, ours, {}, twilios_signature(signed, {}))


@pytest.mark.parametrize(
    "signed",
    [
        "http://hub.example/carrier/live/calls/1/status",
        "https://other.example/carrier/live/calls/1/status",
        "https://hub.example:80/carrier/live/calls/1/status",
        "https://hub.example/carrier/test/calls/1/status",
        "https://hub.example/carrier/live/calls/2/status",
        "https://hub.example/carrier/live/calls/1/answer",
        "https://hub.example/carrier/live/calls/1/status?x=1",
    ],
)
def test_a_signature_is_good_for_one_address_only(signed: str) -> None:
    assert not verify(TOKEN, URL, FIELDS, twilios_signature(signed))


def test_a_signature_with_another_token_is_refused() -> None:
    assert not verify(TOKEN, URL, FIELDS, twilios_signature(URL, token="54321"))


@pytest.mark.parametrize(
    "fields",
    [
        FIELDS | {"CallStatus": ["completed"]},
        FIELDS | {"Extra": ["1"]},
        FIELDS | {"CallStatus": ["ringing", "completed"]},
        {"CallSid": ["CA1"]},
        {},
    ],
)
def test_a_changed_form_is_refused(fields: dict[str, list[str]]) -> None:
    assert not verify(TOKEN, URL, fields, twilios_signature(URL))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "nonsense",
        "é" * 28,
        "=" * 28,
        "A" * 27 + "=",
        "RSOYDt4T1cUTdK1PDd93/VVr8B8",
        "\x00" * 28,
        "A" * 9999,
    ],
)
def test_a_missing_or_malformed_header_is_refused(header: str | None) -> None:
    assert not verify(TOKEN, URL, FIELDS, header)


@given(st.text())
def test_no_header_makes_it_fail(header: str) -> None:
    assert not verify(TOKEN, URL, FIELDS, header)


@given(st.text())
def test_no_field_makes_it_fail(value: str) -> None:
    assert not verify(TOKEN, URL, {"a": [value]}, twilios_signature(URL))


def test_nothing_is_accepted_while_there_is_no_token() -> None:
    assert not verify("", URL, FIELDS, twilios_signature(URL, token=""))


@pytest.mark.parametrize(
    ("base", "relay"),
    [("https://hub.example", "wss://hub.example"), ("http://127.0.0.1:8001", "ws://127.0.0.1:8001")],
)
def test_the_relay_is_reached_by_websocket_at_the_same_host(base: str, relay: str) -> None:
    call_id = UUID(int=7)
    at = CallAddresses(base, "test", call_id)
    assert at.relay == f"{relay}/carrier/test/calls/{call_id}/relay"
    assert at.url("status") == f"{base}/carrier/test/calls/{call_id}/status"

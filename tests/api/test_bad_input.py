"""What the API refuses, each with the status, code and field that it says, and a sentence that helps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.client import Client, refusal

CALL = {"phoneNumber": "+15551234567", "instructions": "Say hello."}
LATE = (datetime.now(UTC) - timedelta(minutes=6)).isoformat()
LONG_AGO = (datetime.now(UTC) - timedelta(days=400)).isoformat()
FAR = (datetime.now(UTC) + timedelta(days=500)).isoformat()


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"phoneNumber": "5551234567"}, "phoneNumber", "E.164"),
        ({"phoneNumber": "+1 555 123 4567"}, "phoneNumber", "E.164"),
        ({"phoneNumber": "+123456"}, "phoneNumber", "7 to 15 digits"),
        ({"phoneNumber": "+1234567890123456"}, "phoneNumber", "7 to 15 digits"),
        ({"phoneNumber": "+15551234567\n"}, "phoneNumber", "E.164"),
        ({"phoneNumber": "+١٥٥٥١٢٣٤٥٦٧"}, "phoneNumber", "E.164"),
        ({"phoneNumber": 15551234567}, "phoneNumber", "E.164"),
        ({"phoneNumber": None}, "phoneNumber", "required"),
        ({"phoneNumber": "+19005551234"}, "phoneNumber", "Premium"),
        ({"instructions": ""}, "instructions", "empty"),
        ({"instructions": " \n"}, "instructions", "more than spaces"),
        ({"instructions": "x" * 5001}, "instructions", "at most 5,000 characters; it has 5,001"),
        ({"instructions": ["Say hello."]}, "instructions", "text"),
        ({"instructions": None}, "instructions", "required"),
        ({"firstMessage": "x" * 1001}, "firstMessage", "at most 1,000"),
        ({"firstMessage": 1}, "firstMessage", "text"),
        ({"name": "x" * 201}, "name", "at most 200"),
        ({"callAt": LATE}, "callAt", "past"),
        ({"callAt": FAR}, "callAt", "year"),
        ({"callAt": "2030-03-21T14:00:00"}, "callAt", "zone"),
        ({"callAt": "tomorrow"}, "callAt", "ISO 8601"),
        ({"callAt": "2030-02-30T14:00:00Z"}, "callAt", "ISO 8601"),
        ({"callAt": "0001-01-01T00:00:00+14:00"}, "callAt", "ISO 8601"),
        ({"callAt": "2030-03-21T14:00:00Z\n"}, "callAt", "ISO 8601"),
        ({"callAt": 1711000000}, "callAt", "ISO 8601"),
        ({"callAt": ""}, "callAt", "ISO 8601"),
        ({"phone_number": "+15551234567"}, "phone_number", "Did you mean phoneNumber?"),
        ({"voice": None}, "voice", "There is no"),
        ({"callbackUrl": "http://example.com"}, "callbackUrl", "https"),
        ({"callbackUrl": "https://10.0.0.1/x"}, "callbackUrl", "private"),
        ({"callbackUrl": "https://example.com/\u00fc"}, "callbackUrl", "ASCII"),
        ({"callbackUrl": ""}, "callbackUrl", "empty"),
        ({"callbackDeadlineSeconds": 60}, "callbackDeadlineSeconds", "needs a callbackUrl"),
        (
            {"callbackUrl": "https://example.com", "callbackDeadlineSeconds": 0},
            "callbackDeadlineSeconds",
            "from 1 to",
        ),
        (
            {"callbackUrl": "https://example.com", "callbackDeadlineSeconds": 10**7},
            "callbackDeadlineSeconds",
            "from 1 to",
        ),
    ],
)
def test_a_call_with_a_wrong_field_names_it(client: Client, change: dict[str, Any], field: str, says: str) -> None:
    response = client.post("/calls", CALL | change)
    assert response.status_code == 400
    assert response.get_json()["field"] == field
    assert says in response.get_json()["error"]


@pytest.mark.parametrize("missing", ["phoneNumber", "instructions"])
def test_a_call_without_a_required_field_names_it(client: Client, missing: str) -> None:
    body = {name: value for name, value in CALL.items() if name != missing}
    assert refusal(client.post("/calls", body)) == (400, "invalid_request", missing)


@pytest.mark.parametrize("number", ["+19115551234", "+12115551234"])
def test_emergency_and_service_numbers_are_refused(client: Client, number: str) -> None:
    response = client.post("/calls", CALL | {"phoneNumber": number})
    assert refusal(response) == (400, "emergency_number", "phoneNumber")


def test_a_live_key_may_not_call_the_sandboxs_numbers(live: Client) -> None:
    assert refusal(live.post("/calls", CALL | {"phoneNumber": "+15550100002"})) == (
        400,
        "sandbox_number",
        "phoneNumber",
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b"phoneNumber=%2B15551234567", "not valid JSON"),
        (b'{"phoneNumber": "+15551234567"', "not valid JSON"),
        (b"[]", "JSON object"),
        (b'"text"', "JSON object"),
        (b"null", "JSON object"),
        (b"\xff\xfe{\x00}\x00", "UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "not valid JSON"),
        (b'{"name": NaN}', "NaN"),
        (b'{"name": -Infinity}', "Infinity"),
        (b'{"name": ' + b"1" * 5000 + b"}", "too long"),
        (b"[" * 60000, "too deep"),
        (b'{"name": "a\x00b"}', "not valid JSON"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client: Client, body: bytes, says: str) -> None:
    response = client.post("/calls", data=body, content_type="application/json")
    assert refusal(response)[:2] == (400, "invalid_request")
    assert says in response.get_json()["error"]


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", "\\udc00\\ud800"])
@pytest.mark.parametrize("field", ["phoneNumber", "instructions", "firstMessage", "name"])
def test_a_text_with_a_nul_or_half_a_character_is_refused(client: Client, field: str, text: str) -> None:
    body = f'{{"phoneNumber": "+15551234567", "instructions": "Say hello.", "{field}x": 1}}'
    body = body.replace(f'"{field}x": 1', f'"{field}": "{text}"')
    if field in CALL:
        body = body.replace(f'"{field}": "{CALL[field]}", ', "")
    response = client.post("/calls", data=body.encode(), content_type="application/json")
    assert refusal(response) == (400, "invalid_request", field)


def test_an_emoji_in_escapes_is_no_half_character(client: Client) -> None:
    body = b'{"phoneNumber": "+15551234567", "instructions": "Say \\ud83d\\ude00 \\\\u0000"}'
    response = client.post("/calls", data=body, content_type="application/json")
    assert response.get_json()["instructions"] == "Say 😀 \\u0000"


def test_a_repeated_field_is_named(client: Client) -> None:
    body = b'{"phoneNumber": "+15551234567", "instructions": "a", "instructions": "b"}'
    response = client.post("/calls", data=body, content_type="application/json")
    assert refusal(response) == (400, "invalid_request", "instructions")


def test_a_field_repeated_deep_inside_is_refused_too(client: Client) -> None:
    body = b'{"phoneNumber": "+15551234567", "instructions": {"a": 1, "a": 2}}'
    assert refusal(client.post("/calls", data=body, content_type="application/json")) == (400, "invalid_request", "a")


def test_a_body_over_64_kib_gets_413(client: Client) -> None:
    body = b'{"name": "' + b"x" * 65536 + b'"}'
    response = client.post("/calls", data=body, content_type="application/json")
    assert refusal(response) == (413, "body_too_large", None)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_content_type_gets_415(client: Client, kind: str | None) -> None:
    response = client.post("/calls", data=b'{"phoneNumber": "+15551234567"}', content_type=kind)
    assert refusal(response) == (415, "unsupported_media_type", None)


def test_a_charset_in_the_content_type_is_fine(client: Client) -> None:
    response = client.post("/calls", CALL, content_type="application/json; charset=utf-8")
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/calls?limit=0", "limit"),
        ("/calls?limit=101", "limit"),
        ("/calls?limit=ten", "limit"),
        ("/calls?limit=1.5", "limit"),
        ("/calls?limit=", "limit"),
        ("/calls?limit=1&limit=2", "limit"),
        ("/calls?limit=%EF%BC%91", "limit"),
        ("/calls?status=done", "status"),
        ("/calls?cursor=abc", "cursor"),
        ("/calls?cursor=%00", "cursor"),
        ("/calls?cursor=" + "a" * 501, "cursor"),
        ("/calls?toNumber=555", "toNumber"),
        ("/calls?createdAfter=yesterday", "createdAfter"),
        ("/calls?createdBefore=9999-12-31T23:59:59-14:00", "createdBefore"),
        ("/calls?page=2", "page"),
        ("/me?verbose=1", "verbose"),
        ("/webhooks?limit=1", "limit"),
        ("/do-not-call?limit=1000", "limit"),
        ("/calls/d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827?wait=26", "wait"),
        ("/calls/d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827?wait=-1", "wait"),
        ("/calls/d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827?wait=soon", "wait"),
        ("/webhooks/d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827/deliveries?status=lost", "status"),
    ],
)
def test_a_wrong_query_parameter_is_named(client: Client, path: str, field: str) -> None:
    assert refusal(client.get(path)) == (400, "invalid_request", field)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://example.com/mio", "https://"),
        ("ftp://example.com/mio", "https://"),
        ("example.com/mio", "host"),
        ("https://", "host"),
        ("https:///mio", "host"),
        ("https://jane:secret@example.com/mio", "password"),
        ("https://10.0.0.1/mio", "private"),
        ("https://192.168.1.1/mio", "private"),
        ("https://169.254.169.254/latest/meta-data", "private"),
        ("https://[fd00::1]/mio", "private"),
        ("https://localhost/mio", "private"),
        ("https://2130706433.5/mio", "private"),
        ("", "empty"),
        ("https://example.com/" + "x" * 2000, "2,000"),
        (7, "text"),
    ],
)
def test_a_webhook_url_that_cannot_be_used_is_refused(client: Client, url: Any, says: str) -> None:
    response = client.post("/webhooks", {"url": url})
    assert refusal(response) == (400, "invalid_request", "url")
    assert says in response.get_json()["error"]


@pytest.mark.parametrize("events", [[], ["call.eaten"], ["call.completed", 1], "call.completed", [["call.completed"]]])
def test_webhook_events_that_do_not_exist_are_refused(client: Client, events: Any) -> None:
    response = client.post("/webhooks", {"url": "https://example.com/mio", "events": events})
    assert refusal(response) == (400, "invalid_request", "events")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"active": "yes"}, "active"),
        ({"events": []}, "events"),
        ({"url": "http://example.com"}, "url"),
        ({"mode": "all"}, "mode"),
        ({"rateLimit": -1}, "rateLimit"),
        ({"rateLimit": 1001}, "rateLimit"),
        ({"rateLimit": "fast"}, "rateLimit"),
        ({"filters": {"status": ["eaten"]}}, "filters"),
        ({"filters": {"status": []}}, "filters"),
        ({"filters": {"direction": "sideways"}}, "filters"),
        ({"filters": {"colour": "red"}}, "filters"),
        ({"filters": []}, "filters"),
    ],
)
def test_a_wrong_change_of_a_webhook_names_the_field(client: Client, change: dict[str, Any], field: str) -> None:
    webhook = client.post("/webhooks", {"url": "https://example.com/mio"}).get_json()
    assert refusal(client.put(f"/webhooks/{webhook['id']}", change)) == (400, "invalid_request", field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"acceptTerms": False}, "acceptTerms"),
        ({"disclosesAi": "no"}, "disclosesAi"),
        ({"callerName": " "}, "callerName"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"balance": 100000}, "balance"),
        ({"email": "jane"}, "email"),
        ({"email": "jane@example.com\nBcc: bob@example.com"}, "email"),
        ({"email": "jane@example.com, bob@example.com"}, "email"),
    ],
)
def test_a_wrong_change_of_the_account_names_the_field(live: Client, change: dict[str, Any], field: str) -> None:
    assert refusal(live.put("/me", change)) == (400, "invalid_request", field)


def test_a_webhook_with_a_rate_limit_of_zero_is_refused(client: Client) -> None:
    response = client.post("/webhooks", {"url": "https://example.com/mio", "rateLimit": 0})
    assert refusal(response) == (400, "invalid_request", "rateLimit")
    assert client.get("/webhooks").get_json()["data"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"since": FAR}, "since"),
        ({"since": LONG_AGO}, "since"),
        ({"since": LATE, "until": LONG_AGO}, "until"),
        ({"since": LATE, "which": ["eaten"]}, "which"),
        ({"since": LATE, "which": []}, "which"),
        ({"since": LATE, "status": ["failed"]}, "status"),
    ],
)
def test_a_replay_that_cannot_be_names_the_field(client: Client, body: dict[str, Any], field: str) -> None:
    webhook = client.post("/webhooks", {"url": "https://example.com/mio"}).get_json()
    assert refusal(client.post(f"/webhooks/{webhook['id']}/replay", body)) == (400, "invalid_request", field)


@pytest.mark.parametrize("overlap", [-1, 604801, "a day", 1.5])
def test_an_overlap_that_cannot_be_is_refused(client: Client, overlap: Any) -> None:
    webhook = client.post("/webhooks", {"url": "https://example.com/mio"}).get_json()
    response = client.post(f"/webhooks/{webhook['id']}/rotate-secret", {"overlapSeconds": overlap})
    assert refusal(response) == (400, "invalid_request", "overlapSeconds")


@pytest.mark.parametrize(
    ("query", "field"),
    [("event=call.eaten", "event"), ("status=eaten", "status"), ("since=now", "since"), ("colour=red", "colour")],
)
def test_deliveries_are_not_narrowed_by_what_there_is_not(client: Client, query: str, field: str) -> None:
    webhook = client.post("/webhooks", {"url": "https://example.com/mio"}).get_json()
    assert refusal(client.get(f"/webhooks/{webhook['id']}/deliveries?{query}")) == (400, "invalid_request", field)


@pytest.mark.parametrize(
    ("query", "field"), [("after=x", "after"), ("event=call.eaten", "event"), ("limit=0", "limit")]
)
def test_events_are_not_asked_for_by_what_there_is_not(client: Client, query: str, field: str) -> None:
    assert refusal(client.get(f"/events?{query}")) == (400, "invalid_request", field)


def test_a_path_with_a_slash_too_many_is_nothing(client: Client) -> None:
    response = client.app.test_client().get("/api/v1//me", headers={"X-API-Key": client.key or ""})
    assert (response.status_code, response.get_json()["code"]) == (404, "not_found")


def test_an_action_without_fields_takes_none(client: Client) -> None:
    call = client.post("/calls", CALL).get_json()
    assert refusal(client.post(f"/calls/{call['id']}/cancel", {"reason": "late"})) == (400, "invalid_request", "reason")

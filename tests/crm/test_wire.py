"""The way to a CRM: authorised, recorded, within a deadline, and what each answer means."""

import gzip
import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playhouse.pool import PooledPostgresqlDatabase

from app.config import Settings
from app.crm import wire
from app.crm.failures import Barred, CrmFailed, Gone, Later, Refused, Revoked
from app.crm.platform import Answer
from app.crm.reading import failure_of, retry_after, said
from app.crm.recording import clean, path_of, place_of
from app.crm.transport import MOST_ANSWER, send, vetted
from app.db import db, rows
from app.models.crm import CrmConnection
from app.times import now
from app.vault import Vault
from tests.certificates import untrusted
from tests.crm.plain import Behaviour, Cloud, Plain, connected, fresh, requests_of, says
from tests.making import an_account


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as listening:
        yield listening


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault(settings.encryption_keys)


@pytest.fixture
def connection(database: PooledPostgresqlDatabase, cloud: Cloud, vault: Vault) -> CrmConnection:
    return connected(an_account().id, cloud, vault)


@pytest.fixture
def line(connection: CrmConnection, settings: Settings, vault: Vault) -> wire.HubLine:
    return wire.line(connection, Plain(), settings, vault, purpose="try")


def a_line(connection: CrmConnection, settings: Settings, vault: Vault, **changes: Any) -> wire.HubLine:
    return wire.line(connection, Plain(), replace(settings, **changes), vault, purpose="try")


def test_a_request_carries_the_token_and_its_answer_is_read(line: wire.HubLine, cloud: Cloud) -> None:
    answer = line.get("/contacts/1", params={"fields": "a b"})
    assert (answer.status, answer.json) == (200, {"path": "/contacts/1?fields=a+b"})
    assert [one.bearer for one in cloud.api()] == ["access-token-1"]


def test_an_answer_without_json_has_none(line: wire.HubLine, cloud: Cloud) -> None:
    cloud.script.append(says(204))
    assert line.ask("POST", "/waiting/1", json={}).json is None


def test_a_request_is_recorded_with_its_purpose_and_result(line: wire.HubLine, connection: CrmConnection) -> None:
    line.get("/contacts/1", params={"phone": "+15551234567"})
    [found] = requests_of(connection)
    told = (found["purpose"], found["method"], found["path"], found["sent"], found["status_code"], found["error"])
    assert told == ("try", "GET", "/contacts/1?phone", True, 200, None)
    assert found["body"] is None
    assert found["duration_ms"] >= 0


def test_what_a_test_connection_would_have_written_is_recorded_and_not_sent(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud
) -> None:
    connection.mode = "test"
    connection.save()
    line = a_line(connection, settings, vault)
    assert line.write("POST", "/calls", json={"title": "Call"}, unsent={"id": "none"}).json == {"id": "none"}
    [found] = requests_of(connection)
    assert (found["sent"], found["body"], found["path"]) == (False, {"title": "Call"}, "/calls")
    assert cloud.api() == []


def test_reads_and_answers_go_out_in_test_mode(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud
) -> None:
    connection.mode = "test"
    connection.save()
    line = a_line(connection, settings, vault)
    line.get("/contacts/1")
    line.ask("POST", "/waiting/1", json={})
    assert [one.method for one in cloud.api()] == ["GET", "POST"]


@pytest.mark.parametrize(("given", "kept"), [("test", "live"), ("live", "test")])
def test_nothing_is_written_unless_the_call_and_the_connection_are_live(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud, given: str, kept: str
) -> None:
    """A test call of a connection that was switched since; and a connection that was switched back."""
    connection.mode = kept
    connection.save()
    connection.mode = given
    a_line(connection, settings, vault).write("POST", "/calls", json={}, unsent={})
    assert cloud.api() == []


def test_a_live_connection_writes(line: wire.HubLine, cloud: Cloud) -> None:
    line.write("POST", "/calls", json={"title": "Call"}, unsent={})
    assert [(one.method, one.path, one.body) for one in cloud.api()] == [("POST", "/calls", b'{"title": "Call"}')]


@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [
        (302, Refused, "refused"),
        (400, Refused, "refused"),
        (403, Refused, "refused"),
        (404, Gone, "gone"),
        (408, Later, "later"),
        (409, Later, "later"),
        (410, Gone, "gone"),
        (422, Refused, "refused"),
        (423, Later, "later"),
        (429, Barred, "barred"),
        (500, Later, "later"),
        (503, Later, "later"),
    ],
)
def test_a_status_means_what_follows_from_it(
    line: wire.HubLine, connection: CrmConnection, cloud: Cloud, status: int, kind: type[CrmFailed], word: str
) -> None:
    cloud.script.append(says(status, {"message": "No."}, Location=f"{cloud.url}/elsewhere"))
    with pytest.raises(CrmFailed) as failed:
        line.get("/contacts/1")
    assert type(failed.value) is kind
    assert failed.value.status_code == status
    [found] = requests_of(connection)
    assert (found["error"], found["status_code"]) == (word, status)
    assert found["error_detail"].startswith(f"Answered {status}: No.")
    assert len(cloud.api()) == 1  # no redirect was followed


def test_a_refusal_says_what_the_crm_said(line: wire.HubLine, cloud: Cloud) -> None:
    cloud.script.append(says(422, {"message": "No title.", "errors": ["title"]}))
    with pytest.raises(Refused) as refused:
        line.ask("POST", "/calls", json={})
    assert refused.value.answer == {"message": "No title.", "errors": ["title"]}


def test_a_crm_may_read_a_status_in_its_own_way(line: wire.HubLine, connection: CrmConnection, cloud: Cloud) -> None:
    cloud.script.append(says(403, {"message": "enough for today"}))
    with pytest.raises(Barred):
        line.get("/contacts/1")
    assert fresh(connection).barred_until > now() + timedelta(minutes=59)


@pytest.mark.parametrize(("said_seconds", "seconds"), [("30", 30), ("", 10)])
def test_a_barred_connection_sends_nothing_until_then(
    line: wire.HubLine, connection: CrmConnection, cloud: Cloud, said_seconds: str, seconds: int
) -> None:
    cloud.script.append(says(429, {}, **{"Retry_After": said_seconds}))
    for _ in range(2):
        with pytest.raises(Barred) as barred:
            line.get("/contacts/1")
        assert barred.value.seconds == pytest.approx(seconds, abs=2)
    assert len(cloud.api()) == 1
    assert fresh(connection).barred_until == pytest.approx(now() + timedelta(seconds=seconds), abs=timedelta(seconds=2))


def test_what_another_process_was_barred_for_holds_here(
    line: wire.HubLine, connection: CrmConnection, cloud: Cloud
) -> None:
    line.get("/contacts/1")
    CrmConnection.update(barred_until=now() + timedelta(seconds=60)).execute()
    with pytest.raises(Barred):
        line.get("/contacts/1")
    assert len(cloud.api()) == 1


def test_a_token_that_has_expired_early_is_renewed_and_the_request_repeated(
    line: wire.HubLine, connection: CrmConnection, cloud: Cloud
) -> None:
    cloud.expire()
    assert line.get("/contacts/1").status == 200
    assert cloud.refreshes == 1
    assert [(one["status_code"], one["error"]) for one in requests_of(connection) if one["method"] == "GET"] == [
        (401, "expired"),
        (200, None),
    ]


def test_a_request_is_repeated_once_alone(line: wire.HubLine, cloud: Cloud) -> None:
    cloud.script.extend([says(401, {}), says(401, {}), says(200, {})])
    with pytest.raises(Later):
        line.get("/contacts/1")
    assert len(cloud.api()) == 2
    assert cloud.refreshes == 1


def test_what_the_crm_has_taken_back_breaks_the_connection(
    line: wire.HubLine, connection: CrmConnection, cloud: Cloud
) -> None:
    cloud.script.append(says(403, {"message": "gone"}))
    with pytest.raises(Revoked):
        line.get("/contacts/1")
    assert (fresh(connection).status, fresh(connection).status_reason) == ("broken", "The app was removed.")


def test_a_connection_that_is_broken_sends_nothing(line: wire.HubLine, cloud: Cloud) -> None:
    CrmConnection.update(status="broken", status_reason="Taken back.").execute()
    with pytest.raises(Revoked, match="Taken back"):
        line.get("/contacts/1")
    assert cloud.asked == []


def test_a_connection_that_was_erased_meanwhile_is_no_fault(line: wire.HubLine, connection: CrmConnection) -> None:
    connection.delete_instance()
    with pytest.raises(Revoked):
        line.get("/contacts/1")


def hangs(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)
    handler.close_connection = True


def drips_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    drip(handler, b"X-Drip: 1\r\n")


def drips_a_body_with_length(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    drip(handler, b" ")


def drips_a_body_without_length(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    drip(handler, b" ")


def drip(handler: BaseHTTPRequestHandler, drop: bytes) -> None:
    handler.close_connection = True
    try:
        for _ in range(50):
            handler.wfile.write(drop)
            time.sleep(0.1)
    except OSError:
        pass  # cut off, as it should be


@pytest.mark.parametrize(
    "behaviour", [hangs, drips_headers, drips_a_body_with_length, drips_a_body_without_length], ids=lambda f: f.__name__
)
def test_the_deadline_is_for_the_whole_answer(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud, behaviour: Behaviour
) -> None:
    cloud.script.append(behaviour)
    line = a_line(connection, settings, vault, crm_timeout_seconds=0.5)
    began = time.monotonic()
    with pytest.raises(Later, match=r"no whole answer within 0\.5 seconds") as later:
        line.get("/contacts/1")
    assert time.monotonic() - began < 1.5
    assert later.value.perhaps_done
    assert line.get("/contacts/2").status == 200  # on a connection that was not cut


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def is_no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"\x00\x01\x02\r\n\r\n")


def says_nothing(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("behaviour", [breaks_off, is_no_http, says_nothing], ids=lambda f: f.__name__)
def test_a_connection_that_breaks_may_have_carried_it_out(
    line: wire.HubLine, connection: CrmConnection, cloud: Cloud, behaviour: Behaviour
) -> None:
    cloud.script.append(behaviour)
    with pytest.raises(Later) as later:
        line.ask("POST", "/calls", json={})
    assert later.value.perhaps_done
    assert requests_of(connection)[0]["error"] == "later"


def test_what_found_no_connection_was_certainly_not_carried_out(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud
) -> None:
    cloud.__exit__()
    with pytest.raises(Later) as later:
        a_line(connection, settings, vault).get("/contacts/1")
    assert not later.value.perhaps_done
    assert requests_of(connection)[0]["status_code"] is None


def test_a_certificate_that_nobody_trusts_is_not_taken(tmp_path: Path) -> None:
    with untrusted(tmp_path) as url, pytest.raises(Later, match="certificate"):
        send("GET", f"{url}/x", headers={}, data=None, seconds=10)


def test_an_answer_is_bounded(line: wire.HubLine, cloud: Cloud) -> None:
    text = "x" * (MOST_ANSWER - 2)
    cloud.script.extend([says(200, text), says(200, text + "x")])
    assert line.get("/long").json == text
    with pytest.raises(Refused, match="larger than"):
        line.get("/longer")


def is_a_bomb(handler: BaseHTTPRequestHandler) -> None:
    body = gzip.compress(bytes(20_000_000), 1)
    handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode())
    handler.wfile.write(body)


def test_what_unpacks_beyond_measure_is_refused(line: wire.HubLine, cloud: Cloud) -> None:
    cloud.script.append(is_a_bomb)
    with pytest.raises(Refused, match="larger than"):
        line.get("/bomb")


def test_no_connection_to_the_database_is_held_during_a_request(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud
) -> None:
    held: list[int] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        held.append(len(db._in_use))
        says(200, {})(handler)

    cloud.script.append(look)
    before = len(db._in_use)
    asking = threading.Thread(target=lambda: a_line(connection, settings, vault).get("/contacts/1"))
    asking.start()
    asking.join()
    assert held == [before]


def test_cookies_of_one_connection_reach_no_other(line: wire.HubLine, cloud: Cloud) -> None:
    cloud.script.append(says(200, {}, **{"Set_Cookie": "browser=1; Path=/"}))
    line.get("/contacts/1")
    line.get("/contacts/2")
    assert ["cookie" in one.headers for one in cloud.api()] == [False, False]


def test_a_token_is_in_no_record_and_no_log(
    line: wire.HubLine, connection: CrmConnection, cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    cloud.expire()
    cloud.script.append(says(400, {"message": "Bad token access-token-2 of refresh-token for +15551234567."}))
    with pytest.raises(Refused) as refused:
        line.get("/contacts/1")
    kept = " ".join(str(one) for one in rows("SELECT * FROM crm_request")) + str(refused.value) + caplog.text
    assert "Bad token … of … for …67." in kept
    assert not [secret for secret in ("access-token", "refresh-token ", "5551234567") if secret in kept]


def test_the_door_refuses_what_the_crm_refuses(connection: CrmConnection, settings: Settings, cloud: Cloud) -> None:
    cloud.tokens.append(says(401, {"error": "invalid_client", "error_description": "No such client."}))
    with pytest.raises(Refused, match="Answered 401: No such client") as refused:
        wire.door(connection, settings, purpose="try").form(f"{cloud.url}/token", {"code": "secret"})
    assert refused.value.answer == {"error": "invalid_client", "error_description": "No such client."}


def test_what_is_not_at_the_door_any_more_is_gone(connection: CrmConnection, settings: Settings, cloud: Cloud) -> None:
    cloud.tokens.append(says(404, {}))
    with pytest.raises(Gone):
        wire.door(connection, settings, purpose="try").delete(f"{cloud.url}/token")


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_the_door_is_tried_again_when_the_crm_is_in_trouble(
    connection: CrmConnection, settings: Settings, cloud: Cloud, status: int
) -> None:
    cloud.tokens.append(says(status, {}))
    with pytest.raises(Later):
        wire.door(connection, settings, purpose="try").form(f"{cloud.url}/token", {})


def test_what_was_given_at_the_door_is_in_no_record(
    connection: CrmConnection, settings: Settings, cloud: Cloud
) -> None:
    cloud.tokens.append(says(400, {"message": "The code very-secret with hush is not valid."}))
    with pytest.raises(Refused):
        wire.door(connection, settings, purpose="try").form(
            f"{cloud.url}/token?key=hidden", {"code": "very-secret", "client_secret": "hush", "grant_type": "code"}
        )
    [found] = requests_of(connection)
    assert found["path"] == f"{cloud.url}/token"
    assert found["error_detail"] == "Answered 400: The code … with … is not valid."


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/x",
        "https://salesforce.com.elsewhere.example/x",
        "https://notsalesforce.com/x",
        "http://one.my.salesforce.com/x",
        "https://user@one.my.salesforce.com/x",
        "https://one.my.salesforce.com@elsewhere.example/x",
        "ftp://one.my.salesforce.com/x",
        "http://169.254.169.254/latest",
        "/x",
    ],
)
def test_no_request_goes_to_a_host_that_is_not_the_crms(url: str) -> None:
    with pytest.raises(Refused):
        vetted(url, [".salesforce.com"])


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://one.my.salesforce.com/x", ".salesforce.com"),
        ("https://api.hubapi.com/x", "api.hubapi.com"),
        ("https://API.HubAPI.com/x", "api.hubapi.com"),
        ("http://127.0.0.1:80/x", "127.0.0.1"),
    ],
)
def test_a_host_of_the_crms_is_taken(url: str, host: str) -> None:
    assert vetted(url, [host]) == url


@pytest.mark.parametrize("written", ["salesforce.com", ".salesforce.com", " .Salesforce.com , example.org"])
def test_the_ends_of_hosts_may_be_set_with_a_dot_or_without(settings: Settings, written: str) -> None:
    hosts = replace(settings, salesforce_hosts=written).crm_hosts
    assert vetted("https://one.my.salesforce.com/x", hosts)
    with pytest.raises(Refused):
        vetted("https://notsalesforce.com/x", hosts)


def test_a_grant_that_names_another_host_gets_no_token_sent(
    connection: CrmConnection, settings: Settings, vault: Vault, cloud: Cloud
) -> None:
    CrmConnection.update(login_url="https://login.example").execute()
    with pytest.raises(Refused):
        a_line(fresh(connection), settings, vault).get("/contacts/1")
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("7", 7), ("999999999999", 86400), ("", None), ("soon", None), ("-1", None), ("1.5", None), ("²", None)],
)
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, now()) == seconds


def test_retry_after_may_be_a_date() -> None:
    moment = datetime(2026, 3, 20, 18, 30, tzinfo=UTC)
    for ahead, seconds in ((90, 90), (-90, 0), (10**6, 86400)):
        date = format_datetime(moment + timedelta(seconds=ahead), usegmt=True)
        assert retry_after({"retry-after": date}, moment) == seconds


@given(status=st.integers(100, 599), text=st.text(max_size=30))
def test_every_answer_but_a_2xx_is_a_failure(status: int, text: str) -> None:
    answer = Answer(status, {"retry-after": text}, {"message": text})
    failure = failure_of(answer, lambda *_: None, now())
    assert (failure is None) == (200 <= status < 300)


@given(
    content=st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["message", "error"]), inner),
    )
)
def test_what_a_crm_says_is_found_in_any_json(content: Any) -> None:
    assert len(said(content)) <= 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"status": "error", "message": "No."}, "No."),
        ([{"errorCode": "X", "message": "No."}], "No."),
        ({"error": "invalid_grant", "error_description": "Taken back."}, "Taken back."),
        ({"error": "invalid_grant"}, "invalid_grant"),
        ({"message": {"deep": 1}}, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_what_a_crm_says_is_read_in_the_common_shapes(content: Any, words: str) -> None:
    assert said(content) == words


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Call +15551234567 now", "Call …67 now"),
        ("Call +1 (555) 123-4567 now", "Call …67 now"),
        ("(555) 123-4567", "…67"),
        ("0049 30 1234567", "…67"),
        ("contact 88204750123 at 2026-03-20", "contact 88204750123 at 2026-03-20"),
        ("NUL \x00 and half \ud800", "NUL  and half ?"),
    ],
)
def test_a_detail_is_kept_without_numbers_of_people(text: str, kept: str) -> None:
    assert clean(text) == kept


def test_a_number_in_a_path_is_not_recorded(line: wire.HubLine, connection: CrmConnection) -> None:
    line.get("/contacts/+15551234567")
    assert requests_of(connection)[0]["path"] == "/contacts/…67"


def test_of_parameters_the_names_alone_are_recorded() -> None:
    assert path_of("/query?q=SELECT+Phone&x", {"limit": "1"}) == "/query?q&x&limit"
    assert path_of("/query") == "/query"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://api.hubapi.com/oauth/v1/token?x=1", "https://api.hubapi.com/oauth/v1/token"),
        ("https://api.hubapi.com/oauth/v1/refresh-tokens/na1-12ab", "https://api.hubapi.com/oauth/v1/refresh-tokens/…"),
        ("https://login.example/id/00D000000000062EA2/005x", "https://login.example/id/00D000000000062EA2/005x"),
        ("https://login.example/x/abcdefghij1234567890klmnop", "https://login.example/x/…"),
    ],
)
def test_a_token_in_an_address_is_not_recorded(url: str, shown: str) -> None:
    assert place_of(url) == shown

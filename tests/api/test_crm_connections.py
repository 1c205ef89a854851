"""/crm/connections, and what comes in from CRMs."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.access import issue
from app.api.application import build
from app.api.routes import crm_inbound
from app.config import Settings
from app.crm import wire
from app.db import db, execute, rows
from app.models.crm import CrmConnection, CrmJob
from app.times import now
from app.vault import Vault
from tests.api.client import Client, refusal
from tests.crm.plain import CODE, Cloud, Plain, connected, says

PLAIN = Plain()
NOBODY = str(uuid4())


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as listening:
        yield listening


@pytest.fixture(autouse=True)
def again(cloud: Cloud) -> None:
    """The cloud of each test has been asked nothing."""
    cloud.asked.clear()
    cloud.tokens.clear()


@pytest.fixture(scope="module")
def app(live_settings: Settings) -> Iterator[Flask]:
    made = build(live_settings, {"plain": PLAIN, "bare": Plain(lacks=["BARE_KEY"])})
    yield made
    made.extensions["mio"].usage.flush()


@pytest.fixture
def connection(account: UUID, cloud: Cloud, settings: Settings) -> CrmConnection:
    """Jane's, in test mode."""
    return connected(account, cloud, Vault(settings.encryption_keys), mode="test")


def asked(cloud: Cloud, **fields: Any) -> dict[str, Any]:
    return {"platform": "plain", "defaultCountry": "US", "loginUrl": cloud.url} | fields


def state_in(link: str) -> str:
    return dict(parse_qsl(urlsplit(link).query))["state"]


def visit(app: Flask, path: str, method: str = "GET", **options: Any) -> TestResponse:
    """A request that comes without a key, from a browser or a CRM."""
    return app.test_client().open(path, method=method, **options)


def come_back(app: Flask, link: str, **query: str) -> TestResponse:
    given = {"code": CODE, "state": state_in(link)} | query
    return visit(app, "/crm/plain/authorized", query_string=given)


def test_a_crm_is_connected_by_a_link(app: Flask, client: Client, cloud: Cloud) -> None:
    made = client.post("/crm/connections", asked(cloud)).get_json()
    assert (made["status"], made["mode"], made["externalId"], made["logs"]) == ("pending", "test", None, "own")
    assert made["authorizeUrl"].startswith(cloud.url)
    assert come_back(app, made["authorizeUrl"]).status_code == 200
    found = client.get(f"/crm/connections/{made['id']}").get_json()
    assert (found["status"], found["mode"], found["externalId"]) == ("active", "test", "4711")
    assert {"authorizeUrl", "inboundUrl"} & set(found) == set()


def test_what_was_given_is_what_is_shown(client: Client, cloud: Cloud) -> None:
    given = asked(cloud, name="Sales", defaultCountry="DE", logs="all")
    made = client.post("/crm/connections", given).get_json()
    assert {name: made[name] for name in given} == given


def test_a_username_is_connected_at_once(app: Flask, client: Client, cloud: Cloud) -> None:
    by_link = client.post("/crm/connections", asked(cloud)).get_json()
    come_back(app, by_link["authorizeUrl"])
    made = client.post("/crm/connections", asked(cloud, username="hub@example.com")).get_json()
    assert (made["id"], made["status"], made["authorizeUrl"]) == (by_link["id"], "active", None)
    assert made["inboundUrl"] is None


def test_a_username_alone_connects_nothing(client: Client, cloud: Cloud) -> None:
    response = client.post("/crm/connections", asked(cloud, username="hub@example.com"))
    assert refusal(response) == (403, "link_needed", "username")
    assert client.get("/crm/connections").get_json()["data"] == []


def test_a_username_that_is_refused_leaves_no_connection(client: Client, cloud: Cloud) -> None:
    cloud.tokens.append(says(400, {"message": "Not approved."}))
    response = client.post("/crm/connections", asked(cloud, username="hub@example.com"))
    assert refusal(response) == (400, "invalid_request", "username")
    assert client.get("/crm/connections").get_json()["data"] == []


def test_a_crm_that_is_down_is_told_as_unavailable(client: Client, cloud: Cloud) -> None:
    cloud.tokens.append(says(500, {}))
    response = client.post("/crm/connections", asked(cloud, username="hub@example.com"))
    assert refusal(response) == (503, "unavailable", None)


def test_no_connection_to_the_database_is_held_while_a_crm_is_asked(client: Client, cloud: Cloud) -> None:
    held: list[int] = []
    before = len(db._in_use)

    def look(handler: Any) -> None:
        held.append(len(db._in_use))
        says(400, {})(handler)

    cloud.tokens.append(look)
    asking = threading.Thread(target=lambda: client.post("/crm/connections", asked(cloud, username="hub@example.com")))
    asking.start()
    asking.join()
    assert held == [before]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"platform": "nothing"}, "platform"),
        ({"platform": None}, "platform"),
        ({"platform": 5}, "platform"),
        ({"defaultCountry": None}, "defaultCountry"),
        ({"defaultCountry": "USA"}, "defaultCountry"),
        ({"defaultCountry": "us"}, "defaultCountry"),
        ({"defaultCountry": "XX"}, "defaultCountry"),
        ({"logs": "some"}, "logs"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "A\nB"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"loginUrl": "https://elsewhere.example"}, "loginUrl"),
        ({"loginUrl": None}, "loginUrl"),
        ({"username": ""}, "username"),
        ({"mode": "live"}, "mode"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_connection_that_cannot_be_is_refused_by_its_field(
    client: Client, cloud: Cloud, changes: dict[str, Any], field: str
) -> None:
    assert refusal(client.post("/crm/connections", asked(cloud, **changes))) == (400, "invalid_request", field)


def test_a_crm_that_the_hub_is_not_set_up_for_names_what_is_missing(client: Client, cloud: Cloud) -> None:
    response = client.post("/crm/connections", asked(cloud, platform="bare"))
    assert refusal(response) == (503, "crm_not_configured", None)
    assert "BARE_KEY" in response.get_json()["error"]


def test_a_hub_that_nobody_can_reach_connects_no_crm(settings: Settings, account: UUID, cloud: Cloud) -> None:
    unreached = build(settings, {"plain": Plain(lacks=["API_PUBLIC_URL"])})
    response = Client(unreached, issue(account, "test")[1]).post("/crm/connections", asked(cloud))
    unreached.extensions["mio"].usage.flush()
    assert refusal(response) == (503, "crm_not_configured", None)
    assert response.get_json()["error"].count("API_PUBLIC_URL") == 1


def test_an_account_has_so_many_connections(live_settings: Settings, account: UUID, cloud: Cloud) -> None:
    small = build(replace(live_settings, crm_connections_per_account=1), {"plain": PLAIN})
    client = Client(small, issue(account, "test")[1])
    assert client.post("/crm/connections", asked(cloud)).status_code == 201
    assert refusal(client.post("/crm/connections", asked(cloud))) == (409, "too_many_connections", None)
    small.extensions["mio"].usage.flush()


def test_the_same_request_again_gives_the_same_link(client: Client, cloud: Cloud) -> None:
    key = {"Idempotency-Key": "once"}
    first, second = (client.post("/crm/connections", asked(cloud), headers=key).get_json() for _ in range(2))
    assert first == second
    assert len(client.get("/crm/connections").get_json()["data"]) == 1


def test_connections_are_listed_by_crm_and_status(client: Client, connection: CrmConnection) -> None:
    for query, count in {"": 1, "?platform=plain&status=active": 1, "?status=pending": 0, "?platform=other": 0}.items():
        assert len(client.get(f"/crm/connections{query}").get_json()["data"]) == count
    assert refusal(client.get("/crm/connections?status=some")) == (400, "invalid_request", "status")
    assert refusal(client.get("/crm/connections?cursor=x")) == (400, "invalid_request", "cursor")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"name": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/authorize", {}),
        ("POST", "/rotate-inbound", {}),
        ("GET", "/requests", None),
    ],
)
def test_another_account_finds_no_such_connection(
    foreign: Client, connection: CrmConnection, method: str, path: str, body: Any
) -> None:
    for id in (connection.id, NOBODY):
        response = foreign.ask(method, f"/crm/connections/{id}{path}", json=body)
        assert refusal(response) == (404, "not_found", None)
    assert foreign.get("/crm/connections").get_json()["data"] == []


def test_a_connection_goes_live_with_a_live_key(client: Client, live: Client, connection: CrmConnection) -> None:
    path = f"/crm/connections/{connection.id}"
    assert refusal(client.put(path, {"mode": "live"})) == (403, "live_key_needed", "mode")
    assert live.put(path, {"mode": "live"}).get_json()["mode"] == "live"
    assert client.get(path).get_json()["mode"] == "live"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"name": "Other"}),
        ("PUT", "", {"mode": "test"}),
        ("DELETE", "", None),
        ("POST", "/authorize", {}),
        ("POST", "/rotate-inbound", {}),
        ("GET", "/requests", None),
    ],
)
def test_a_test_key_does_nothing_to_a_live_connection(
    client: Client, live: Client, connection: CrmConnection, method: str, path: str, body: Any
) -> None:
    execute("UPDATE crm_connection SET mode = 'live'")
    response = client.ask(method, f"/crm/connections/{connection.id}{path}", json=body)
    assert refusal(response) == (403, "live_key_needed", None)
    assert live.ask(method, f"/crm/connections/{connection.id}{path}", json=body).status_code == 200


def test_a_broken_connection_does_not_go_live(live: Client, connection: CrmConnection) -> None:
    execute("UPDATE crm_connection SET status = 'broken'")
    response = live.put(f"/crm/connections/{connection.id}", {"mode": "live"})
    assert refusal(response) == (409, "connection_not_active", "mode")
    assert "/authorize" in response.get_json()["error"]


def test_a_change_that_cannot_be_is_refused(client: Client, connection: CrmConnection) -> None:
    path = f"/crm/connections/{connection.id}"
    for body, field in [({"mode": "all"}, "mode"), ({"platform": "x"}, "platform"), ({"name": "\t"}, "name")]:
        assert refusal(client.put(path, body)) == (400, "invalid_request", field)


def test_an_ended_connection_is_leaving_and_then_no_more_listed(client: Client, connection: CrmConnection) -> None:
    ended = client.delete(f"/crm/connections/{connection.id}").get_json()
    assert ended["status"] == "leaving"
    assert client.delete(f"/crm/connections/{connection.id}").get_json()["status"] == "leaving"
    for path in ("authorize", "rotate-inbound"):
        response = client.post(f"/crm/connections/{connection.id}/{path}")
        assert refusal(response) == (409, "connection_not_active", None)


def test_a_broken_connection_is_authorised_anew(app: Flask, client: Client, connection: CrmConnection) -> None:
    execute("UPDATE crm_connection SET status = 'broken', status_reason = 'Taken back.'")
    told = client.post(f"/crm/connections/{connection.id}/authorize").get_json()
    assert (told["status"], told["statusReason"], told["inboundUrl"]) == ("broken", "Taken back.", None)
    assert come_back(app, told["authorizeUrl"]).status_code == 200
    found = client.get(f"/crm/connections/{connection.id}").get_json()
    assert (found["status"], found["statusReason"]) == ("active", None)


def test_what_was_sent_and_what_was_not_is_shown(client: Client, connection: CrmConnection, settings: Settings) -> None:
    line = wire.line(connection, PLAIN, settings, Vault(settings.encryption_keys), purpose="write")
    line.get("/contacts/1")
    line.write("POST", "/calls", json={"title": "Call"}, unsent={})
    shown = client.get(f"/crm/connections/{connection.id}/requests?limit=1").get_json()
    assert [(one["sent"], one["body"]) for one in shown["data"]] == [(False, {"title": "Call"})]
    rest = client.get(f"/crm/connections/{connection.id}/requests?cursor={quote(shown['nextCursor'])}").get_json()
    assert [(one["sent"], one["body"], one["statusCode"]) for one in rest["data"]] == [(True, None, 200)]


def test_a_test_key_is_not_shown_what_would_be_written_of_a_live_call(
    client: Client, live: Client, connection: CrmConnection, settings: Settings
) -> None:
    """The connection is in test mode again when the call ends."""
    call = live.post("/calls", {"phoneNumber": "+15551230001", "instructions": "Ask."}).get_json()
    job = CrmJob.create(
        account_id=connection.account_id,
        connection_id=connection.id,
        call_id=call["id"],
        kind="write",
        status="pending",
        created_at=now(),
    )
    vault = Vault(settings.encryption_keys)
    wire.line(connection, PLAIN, settings, vault, purpose="write", job_id=job.id).write(
        "POST", "/c", json={}, unsent={}
    )
    path = f"/crm/connections/{connection.id}/requests"
    assert [len(one.get(path).get_json()["data"]) for one in (client, live)] == [0, 1]


# The way back of a person


def test_the_page_says_what_is_connected_to_which_account(app: Flask, client: Client, cloud: Cloud) -> None:
    page = come_back(app, client.post("/crm/connections", asked(cloud)).get_json()["authorizeUrl"])
    assert "Plain is connected" in page.text
    assert "account Jane." in page.text
    assert "Plain &amp; Sons &lt;b&gt; (4711)" in page.text
    assert "test mode" in page.text
    assert f"PUT /api/v1/crm/connections/{client.get('/crm/connections').get_json()['data'][0]['id']} " in page.text


def test_the_page_runs_nothing_loads_nothing_and_keeps_its_address_to_itself(
    app: Flask, client: Client, cloud: Cloud
) -> None:
    page = come_back(app, client.post("/crm/connections", asked(cloud)).get_json()["authorizeUrl"])
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert not [part for part in ("<script", "<form", "http-equiv", "src=") if part in page.text]
    [connection] = client.get("/crm/connections").get_json()["data"]
    assert re.findall(r'<a [^>]*href="([^"]*)"', page.text) == [f"/settings/crm/connections/{connection['id']}"]


def test_the_page_shows_no_code_no_state_and_no_token(app: Flask, client: Client, cloud: Cloud) -> None:
    link = client.post("/crm/connections", asked(cloud)).get_json()["authorizeUrl"]
    pages = [come_back(app, link), come_back(app, link)]
    assert [page.status_code for page in pages] == [200, 400]
    for page in pages:
        assert not [secret for secret in (CODE, state_in(link), "access-token") if secret in page.text]


def test_what_the_crm_says_is_shown_as_text(app: Flask, client: Client, cloud: Cloud) -> None:
    cloud.tokens.append(says(400, {"message": "<script>alert(1)</script>"}))
    page = come_back(app, client.post("/crm/connections", asked(cloud)).get_json()["authorizeUrl"])
    assert page.status_code == 400
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


def test_who_does_not_agree_reads_that_nothing_is_connected(app: Flask, client: Client, cloud: Cloud) -> None:
    link = client.post("/crm/connections", asked(cloud)).get_json()["authorizeUrl"]
    page = visit(app, f"/crm/plain/authorized?error=access_denied&error_description=<b>&state={state_in(link)}")
    assert page.status_code == 400
    assert "Plain is not connected" in page.text
    assert "<b>" not in page.text


def test_a_portal_of_another_account_is_refused_on_a_page(
    app: Flask, foreign: Client, connection: CrmConnection, cloud: Cloud
) -> None:
    page = come_back(app, foreign.post("/crm/connections", asked(cloud)).get_json()["authorizeUrl"])
    assert page.status_code == 409
    assert "another account" in page.text
    assert "Jane" not in page.text


def test_a_look_at_the_link_does_not_use_it_up(app: Flask, client: Client, cloud: Cloud) -> None:
    link = client.post("/crm/connections", asked(cloud)).get_json()["authorizeUrl"]
    assert visit(app, f"/crm/plain/authorized?code={CODE}&state={state_in(link)}", method="HEAD").status_code == 200
    assert come_back(app, link).status_code == 200


def test_no_redirect_is_given_whatever_is_asked(app: Flask) -> None:
    page = visit(app, "/crm/plain/authorized?state=x&code=y&redirect_uri=https://elsewhere.example&next=//x")
    assert page.status_code == 400
    assert "Location" not in page.headers


# Messages of CRMs


def test_a_message_reaches_its_connection_by_the_secret_address(app: Flask, client: Client, cloud: Cloud) -> None:
    made = client.post("/crm/connections", asked(cloud)).get_json()
    come_back(app, made["authorizeUrl"])
    path = urlsplit(made["inboundUrl"]).path
    reply = visit(app, path, "POST", data=b"<x/>")
    assert (reply.status_code, reply.text, reply.mimetype) == (200, made["id"], "text/plain")
    client.post(f"/crm/connections/{made['id']}/rotate-inbound")
    assert visit(app, path, "POST", data=b"<x/>").status_code == 404


def test_a_crm_that_signs_has_no_secret_address(client: Client, connection: CrmConnection) -> None:
    PLAIN.secret_inbound = None
    try:
        response = client.post(f"/crm/connections/{connection.id}/rotate-inbound")
    finally:
        PLAIN.secret_inbound = "messages"
    assert refusal(response) == (400, "invalid_request", None)


def test_a_message_comes_as_it_was_sent(app: Flask, account: UUID) -> None:
    target = "/crm/plain/messages/a%2Fb%40c?x=%3A%20y&x=2&z"
    visit(app, target, "POST", data=b"\x00\xff raw", headers={"X-HubSpot-Signature-V3": "abc"})
    name, inbound = PLAIN.received[-1]
    assert inbound.url == f"https://hub.example.com{target}"
    assert (inbound.method, inbound.body, inbound.headers["x-hubspot-signature-v3"]) == ("POST", b"\x00\xff raw", "abc")
    assert name == "messages/a/b@c"


def test_an_address_in_the_absolute_form_is_the_same_one(app: Flask, account: UUID) -> None:
    raw = {"RAW_URI": "http://inner.example:8000/crm/plain/messages/x?a=%2F"}
    visit(app, "/crm/plain/messages/x?a=%2F", "POST", environ_overrides=raw)
    assert PLAIN.received[-1][1].url == "https://hub.example.com/crm/plain/messages/x?a=%2F"


@pytest.mark.parametrize(
    "path", ["/crm/nothing/messages/x", "/crm/plain/other", "/crm/plain/messages/x", "/crm/plain/"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_is_none_is_not_found(app: Flask, account: UUID, path: str, method: str) -> None:
    response = visit(app, path, method)
    assert (response.status_code, response.get_json()["code"]) == (404, "not_found")


def test_a_message_is_bounded(app: Flask, account: UUID) -> None:
    path, limit = "/crm/plain/messages/x", crm_inbound.MOST_BODY
    assert visit(app, path, "POST", data=b"x" * limit).status_code == 404
    assert visit(app, path, "POST", data=b"x" * (limit + 1)).status_code == 413
    assert len(PLAIN.received[-1][1].body) == limit


def test_tokens_lie_sealed_and_are_in_no_answer(app: Flask, client: Client, cloud: Cloud) -> None:
    made = client.post("/crm/connections", asked(cloud)).get_json()
    come_back(app, made["authorizeUrl"])
    shown = [client.get(path).text for path in ("/crm/connections", f"/crm/connections/{made['id']}/requests")]
    kept = str(rows("SELECT c.*, r.* FROM crm_connection c JOIN crm_request r ON r.connection_id = c.id"))
    assert not [text for text in (*shown, kept) if "access-token" in text or "refresh-token" in text or CODE in text]

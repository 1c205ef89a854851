"""/webhooks, /deliveries and /events."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from flask import Flask

from app.calls import ending
from app.config import Settings
from app.db import execute
from app.webhooks.catalogue import EVENT_TYPES
from app.webhooks.signing import Signer
from tests.api.client import Client, refusal, validate
from tests.api.conftest import NewClient
from tests.hub import wait_until
from tests.webhooks.support import sending

AppWith = Callable[..., Flask]
URL = "https://example.com/mio"
CALL = {"phoneNumber": "+15551234567", "instructions": "Say hello."}


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(client: Client) -> None:
    response = client.post("/webhooks", {"url": URL})
    assert response.status_code == 201
    made = response.get_json()
    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["events"], made["active"], made["mode"]) == (URL, ["call.completed"], True, "test")
    read = client.get(f"/webhooks/{made['id']}").get_json()
    assert read == {name: value for name, value in made.items() if name != "secret"}


def test_a_webhook_may_hear_of_all_calls(client: Client, live: Client) -> None:
    made = live.post("/webhooks", {"url": URL, "events": None, "mode": "all"}).get_json()
    assert client.get(f"/webhooks/{made['id']}").get_json()["mode"] == "all"


def test_what_hears_of_live_calls_needs_a_live_key(client: Client, live: Client) -> None:
    assert refusal(client.post("/webhooks", {"url": URL, "mode": "all"})) == (403, "live_key_needed", "mode")
    made = live.post("/webhooks", {"url": URL, "mode": "all"}).get_json()
    assert refusal(client.put(f"/webhooks/{made['id']}", {"active": False})) == (403, "live_key_needed", None)
    assert refusal(client.delete(f"/webhooks/{made['id']}")) == (403, "live_key_needed", None)


def test_a_webhook_has_filters_and_a_rate_limit(client: Client) -> None:
    filters = {"status": ["completed"], "answeredBy": ["human"]}
    made = client.post("/webhooks", {"url": URL, "filters": filters, "rateLimit": 5}).get_json()
    assert (made["filters"], made["rateLimit"]) == (filters, 5)
    changed = client.put(f"/webhooks/{made['id']}", {"filters": {}, "rateLimit": 0}).get_json()
    assert (changed["filters"], changed["rateLimit"]) == ({}, None)


def test_a_filter_that_is_null_counts_as_left_out(client: Client) -> None:
    made = client.post("/webhooks", {"url": URL, "filters": {"status": None, "direction": "outbound"}}).get_json()
    assert made["filters"] == {"direction": "outbound"}


def test_a_twin_of_a_test_that_is_under_way_is_told_so(client: Client, settings: Settings, receiver: str) -> None:
    made = client.post("/webhooks", {"url": f"{receiver}/ok"}).get_json()
    answers: list[int] = []

    def test() -> None:
        path, key = f"/webhooks/{made['id']}/test", {"Idempotency-Key": "twin"}
        answers.append(client.post(path, headers=key).status_code)

    twins = [threading.Thread(target=test) for _ in range(3)]
    for twin in twins:
        twin.start()
    wait_until(lambda: len(answers) == 2)
    with sending(settings):
        for twin in twins:
            twin.join()
    assert sorted(answers) == [200, 409, 409]
    assert len(Receiver.received) == 1


def test_a_secret_is_rotated_with_an_overlap_that_can_be_ended(client: Client) -> None:
    made = client.post("/webhooks", {"url": URL}).get_json()
    rotated = client.post(f"/webhooks/{made['id']}/rotate-secret").get_json()
    assert rotated["secret"] not in (None, made["secret"])
    assert rotated["oldSecretUntil"]
    again = client.post(f"/webhooks/{made['id']}/rotate-secret", {"overlapSeconds": 0})
    assert refusal(again) == (409, "rotation_under_way", None)
    assert client.delete(f"/webhooks/{made['id']}/old-secret").get_json()["oldSecretUntil"] is None
    assert client.post(f"/webhooks/{made['id']}/rotate-secret", {"overlapSeconds": 0}).status_code == 200


def test_a_rotation_with_an_idempotency_key_gives_the_same_secret_again(client: Client) -> None:
    made = client.post("/webhooks", {"url": URL}).get_json()
    path, key = f"/webhooks/{made['id']}/rotate-secret", {"Idempotency-Key": "rotate-1"}
    first, again = (client.post(path, headers=key).get_json() for _ in range(2))
    assert first == again


def test_a_webhook_cannot_hear_only_the_other_world(client: Client) -> None:
    assert refusal(client.post("/webhooks", {"url": URL, "mode": "live"})) == (400, "invalid_request", "mode")


def test_webhooks_are_listed_newest_first_and_found_by_url(client: Client) -> None:
    urls = [f"{URL}?zap={n}" for n in range(3)]
    for url in urls:
        client.post("/webhooks", {"url": url})
    assert [found["url"] for found in client.get("/webhooks").get_json()["data"]] == urls[::-1]
    found = client.get("/webhooks", query_string={"url": urls[1]}).get_json()
    assert ([webhook["url"] for webhook in found["data"]], found["nextCursor"]) == ([urls[1]], None)


def test_what_an_update_leaves_out_stays(client: Client) -> None:
    made = client.post("/webhooks", {"url": URL}).get_json()
    changed = client.put(f"/webhooks/{made['id']}", {"active": False, "url": None}).get_json()
    assert (changed["url"], changed["events"], changed["active"]) == (URL, ["call.completed"], False)
    again = client.put(f"/webhooks/{made['id']}", {"active": True, "url": URL + "/2"}).get_json()
    assert (again["url"], again["active"], again["disabledReason"]) == (URL + "/2", True, None)


def test_a_deleted_webhook_is_gone_and_the_answer_is_json(client: Client) -> None:
    made = client.post("/webhooks", {"url": URL}).get_json()
    assert client.delete(f"/webhooks/{made['id']}").get_json() == {"id": made["id"], "deleted": True}
    assert refusal(client.get(f"/webhooks/{made['id']}")) == (404, "not_found", None)
    assert refusal(client.delete(f"/webhooks/{made['id']}")) == (404, "not_found", None)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/webhooks/{}", None),
        ("PUT", "/webhooks/{}", {"active": False}),
        ("DELETE", "/webhooks/{}", None),
        ("POST", "/webhooks/{}/test", None),
        ("POST", "/webhooks/{}/replay", {"since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}),
        ("POST", "/webhooks/{}/rotate-secret", None),
        ("DELETE", "/webhooks/{}/old-secret", None),
        ("GET", "/webhooks/{}/statistics", None),
        ("GET", "/webhooks/{}/deliveries", None),
    ],
)
def test_a_foreign_webhook_is_like_none(
    client: Client, foreign: Client, method: str, path: str, body: dict[str, object] | None
) -> None:
    made = client.post("/webhooks", {"url": URL}).get_json()
    theirs = foreign.ask(method, path.format(made["id"]), json=body)
    none = foreign.ask(method, path.format(uuid4()), json=body)
    assert refusal(theirs) == refusal(none) == (404, "not_found", None)
    assert theirs.get_json() == none.get_json()
    assert client.get(f"/webhooks/{made['id']}").get_json()["active"] is True


class Receiver(BaseHTTPRequestHandler):
    received: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((dict(self.headers.items()), body))
        self.send_response(200 if self.path == "/ok" else 500)
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    Receiver.received.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def try_endpoint(client: Client, settings: Settings, url: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    made = client.post("/webhooks", {"url": url}).get_json()
    with sending(settings):
        told: dict[str, Any] = client.post(f"/webhooks/{made['id']}/test", body).get_json()
    return made | told


def test_a_test_tells_what_the_endpoint_says(client: Client, settings: Settings, receiver: str) -> None:
    told = try_endpoint(client, settings, f"{receiver}/ok")
    assert (told["delivered"], told["statusCode"], told["answer"], told["error"]) == (True, 200, "thanks", None)
    [(headers, body)] = Receiver.received
    assert headers["X-Mio-Delivery"] == told["deliveryId"]
    signed = Signer([told["secret"]]).headers(
        delivery_id=told["deliveryId"], event="call.completed", timestamp=headers["X-Mio-Timestamp"], body=body
    )
    assert f"X-Mio-Signature: {headers['X-Mio-Signature']}" in signed


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_a_test_sends_a_sample_of_any_event(client: Client, settings: Settings, receiver: str, event_type: str) -> None:
    try_endpoint(client, settings, f"{receiver}/ok", {"event": event_type})
    event = json.loads(Receiver.received[0][1])
    validate(f"event.{event_type}", event)
    assert (event["event"], event["test"]) == (event_type, True)


def test_a_test_of_a_failing_endpoint_is_told_once_and_counts_for_nothing(
    client: Client, settings: Settings, receiver: str
) -> None:
    told = try_endpoint(client, settings, f"{receiver}/broken")
    assert (told["delivered"], told["statusCode"], told["error"]) == (False, 500, "http_5xx")
    delivery = client.get(f"/deliveries/{told['deliveryId']}").get_json()
    assert (delivery["event"]["test"], delivery["callId"], len(delivery["attempts"])) == (True, None, 1)
    assert (delivery["status"], delivery["nextAttemptAt"]) == ("failed", None)
    assert client.get(f"/webhooks/{told['id']}").get_json()["failures"] == 0
    assert client.get(f"/webhooks/{told['id']}/statistics").get_json()["failed"] == 0


def test_a_disabled_webhook_can_be_tested_and_a_success_offers_to_enable_it(
    client: Client, settings: Settings, receiver: str
) -> None:
    made = client.post("/webhooks", {"url": f"{receiver}/ok"}).get_json()
    client.put(f"/webhooks/{made['id']}", {"active": False})
    with sending(settings):
        offer = client.post(f"/webhooks/{made['id']}/test").get_json()["offer"]
    taken = client.ask(offer["method"], offer["path"].removeprefix("/api/v1"), json=offer["body"])
    assert taken.get_json()["active"] is True


def test_a_test_that_nobody_sends_says_so(client_of: NewClient, app_with: AppWith, account: UUID) -> None:
    client = Client(app_with(webhook_timeout_seconds=-4.9), client_of(account, "test").key)
    made = client.post("/webhooks", {"url": URL}).get_json()
    told = client.post(f"/webhooks/{made['id']}/test").get_json()
    assert (told["delivered"], told["error"]) == (False, "not_sent")


def test_a_test_with_an_idempotency_key_is_sent_once(client: Client, settings: Settings, receiver: str) -> None:
    made = client.post("/webhooks", {"url": f"{receiver}/ok"}).get_json()
    with sending(settings):
        first, again = (
            client.post(f"/webhooks/{made['id']}/test", headers={"Idempotency-Key": "t"}).get_json() for _ in range(2)
        )
    assert first == again
    assert len(Receiver.received) == 1


def test_a_call_with_a_callback_never_shows_its_address(client: Client) -> None:
    url = "https://example.com/resume?token=secret"
    made = client.post("/calls", CALL | {"callbackUrl": url, "callbackDeadlineSeconds": 60})
    assert made.status_code == 201
    assert "secret" not in made.get_data(as_text=True)
    assert "secret" not in client.get(f"/calls/{made.get_json()['id']}").get_data(as_text=True)


def test_the_feed_has_the_events_for_those_who_cannot_receive(client: Client, settings: Settings) -> None:
    assert client.get("/events").get_json() == {"data": [], "nextCursor": None, "more": False}
    call = client.post("/calls", CALL).get_json()
    ending.end(UUID(call["id"]), "no-answer", "no_answer", settings)
    fed = client.get("/events").get_json()
    assert [(event["event"], event["call"]["id"]) for event in fed["data"]] == [("call.completed", call["id"])]
    later = client.get("/events", query_string={"after": fed["nextCursor"]}).get_json()
    assert (later["data"], later["nextCursor"]) == ([], fed["nextCursor"])


def test_a_replay_tells_how_many_are_sent_again(client: Client, settings: Settings) -> None:
    made = client.post("/webhooks", {"url": URL}).get_json()
    client.put(f"/webhooks/{made['id']}", {"active": False})
    call = client.post("/calls", CALL).get_json()
    ending.end(UUID(call["id"]), "no-answer", "no_answer", settings)
    body = {"since": call["createdAt"], "which": ["skipped"]}
    assert refusal(client.post(f"/webhooks/{made['id']}/replay", body)) == (409, "webhook_disabled", None)
    execute("UPDATE webhook SET active = true")
    assert client.post(f"/webhooks/{made['id']}/replay", body).get_json() == {"replayed": 1, "more": False}
    listed = client.get(f"/webhooks/{made['id']}/deliveries?event=call.completed").get_json()["data"]
    assert [delivery["status"] for delivery in listed] == ["pending"]


def test_a_calls_end_is_delivered_and_can_be_retried(client: Client, settings: Settings) -> None:
    made = client.post("/webhooks", {"url": URL}).get_json()
    client.put(f"/webhooks/{made['id']}", {"active": False})
    call = client.post("/calls", CALL).get_json()
    ending.end(UUID(call["id"]), "no-answer", "no_answer", settings)
    listed = client.get(f"/webhooks/{made['id']}/deliveries?status=skipped").get_json()
    [delivery] = listed["data"]
    assert (delivery["callId"], delivery["status"]) == (call["id"], "skipped")
    assert client.get(f"/deliveries/{delivery['id']}").get_json() == delivery
    retry = f"/deliveries/{delivery['id']}/retry"
    assert refusal(client.post(retry)) == (409, "webhook_disabled", None)
    client.put(f"/webhooks/{made['id']}", {"active": True})
    assert refusal(client.post(retry)) == (409, "delivery_pending", None)


def test_a_foreign_delivery_is_like_none(client: Client, foreign: Client, settings: Settings) -> None:
    made = client.post("/webhooks", {"url": URL}).get_json()
    call = client.post("/calls", CALL).get_json()
    ending.end(UUID(call["id"]), "no-answer", "no_answer", settings)
    [delivery] = client.get(f"/webhooks/{made['id']}/deliveries").get_json()["data"]
    for method, path in [("GET", f"/deliveries/{delivery['id']}"), ("POST", f"/deliveries/{delivery['id']}/retry")]:
        assert refusal(foreign.ask(method, path)) == (404, "not_found", None)

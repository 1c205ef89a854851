"""/webhooks and /deliveries."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from uuid import UUID, uuid4

import pytest

from app.calls import ending
from app.config import Settings
from app.webhooks.signing import signature
from tests.api.client import Client, refusal, validate

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
    made = client.post("/webhooks", {"url": URL, "events": None, "mode": "all"}).get_json()
    assert live.get(f"/webhooks/{made['id']}").get_json()["mode"] == "all"


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


def test_a_test_tells_what_the_endpoint_says(client: Client, receiver: str) -> None:
    made = client.post("/webhooks", {"url": f"{receiver}/ok"}).get_json()
    told = client.post(f"/webhooks/{made['id']}/test").get_json()
    assert (told["delivered"], told["statusCode"], told["answer"], told["error"]) == (True, 200, "thanks", None)
    [(headers, body)] = Receiver.received
    assert headers["X-Mio-Delivery"] == told["deliveryId"]
    assert headers["X-Mio-Signature"] == signature(made["secret"], int(headers["X-Mio-Timestamp"]), body)


def test_a_test_sends_what_the_schema_of_the_event_says(client: Client, receiver: str) -> None:
    made = client.post("/webhooks", {"url": f"{receiver}/ok"}).get_json()
    client.post(f"/webhooks/{made['id']}/test", {})
    event = client.app.json.loads(Receiver.received[0][1])
    validate("event.call.completed", event)
    assert event["test"] is True


def test_a_test_of_a_failing_endpoint_is_answered_with_its_failure(client: Client, receiver: str) -> None:
    made = client.post("/webhooks", {"url": f"{receiver}/broken"}).get_json()
    told = client.post(f"/webhooks/{made['id']}/test").get_json()
    assert (told["delivered"], told["statusCode"], told["error"]) == (False, 500, "http_5xx")
    delivery = client.get(f"/deliveries/{told['deliveryId']}").get_json()
    assert (delivery["event"]["test"], delivery["callId"], len(delivery["attempts"])) == (True, None, 1)


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


def test_what_comes_with_a_later_version_is_not_found_yet(client: Client) -> None:
    made = client.post("/webhooks", {"url": URL}).get_json()
    assert refusal(client.post(f"/webhooks/{made['id']}/rotate-secret")) == (404, "not_found", None)

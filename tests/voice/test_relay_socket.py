"""The relay over a real socket: whom it opens for, and what is left when it closes."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from simple_websocket import Client, ConnectionClosed
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from app.carriers.addresses import CallAddresses
from app.config import Mode, Settings
from app.db import rows
from app.models.call import Call
from app.voice.application import build
from tests.hub import wait_until
from tests.making import LIVE, a_call, an_account, dialled, fresh

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def live(settings: Settings) -> Settings:
    return replace(settings, **LIVE)


@pytest.fixture(scope="module")
def port(live: Settings) -> Iterator[int]:
    """Where a voice process listens."""
    server = make_server("127.0.0.1", 0, build(live), threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port
    server.shutdown()


class Carrier:
    """Opens relays as the carrier of one mode does, with its own token and account."""

    def __init__(self, port: int, settings: Settings, mode: Mode) -> None:
        account = settings.carrier(mode)
        assert account is not None
        self.port, self.account, self.mode = port, account, mode

    def opens(self, call: Call) -> Client:
        """The relay of a call, set up."""
        address = CallAddresses(self.account.callback_url, self.mode, call.id)
        signature = RequestValidator(self.account.auth_token).compute_signature(address.relay, {})
        relay = Client(f"ws://127.0.0.1:{self.port}{address.path('relay')}", headers={"X-Twilio-Signature": signature})
        setup = {"sessionId": "VX1", "accountSid": self.account.account_sid, "callSid": call.carrier_sid}
        relay.send(json.dumps({"type": "setup"} | setup))
        return relay


@pytest.fixture
def call(live: Settings) -> Call:
    return dialled(a_call(an_account(), live, mode="live", first_message="Hello!"))


def is_open(call: Call) -> bool:
    return fresh(call).relay_opened_at is not None


def test_the_carrier_opens_the_relay_of_its_call(port: int, live: Settings, call: Call) -> None:
    relay = Carrier(port, live, "live").opens(call)
    wait_until(lambda: is_open(call))
    relay.close()
    wait_until(lambda: fresh(call).relay_closed_at)
    said = rows("SELECT text FROM turn WHERE call_id = %s", (call.id,))
    assert [turn["text"] for turn in said] == ["Hello! I'm an AI assistant calling on behalf of Jane's Shop."]


def test_the_sandbox_changes_nothing_about_a_live_call(port: int, live: Settings, call: Call) -> None:
    forged = Carrier(port, live, "test").opens(call)
    with pytest.raises(ConnectionClosed):
        forged.receive(timeout=5)
    assert (fresh(call).status, is_open(call)) == ("initiated", False)
    genuine = Carrier(port, live, "live").opens(call)
    wait_until(lambda: is_open(call))
    genuine.close()
    wait_until(lambda: fresh(call).relay_closed_at)


def test_a_call_has_one_relay(port: int, live: Settings, call: Call) -> None:
    carrier = Carrier(port, live, "live")
    first = carrier.opens(call)
    wait_until(lambda: is_open(call))
    with pytest.raises(ConnectionClosed):
        carrier.opens(call).receive(timeout=5)
    assert fresh(call).relay_closed_at is None
    first.close()
    wait_until(lambda: fresh(call).relay_closed_at)

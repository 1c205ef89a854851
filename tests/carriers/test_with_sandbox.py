"""The carrier's adapter and its callbacks against the sandbox, over real HTTP."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app.calls.ports import CarrierInDoubt, CarrierNotReached, CarrierRefused
from app.carriers.twilio_rest import TwilioCarrier, carriers
from app.config import Settings
from app.db import execute
from app.sandbox.application import create_sandbox
from app.sandbox.options import SandboxOptions
from app.times import now
from app.voice.callbacks import callbacks
from app.voice.greetings import Greetings
from tests.making import a_call, an_account, fresh

PATIENCE_SECONDS = 10


@contextmanager
def served(application: Flask) -> Iterator[str]:
    """The application on a free port; its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def wired(settings: Settings) -> Iterator[Settings]:
    """Settings of a hub whose callbacks and whose sandbox both stand."""
    sandbox = create_sandbox(SandboxOptions(settings.sandbox_account_sid, settings.sandbox_auth_token, speed=400))
    hub = Flask(__name__)
    with served(sandbox) as sandbox_url, served(hub) as hub_url:
        wired = replace(settings, sandbox_url=sandbox_url, sandbox_callback_url=hub_url)
        hub.register_blueprint(callbacks(wired, Greetings({})))
        yield wired


@pytest.fixture
def carrier(wired: Settings) -> TwilioCarrier:
    return carriers(wired)["test"]


def test_a_call_can_be_found_looked_up_and_hung_up(carrier: TwilioCarrier) -> None:
    since = now()
    sid = carrier.place(uuid4(), "+15550100013")
    placed = carrier.look_up(sid)
    assert placed is not None
    assert (placed.status, placed.answered) == ("initiated", False)
    assert sid in [call.sid for call in carrier.find("+15550100013", since)]
    assert carrier.find("+15550100014", since) == []
    carrier.hang_up(sid)
    carrier.hang_up(sid)
    over = carrier.look_up(sid)
    assert over is not None
    assert over.status == "canceled"


def test_a_call_that_nobody_made_is_unknown(carrier: TwilioCarrier) -> None:
    assert carrier.look_up("CA" + "0" * 32) is None
    carrier.hang_up("CA" + "0" * 32)


def test_a_number_that_the_carrier_refuses(carrier: TwilioCarrier) -> None:
    with pytest.raises(CarrierRefused) as refused:
        carrier.place(uuid4(), "+15550100010")
    assert refused.value.reason == "invalid_number"


def test_a_number_at_which_the_carrier_fails(carrier: TwilioCarrier) -> None:
    with pytest.raises(CarrierInDoubt) as doubt:
        carrier.place(uuid4(), "+15550100011")
    assert doubt.value.reason == "carrier_error"


def test_a_number_at_which_the_carrier_is_throttled(carrier: TwilioCarrier) -> None:
    with pytest.raises(CarrierNotReached):
        carrier.place(uuid4(), "+15550100012")


def test_a_wrong_token_is_the_operators_fault(wired: Settings) -> None:
    with pytest.raises(CarrierRefused) as refused:
        carriers(replace(wired, sandbox_auth_token="wrong"))["test"].place(uuid4(), "+15551234567")
    assert refused.value.reason == "carrier_account"


@pytest.mark.parametrize(
    ("number", "status", "reason"),
    [("+15550100002", "busy", "busy"), ("+15550100003", "no-answer", "no_answer")],
)
@pytest.mark.usefixtures("database")
def test_the_sandboxs_callbacks_are_believed(
    carrier: TwilioCarrier, wired: Settings, number: str, status: str, reason: str
) -> None:
    call = a_call(an_account(), wired, to=number, first_message="Hello.")
    execute("UPDATE call SET dial_state = 'dialling' WHERE id = %s", (call.id,))
    sid = carrier.place(call.id, number)
    eventually(lambda: fresh(call).status == status)
    ended = fresh(call)
    assert (ended.end_reason, ended.carrier_sid) == (reason, sid)


def eventually(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)

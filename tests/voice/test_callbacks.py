"""What the carrier tells us of a call: believed only when it is signed, and only once."""

from dataclasses import replace
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest
from flask import Flask
from twilio.request_validator import RequestValidator
from werkzeug.test import Client, TestResponse

from app.calls.hanging_up import ask_hangup
from app.calls.progress import CarrierReport, report
from app.config import Mode, Settings
from app.db import execute
from app.models.call import Call
from app.voice.callbacks import MAX_BODY, callbacks
from app.voice.greetings import Greetings
from tests.making import LIVE, a_call, an_account, dialled, fresh

pytestmark = pytest.mark.usefixtures("database")

NAMES = ["answer", "status", "amd", "relay-ended"]


@pytest.fixture(scope="module")
def live(settings: Settings) -> Settings:
    return replace(settings, **LIVE)


@pytest.fixture(scope="module")
def http(live: Settings) -> Client:
    application = Flask(__name__)
    application.register_blueprint(callbacks(live, Greetings({})))
    return application.test_client()


class Carrier:
    """Calls us back about one call as Twilio does, signed with its own library."""

    def __init__(self, http: Client, settings: Settings, call: Call, mode: Mode = "test") -> None:
        account = settings.carrier(mode)
        assert account is not None
        self.account, self.http, self.call, self.mode = account, http, call, mode

    def path(self, name: str, mode: Mode | None = None, call_id: UUID | None = None) -> str:
        return f"/carrier/{mode or self.mode}/calls/{call_id or self.call.id}/{name}"

    def form(self, **fields: str) -> dict[str, str]:
        common = {
            "CallSid": fresh(self.call).carrier_sid or "CA" + "0" * 32,
            "AccountSid": self.account.account_sid,
            "From": self.call.from_number,
            "To": self.call.to_number,
            "CallStatus": "in-progress",
            "Direction": "outbound-api",
            "ApiVersion": "2010-04-01",
        }
        return {**common, **fields}

    def signature(self, path: str, form: dict[str, str], token: str | None = None) -> str:
        validator = RequestValidator(token or self.account.auth_token)
        signature: str = validator.compute_signature(self.account.callback_url + path, form)
        return signature

    def tells(self, name: str, **fields: str) -> TestResponse:
        form = self.form(**fields)
        return self.sends(self.path(name), form, self.signature(self.path(name), form))

    def sends(self, path: str, form: dict[str, str], signature: str | None) -> TestResponse:
        headers = {} if signature is None else {"X-Twilio-Signature": signature}
        return self.http.post(path, data=form, headers=headers)


@pytest.fixture
def carrier(http: Client, live: Settings) -> Carrier:
    call = a_call(an_account(), live, first_message="Hello, this is Jane's shop.")
    return Carrier(http, live, dialled(call))


@pytest.fixture
def live_carrier(http: Client, live: Settings) -> Carrier:
    return Carrier(http, live, dialled(a_call(an_account(), live, mode="live")), "live")


def relay_in(answer: TestResponse) -> dict[str, str] | None:
    """The attributes of the relay that an answer connects, None when it hangs up."""
    assert answer.status_code == 200
    assert answer.content_type == "application/xml"
    root = ElementTree.fromstring(answer.text)
    session = root.find("Connect/ConversationRelay")
    if session is None:
        assert [verb.tag for verb in root] == ["Hangup"]
        return None
    return session.attrib


# Whom we believe


@pytest.mark.parametrize("name", NAMES)
def test_an_unsigned_callback_is_refused(carrier: Carrier, name: str) -> None:
    assert carrier.sends(carrier.path(name), carrier.form(), None).status_code == 403


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("signature", ["", "nonsense", "é", "A" * 28, "a" * 10_000])
def test_a_malformed_signature_is_refused(carrier: Carrier, name: str, signature: str) -> None:
    path, form = carrier.path(name), carrier.form()
    encoded = signature.encode().decode("latin-1")
    assert carrier.sends(path, form, encoded).status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_a_callback_signed_with_another_token_is_refused(carrier: Carrier, name: str) -> None:
    path, form = carrier.path(name), carrier.form()
    assert carrier.sends(path, form, carrier.signature(path, form, token="forged")).status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_a_signature_for_another_call_is_refused(carrier: Carrier, name: str) -> None:
    form = carrier.form()
    signature = carrier.signature(carrier.path(name, call_id=uuid4()), form)
    assert carrier.sends(carrier.path(name), form, signature).status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_a_signature_for_another_callback_is_refused(carrier: Carrier, name: str) -> None:
    form = carrier.form()
    other = NAMES[NAMES.index(name) - 1]
    assert carrier.sends(carrier.path(name), form, carrier.signature(carrier.path(other), form)).status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_form_is_refused(carrier: Carrier, name: str) -> None:
    path, form = carrier.path(name), carrier.form()
    signature = carrier.signature(path, form)
    assert carrier.sends(path, {**form, "CallStatus": "completed"}, signature).status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_the_sandbox_cannot_speak_of_a_live_call(live_carrier: Carrier, live: Settings, name: str) -> None:
    sandbox = Carrier(live_carrier.http, live, live_carrier.call)
    form = sandbox.form()
    for mode in ("live", "test"):
        path = sandbox.path(name, mode)
        assert sandbox.sends(path, form, sandbox.signature(path, form)).status_code in (403, 404)
    assert fresh(live_carrier.call).status == "initiated"


@pytest.mark.parametrize("name", NAMES)
def test_another_account_of_the_carrier_is_refused(carrier: Carrier, name: str) -> None:
    assert carrier.tells(name, AccountSid="AC" + "9" * 32).status_code == 403


@pytest.mark.parametrize("name", NAMES)
def test_a_callback_that_names_no_call_is_refused(carrier: Carrier, name: str) -> None:
    assert carrier.tells(name, CallSid="").status_code == 403


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", ["CallSid", "CallStatus", "ErrorCode"])
def test_a_field_that_no_table_can_hold_is_a_bad_request(carrier: Carrier, name: str, field: str) -> None:
    assert carrier.tells(name, **{field: "CA\x001"}).status_code == 400


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_call_is_not_found(carrier: Carrier, name: str) -> None:
    carrier.call = Call(id=uuid4(), from_number="+15550100100", to_number="+15551234567")
    form = {"CallSid": "CA" + "0" * 32, "AccountSid": carrier.account.account_sid}
    path = carrier.path(name)
    assert carrier.sends(path, form, carrier.signature(path, form)).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_without_a_live_carrier_nobody_can_speak_of_live_calls(
    settings: Settings, live_carrier: Carrier, name: str
) -> None:
    application = Flask(__name__)
    application.register_blueprint(callbacks(settings, Greetings({})))
    live_carrier.http = application.test_client()
    assert live_carrier.tells(name).status_code == 403


def test_a_body_that_is_too_long_is_refused_unread(carrier: Carrier) -> None:
    assert carrier.tells("status", Padding="a" * MAX_BODY).status_code == 413


@pytest.mark.parametrize("path", ["/carrier/prod/calls/{}/status", "/carrier/test/calls/{}x/status"])
def test_there_are_no_other_addresses(carrier: Carrier, path: str) -> None:
    assert carrier.sends(path.format(carrier.call.id), carrier.form(), None).status_code == 404


def test_callbacks_are_only_posted(carrier: Carrier) -> None:
    assert carrier.http.get(carrier.path("answer")).status_code == 405


# Status


def test_a_call_follows_what_the_carrier_reports(carrier: Carrier) -> None:
    seen = []
    for sequence, status in enumerate(["initiated", "ringing", "in-progress"]):
        assert carrier.tells("status", CallStatus=status, SequenceNumber=str(sequence)).status_code == 204
        seen.append(fresh(carrier.call).status)
    assert seen == ["initiated", "ringing", "in-progress"]


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("busy", "busy", "busy"),
        ("no-answer", "no-answer", "no_answer"),
        ("failed", "failed", "carrier_rejected"),
        ("canceled", "canceled", "canceled"),
    ],
)
def test_a_call_that_nobody_took_is_settled_at_once(carrier: Carrier, word: str, status: str, reason: str) -> None:
    assert carrier.tells("status", CallStatus=word, SequenceNumber="3", CallDuration="0").status_code == 204
    call = fresh(carrier.call)
    assert (call.status, call.end_reason, call.cost) == (status, reason, 0)


@pytest.mark.parametrize(
    ("status", "sip_response", "reason"),
    [
        ("failed", "404", "invalid_number"),
        ("failed", "484", "invalid_number"),
        ("failed", "503", "carrier_rejected"),
        ("busy", "404", "busy"),
    ],
)
def test_a_failed_call_tells_when_there_is_no_such_number(
    carrier: Carrier, status: str, sip_response: str, reason: str
) -> None:
    carrier.tells("status", CallStatus=status, SequenceNumber="2", SipResponseCode=sip_response)
    assert fresh(carrier.call).end_reason == reason


def test_the_carriers_duration_is_the_calls(carrier: Carrier) -> None:
    carrier.tells("status", CallStatus="in-progress", SequenceNumber="2")
    carrier.tells("status", CallStatus="completed", SequenceNumber="3", CallDuration="42")
    call = fresh(carrier.call)
    assert (call.outcome, call.end_reason, call.duration) == ("completed", "callee_hangup", 42)


def test_a_replayed_report_is_refused_and_changes_nothing(carrier: Carrier) -> None:
    carrier.tells("status", CallStatus="ringing", SequenceNumber="1")
    carrier.tells("status", CallStatus="in-progress", SequenceNumber="2")
    before = fresh(carrier.call)
    assert carrier.tells("status", CallStatus="in-progress", SequenceNumber="2").status_code == 403
    assert carrier.tells("status", CallStatus="ringing", SequenceNumber="1").status_code == 403
    after = fresh(carrier.call)
    assert (after.status, after.started_at, after.carrier_sequence) == ("in-progress", before.started_at, 2)


def test_a_report_that_was_overtaken_changes_nothing(carrier: Carrier) -> None:
    carrier.tells("status", CallStatus="in-progress", SequenceNumber="2")
    carrier.tells("status", CallStatus="ringing", SequenceNumber="1")
    assert fresh(carrier.call).status == "in-progress"


def test_an_ended_call_stays_ended(carrier: Carrier) -> None:
    carrier.tells("status", CallStatus="busy", SequenceNumber="2")
    assert carrier.tells("status", CallStatus="busy", SequenceNumber="2").status_code == 403
    carrier.tells("status", CallStatus="in-progress", SequenceNumber="3")
    assert fresh(carrier.call).status == "busy"


def test_a_report_of_another_call_of_the_carrier_changes_nothing(carrier: Carrier) -> None:
    carrier.tells("status", CallStatus="completed", SequenceNumber="3", CallSid="CA" + "9" * 32)
    assert fresh(carrier.call).outcome is None


@pytest.mark.parametrize("number", ["", "x", "-1", "1.5", "９９", "9" * 30])
def test_numbers_that_are_none_are_passed_over(carrier: Carrier, number: str) -> None:
    answer = carrier.tells("status", CallStatus="ringing", SequenceNumber=number, CallDuration=number)
    assert answer.status_code == 204
    assert fresh(carrier.call).carrier_sequence == -1


def test_a_status_that_is_new_to_us_tells_only_that_there_is_a_call(carrier: Carrier) -> None:
    assert carrier.tells("status", CallStatus="teleported", SequenceNumber="1").status_code == 204
    assert fresh(carrier.call).status == "initiated"


def test_a_callback_adopts_the_call_whose_dialling_was_in_doubt(carrier: Carrier) -> None:
    execute("UPDATE call SET carrier_sid = NULL, dial_state = 'doubt' WHERE id = %s", (carrier.call.id,))
    carrier.tells("status", CallStatus="ringing", SequenceNumber="1", CallSid="CA" + "7" * 32)
    call = fresh(carrier.call)
    assert (call.carrier_sid, call.dial_state, call.status) == ("CA" + "7" * 32, "dialled", "ringing")


# Answering


def test_an_answered_call_is_connected_to_its_relay(carrier: Carrier) -> None:
    relay = relay_in(carrier.tells("answer"))
    assert relay is not None
    assert relay["url"] == f"ws://127.0.0.1:8001{carrier.path('relay')}"
    assert relay["welcomeGreeting"] == "Hello, this is Jane's shop."
    assert fresh(carrier.call).status == "in-progress"


def test_a_live_call_tells_that_an_ai_is_calling(live_carrier: Carrier) -> None:
    relay = relay_in(live_carrier.tells("answer"))
    assert relay is not None
    assert relay["url"] == f"wss://hub.example{live_carrier.path('relay')}"
    assert "AI assistant" in relay["welcomeGreeting"]


def test_the_action_of_the_relay_is_its_own_callback(carrier: Carrier) -> None:
    connect = ElementTree.fromstring(carrier.tells("answer").text).find("Connect")
    assert connect is not None
    assert connect.attrib["action"] == f"http://127.0.0.1:8001{carrier.path('relay-ended')}"


def test_the_greeting_that_the_model_wrote_is_spoken(carrier: Carrier) -> None:
    execute("UPDATE call SET first_message = NULL, greeting = 'Good morning!' WHERE id = %s", (carrier.call.id,))
    relay = relay_in(carrier.tells("answer"))
    assert relay is not None
    assert relay["welcomeGreeting"] == "Good morning!"


def test_a_greeting_that_was_not_ready_is_replaced_for_good(carrier: Carrier) -> None:
    execute("UPDATE call SET first_message = NULL WHERE id = %s", (carrier.call.id,))
    relay = relay_in(carrier.tells("answer"))
    assert relay is not None
    assert relay["welcomeGreeting"] == fresh(carrier.call).greeting == "Hello, I'm calling on behalf of Jane's Shop."


def test_a_call_is_answered_the_same_way_until_the_relay_is_open(carrier: Carrier) -> None:
    assert carrier.tells("answer").text == carrier.tells("answer").text
    execute("UPDATE call SET relay_opened_at = now() WHERE id = %s", (carrier.call.id,))
    assert carrier.tells("answer").status_code == 403


def test_a_call_that_is_over_is_hung_up(carrier: Carrier, live: Settings) -> None:
    report(carrier.call.id, CarrierReport(carrier.call.carrier_sid, "canceled", 2), live)
    assert relay_in(carrier.tells("answer")) is None


def test_a_call_that_is_to_end_is_hung_up_and_was_not_answered(carrier: Carrier) -> None:
    ask_hangup(carrier.call.id, "canceled")
    assert relay_in(carrier.tells("answer")) is None
    assert fresh(carrier.call).started_at is None


def test_a_second_call_of_the_carrier_for_one_of_ours_is_hung_up(carrier: Carrier) -> None:
    assert relay_in(carrier.tells("answer", CallSid="CA" + "9" * 32)) is None
    assert fresh(carrier.call).status == "initiated"


def test_a_call_that_we_never_dialled_is_hung_up(carrier: Carrier) -> None:
    execute("UPDATE call SET carrier_sid = NULL, dial_state = 'waiting' WHERE id = %s", (carrier.call.id,))
    assert relay_in(carrier.tells("answer")) is None


# Who answered


@pytest.mark.parametrize(
    ("word", "verdict", "hangs_up_for"),
    [
        ("human", "human", None),
        ("machine_start", "voicemail", "voicemail"),
        ("fax", "voicemail", "voicemail"),
        ("unknown", "unknown", None),
    ],
)
def test_who_answered_is_noted_and_a_machine_is_hung_up_on(
    carrier: Carrier, word: str, verdict: str, hangs_up_for: str | None
) -> None:
    carrier.tells("answer")
    assert carrier.tells("amd", AnsweredBy=word, MachineDetectionDuration="2000").status_code == 204
    call = fresh(carrier.call)
    assert (call.answered_by, call.hangup_reason) == (verdict, hangs_up_for)


def test_a_second_verdict_is_refused(carrier: Carrier) -> None:
    carrier.tells("amd", AnsweredBy="human")
    assert carrier.tells("amd", AnsweredBy="machine_start").status_code == 403
    call = fresh(carrier.call)
    assert (call.answered_by, call.hangup_reason) == ("human", None)


# The relay's end


@pytest.mark.parametrize("status", ["completed", "ended"])
def test_when_the_relay_has_ended_the_call_is_hung_up(carrier: Carrier, status: str) -> None:
    carrier.tells("answer")
    assert relay_in(carrier.tells("relay-ended", SessionStatus=status, SessionDuration="5", HandoffData="")) is None
    assert fresh(carrier.call).hangup_reason is None


def test_a_relay_that_failed_is_the_reason_of_the_calls_end(carrier: Carrier, live: Settings) -> None:
    carrier.tells("answer")
    assert relay_in(carrier.tells("relay-ended", SessionStatus="failed", ErrorCode="64102")) is None
    carrier.tells("status", CallStatus="completed", SequenceNumber="3", CallDuration="1")
    call = fresh(carrier.call)
    assert (call.outcome, call.end_reason) == ("failed", "relay_failed")


def test_the_failed_relay_of_another_call_of_the_carrier_is_none_of_ours(carrier: Carrier) -> None:
    carrier.tells("relay-ended", SessionStatus="failed", ErrorCode="64102", CallSid="CA" + "9" * 32)
    assert fresh(carrier.call).hangup_reason is None

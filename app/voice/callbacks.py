"""The carrier's callbacks. Each is verified against the configured public URL before any work is done."""

import logging
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from flask import Blueprint, Response, abort, request

from app.calls.conversation import set_greeting
from app.calls.hanging_up import ask_hangup
from app.calls.progress import CarrierReport, answered_by, report
from app.carriers import twiml, vocabulary
from app.carriers.addresses import CallAddresses
from app.carriers.signature import verify
from app.config import CarrierSettings, Mode, Settings, mode_of
from app.db import db
from app.models.account import Account
from app.models.call import Call
from app.voice.greetings import Greetings
from app.voice.prompt import greeting_for, plain_greeting

log = logging.getLogger(__name__)

MAX_BODY = 32 * 1024
View = Callable[[Call], Response]


def callbacks(settings: Settings, greetings: Greetings) -> Blueprint:
    """`/carrier/<mode>/calls/<call_id>/answer`, `/status`, `/amd` and `/relay-ended`, all POST."""
    routes = Blueprint("callbacks", __name__, url_prefix="/carrier/<any(live, test):mode>/calls/<uuid:call_id>")

    def verified(name: str) -> Callable[[View], None]:
        def register(view: View) -> None:
            @routes.post(f"/{name}", endpoint=name)
            @wraps(view)
            def checked(mode: Mode, call_id: UUID) -> Response:
                _verify(settings, mode, call_id, name)
                with db.connection_context():
                    call = Call.get_or_none(Call.id == call_id, Call.mode == mode)
                    if call is None:
                        abort(404)
                    return view(call)

        return register

    @verified("answer")
    def answer(call: Call) -> Response:
        sid = request.form.get("CallSid", "")
        if call.outcome or call.hangup_reason or (call.carrier_sid and call.carrier_sid != sid):
            return _xml(twiml.hang_up())
        report(call.id, CarrierReport(sid, "in-progress"), settings)
        carrier = _carrier(settings, mode_of(call.mode))
        at = CallAddresses(carrier.callback_url, mode_of(call.mode), call.id)
        return _xml(twiml.connect(at.relay, at.url("relay-ended"), _greeting(call)))

    @verified("status")
    def status(call: Call) -> Response:
        said = CarrierReport(
            sid=request.form.get("CallSid", ""),
            status=vocabulary.call_status(request.form.get("CallStatus", "")),
            sequence=_whole(request.form.get("SequenceNumber")),
            duration=_whole(request.form.get("CallDuration")),
        )
        report(call.id, said, settings)
        if said.status in ("initiated", "ringing"):
            greetings.prepare(call)
        return _done()

    @verified("amd")
    def amd(call: Call) -> Response:
        verdict = vocabulary.answered_by(request.form.get("AnsweredBy", ""))
        answered_by(call.id, request.form.get("CallSid", ""), verdict)
        return _done()

    @verified("relay-ended")
    def relay_ended(call: Call) -> Response:
        if request.form.get("SessionStatus") == "failed":
            log.error("call %s: the relay failed: %s", call.id, request.form.get("ErrorCode", "no code"))
            ask_hangup(call.id, "relay_failed", after_seconds=5)
        return _xml(twiml.hang_up())

    return routes


def _greeting(call: Call) -> str:
    """What is said first; from here on it stays, so that the transcript holds what was heard."""
    account = Account.get_by_id(call.account_id)
    if not call.first_message:
        set_greeting(call.id, plain_greeting(account))
        call = Call.get_by_id(call.id)
    return greeting_for(call, account)


def _verify(settings: Settings, mode: Mode, call_id: UUID, name: str) -> None:
    """Refuse, before anything else, what was not signed for this very address by the carrier of this mode."""
    if request.content_length is None or request.content_length > MAX_BODY:
        abort(413)
    carrier = settings.carrier(mode)
    if carrier is None:
        abort(404)
    url = CallAddresses(carrier.callback_url, mode, call_id).url(name)
    if not verify(carrier.auth_token, url, request.form.to_dict(flat=False), request.headers.get("X-Twilio-Signature")):
        log.warning("a callback with a wrong signature was refused: %s", name)
        abort(403)
    if request.form.get("AccountSid") != carrier.account_sid:
        abort(403)


def _carrier(settings: Settings, mode: Mode) -> CarrierSettings:
    carrier = settings.carrier(mode)
    if carrier is None:
        abort(404)
    return carrier


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 9 else None


def _xml(text: str) -> Response:
    return Response(text, content_type=twiml.CONTENT_TYPE)


def _done() -> Response:
    return Response(status=204)

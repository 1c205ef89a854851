"""The carrier's callbacks. Each is verified against the configured public URL before any work is done."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn
from uuid import UUID

from flask import Blueprint, Response, abort, request

from app.calls.conversation import set_greeting
from app.calls.hanging_up import ask_hangup
from app.calls.progress import CarrierReport, answered_by, report
from app.carriers import twiml, vocabulary
from app.carriers.addresses import CallAddresses
from app.carriers.signature import verify
from app.config import Mode, Settings
from app.db import db
from app.models.account import Account
from app.models.call import Call
from app.text import storable
from app.voice.greetings import Greetings
from app.voice.prompt import greeting_for, plain_greeting

log = logging.getLogger(__name__)

MAX_BODY: Final = 32 * 1024
RELAY_GRACE_SECONDS: Final = 5
_WHOLE: Final = re.compile("[0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback whose signature is right: the call it bears, the carrier's sid for that call, and the form."""

    call: Call
    sid: str
    fields: Mapping[str, str]
    at: CallAddresses


class Callbacks:
    """What the carrier asks and tells. One that was heard before is refused like a forged one, with 403."""

    def __init__(self, settings: Settings, greetings: Greetings) -> None:
        self._settings = settings
        self._greetings = greetings

    def blueprint(self) -> Blueprint:
        """`/carrier/<mode>/calls/<call_id>/answer`, `/status`, `/amd` and `/relay-ended`, all POST."""
        routes = Blueprint("callbacks", __name__, url_prefix="/carrier/<any(live, test):mode>/calls/<uuid:call_id>")
        views = {"answer": self._answer, "status": self._status, "amd": self._amd, "relay-ended": self._relay_ended}
        for name, view in views.items():
            routes.add_url_rule(f"/{name}", name, self._verified(name, view), methods=["POST"])
        return routes

    def _verified(self, name: str, view: Callable[[Callback], Response]) -> Callable[..., Response]:
        def checked(mode: Mode, call_id: UUID) -> Response:
            at = self._verify(name, mode, call_id)
            fields = request.form.to_dict()
            if any(value != storable(value) for value in fields.values()):
                abort(400)
            sid = fields.get("CallSid") or _refuse("names no call of the carrier's")
            with db.connection_context():
                call = Call.get_or_none(Call.id == call_id, Call.mode == mode) or abort(404)
                return view(Callback(call, sid, fields, at))

        return checked

    def _verify(self, name: str, mode: Mode, call_id: UUID) -> CallAddresses:
        """Refuse, before anything else, what was not signed for this very address by the carrier of this mode."""
        request.max_content_length = MAX_BODY
        fields = request.form.to_dict(flat=False)
        carrier = self._settings.carrier(mode) or _refuse("has no carrier")
        at = CallAddresses(carrier.callback_url, mode, call_id)
        if not verify(carrier.auth_token, at.url(name), fields, request.headers.get("X-Twilio-Signature")):
            _refuse("is not signed by the carrier")
        if fields.get("AccountSid") != [carrier.account_sid]:
            _refuse("is of another account")
        return at

    def _answer(self, callback: Callback) -> Response:
        """What to do with the call that was answered: talk, or hang up when it is over or ought to be."""
        call = callback.call
        if call.relay_opened_at is not None:
            _refuse("repeats what was answered")
        if not _ending(call):
            report(call.id, CarrierReport(callback.sid, "in-progress"), self._settings)
            call = Call.get_by_id(call.id)
        if _ending(call) or call.carrier_sid != callback.sid:
            return _xml(twiml.hang_up())
        return _xml(
            twiml.connect(callback.at.relay, callback.at.url("relay-ended"), _greeting(call), self._settings.speech)
        )

    def _status(self, callback: Callback) -> Response:
        sequence = _whole(callback.fields.get("SequenceNumber"))
        if sequence is not None and sequence <= callback.call.carrier_sequence:
            _refuse("was heard already, or came after a later one")
        said = CarrierReport(
            sid=callback.sid,
            status=vocabulary.call_status(callback.fields.get("CallStatus", "")),
            sequence=sequence,
            duration=_whole(callback.fields.get("CallDuration")),
            failure=vocabulary.failure(callback.fields.get("SipResponseCode", "")),
        )
        report(callback.call.id, said, self._settings)
        if said.status in ("initiated", "ringing") and callback.call.outcome is None:
            self._greetings.prepare(callback.call)
        return _done()

    def _amd(self, callback: Callback) -> Response:
        if callback.call.answered_by != "unknown":
            _refuse("repeats a verdict")
        answered_by(callback.call.id, callback.sid, vocabulary.answered_by(callback.fields.get("AnsweredBy", "")))
        return _done()

    def _relay_ended(self, callback: Callback) -> Response:
        if callback.fields.get("SessionStatus") == "failed" and callback.sid == callback.call.carrier_sid:
            log.error("call %s: the relay failed: %s", callback.call.id, callback.fields.get("ErrorCode", "no code"))
            ask_hangup(callback.call.id, "relay_failed", after_seconds=RELAY_GRACE_SECONDS)
        return _xml(twiml.hang_up())


def callbacks(settings: Settings, greetings: Greetings) -> Blueprint:
    """The routes that the carrier of each mode calls."""
    return Callbacks(settings, greetings).blueprint()


def _refuse(why: str) -> NoReturn:
    log.warning("a carrier's callback was refused: it %s: %s", why, request.path)
    abort(403)


def _ending(call: Call) -> bool:
    return call.outcome is not None or call.hangup_reason is not None


def _greeting(call: Call) -> str:
    """What is said first; from here on it stays, so that the transcript holds what was heard."""
    account = Account.get_by_id(call.account_id)
    if not (call.first_message or call.greeting):
        set_greeting(call.id, plain_greeting(account))
        call = Call.get_by_id(call.id)
    return greeting_for(call, account)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and _WHOLE.fullmatch(text) else None


def _xml(text: str) -> Response:
    return Response(text, content_type=twiml.CONTENT_TYPE)


def _done() -> Response:
    return Response(status=204)

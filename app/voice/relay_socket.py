"""The relay's WebSocket: one for each live call, on a thread of the voice process for as long as it lasts."""

import logging
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final
from uuid import UUID

from flask import Blueprint, abort, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from app.calls.conversation import open_relay
from app.carriers import relay
from app.carriers.addresses import CallAddresses
from app.carriers.signature import verify
from app.cast import lives_in_real_time
from app.config import Mode, Settings
from app.db import db
from app.llm.stream import ModelStream
from app.models.account import Account
from app.models.call import Call
from app.times import now
from app.voice.conversation import ANSWERS_AT_ONCE, Conversation
from app.voice.live_line import LiveLine
from app.voice.means import Means
from app.voice.metrics import LIVE_CALLS
from app.voice.pacing import Pacing
from app.voice.prompt import greeting_for, system_prompt
from app.voice.transcript import Transcript
from app.voice.turns import TurnWriter

log = logging.getLogger(__name__)

SETUP_SECONDS: Final = 10.0
FLUSH_SECONDS: Final = 30.0
GOODBYE_SECONDS: Final = 15
MALFORMED_ALLOWED: Final = 10
_GONE: Final = (ConnectionClosed, LocalProtocolError, OSError)  # who speaks need not know: who listens ends the call


class Relays:
    """Opens and holds the conversations of this process."""

    def __init__(self, settings: Settings, models: Mapping[Mode, ModelStream], writer: TurnWriter) -> None:
        self._settings = settings
        self._models = models
        self._writer = writer
        self._pool = ThreadPoolExecutor(ANSWERS_AT_ONCE * settings.voice_max_calls, thread_name_prefix="turn")

    def blueprint(self) -> Blueprint:
        """`/carrier/<mode>/calls/<call_id>/relay`; the handshake is verified before it is accepted."""
        routes = Blueprint("relay", __name__, url_prefix="/carrier/<any(live, test):mode>/calls/<uuid:call_id>")
        routes.before_request(self._verify)
        Sock().route("/relay", bp=routes)(self._serve)
        return routes

    def _verify(self) -> None:
        arguments = request.view_args or {}
        mode, call_id = arguments["mode"], arguments["call_id"]
        carrier = self._settings.carrier(mode)
        if carrier is None:
            abort(404)
        url = CallAddresses(carrier.callback_url, mode, call_id).relay
        if not verify(carrier.auth_token, url, {}, request.headers.get("X-Twilio-Signature")):
            log.warning("a relay with a wrong signature was refused")
            abort(403)
        if request.headers.get("Upgrade", "").lower() != "websocket":
            abort(400)

    def _serve(self, ws: Server, mode: Mode, call_id: UUID) -> None:
        call = self._opened(ws, mode, call_id)
        if call is None:
            ws.close(CloseReason.POLICY_VIOLATION, "no such call")
            return
        if ws.sock is not None:
            ws.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._talk(ws, call, mode)
        finally:
            self._close(call_id)

    def _talk(self, ws: Server, call: Call, mode: Mode) -> None:
        conversation = self._conversation(ws, call, mode)
        LIVE_CALLS.inc()
        try:
            _converse(ws, conversation)
        except ConnectionClosed:
            log.debug("relay of call %s closed", call.id)
        finally:
            LIVE_CALLS.dec()
            conversation.hung_up()

    def _opened(self, ws: Server, mode: Mode, call_id: UUID) -> Call | None:
        """The call, once its setup frame fits it; None for anything else."""
        carrier = self._settings.carrier(mode)
        try:
            setup = relay.parse(ws.receive(timeout=SETUP_SECONDS) or "")
        except relay.MalformedFrame:
            return None
        if carrier is None or not isinstance(setup, relay.Setup) or setup.account_sid != carrier.account_sid:
            return None
        with db.connection_context():
            return open_relay(call_id, mode, setup.call_sid)

    def _conversation(self, ws: Server, call: Call, mode: Mode) -> Conversation:
        with db.connection_context():
            account = Account.get_by_id(call.account_id)
        simulated = mode == "test" and not lives_in_real_time(call.to_number)
        speed = self._settings.sandbox_speed if simulated else 1.0
        writing = threading.Lock()

        def send(frame: str) -> None:
            with writing, suppress(*_GONE):
                if ws.connected:
                    ws.send(frame)

        longest = max(self._settings.max_call_seconds - GOODBYE_SECONDS, 1)  # then the carrier cuts the line
        pacing = Pacing(time.monotonic(), speed, self._settings.silence_seconds, longest)
        means = Means(self._models[mode], LiveLine(call, self._settings, speed, self._writer), send, self._pool.submit)
        transcript = Transcript(call.id, self._writer.put)
        return Conversation(system_prompt(call, account, now()), greeting_for(call, account), transcript, pacing, means)

    def _close(self, call_id: UUID) -> None:
        """Hand the call over to be summed up. We wait for its last turns: a process that is to stop waits for us."""
        if not self._writer.close(call_id, FLUSH_SECONDS):
            log.error("call %s: its last turns are not stored yet", call_id)


def _converse(ws: Server, conversation: Conversation) -> None:
    malformed = 0
    while not conversation.over:
        text = ws.receive(timeout=conversation.tick())
        if text is None:
            continue
        try:
            frame = relay.parse(text)
        except relay.MalformedFrame as error:
            malformed += 1
            log.warning("a malformed frame was ignored: %s", error)
            if malformed >= MALFORMED_ALLOWED:
                return
            continue
        if frame is not None:
            conversation.hear(frame)
    _linger(ws, conversation)


def _linger(ws: Server, conversation: Conversation) -> None:
    """After our `end` the carrier closes the socket; give it a moment, hearing nothing more."""
    until = time.monotonic() + SETUP_SECONDS
    while ws.connected and time.monotonic() < until:
        ws.receive(timeout=until - time.monotonic())

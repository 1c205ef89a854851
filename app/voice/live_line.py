"""A conversation's dealings with the hub, each on a connection borrowed for a moment."""

import logging

from app.calls import do_not_call
from app.calls.conversation import extend_hold
from app.calls.hanging_up import ask_hangup
from app.config import Settings, mode_of
from app.db import db
from app.models.call import Call
from app.voice.metrics import TURN_SECONDS

log = logging.getLogger(__name__)

LONGEST_GOODBYE_SECONDS = 30


class LiveLine:
    """`app.voice.conversation.Line` for one call."""

    def __init__(self, call: Call, settings: Settings, speed: float) -> None:
        self._call = call
        self._settings = settings
        self._speed = speed

    def extend_hold(self, seconds: int) -> bool:
        with db.connection_context():
            return extend_hold(self._call.id, seconds, self._settings)

    def do_not_call(self) -> None:
        with db.connection_context():
            do_not_call.add(self._call.account_id, mode_of(self._call.mode), self._call.to_number, "callee")

    def ending(self, reason: str) -> None:
        """Remember why, and have the carrier hang up should the goodbye not lead to it."""
        with db.connection_context():
            ask_hangup(self._call.id, reason, after_seconds=LONGEST_GOODBYE_SECONDS / self._speed)

    def turn_begun(self, seconds: float) -> None:
        TURN_SECONDS.observe(seconds)

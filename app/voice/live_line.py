"""A conversation's dealings with the hub, each on a connection borrowed for a moment."""

import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from peewee import DatabaseError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from app.calls import do_not_call
from app.calls.conversation import extend_hold
from app.calls.hanging_up import ask_hangup
from app.config import Settings, mode_of
from app.db import db
from app.models.call import Call
from app.voice.metrics import TURN_SECONDS
from app.voice.turns import Duty, TurnWriter

log = logging.getLogger(__name__)

HANGUP_GRACE_SECONDS: Final = 10
RETRY_SECONDS: Final = 1.0

Result = TypeVar("Result")


class LiveLine:
    """`app.voice.means.Line` for one call."""

    def __init__(self, call: Call, settings: Settings, speed: float, writer: TurnWriter) -> None:
        self._call = call
        self._writer = writer
        self._settings = settings
        self._speed = speed

    def extend_hold(self, seconds: int) -> bool:
        return self._done(lambda: extend_hold(self._call.id, seconds, self._settings), otherwise=True)

    def do_not_call(self) -> None:
        """Keep the callee's wish: it is written however long the database is away."""
        call, mode = self._call, mode_of(self._call.mode)
        wish = Duty(call.id, lambda: do_not_call.add(call.account_id, mode, call.to_number, "callee"))
        self._writer.see_to(wish)

    def ending(self, reason: str, within: float) -> None:
        """Remember why, and have the carrier hang up should the goodbye not lead to it `within` so many seconds."""
        latest = within + HANGUP_GRACE_SECONDS / self._speed
        self._done(lambda: ask_hangup(self._call.id, reason, after_seconds=latest), otherwise=False)

    def _done(self, work: Callable[[], Result], *, otherwise: Result) -> Result:
        """`work`, tried twice. A database that is away must not end a conversation."""
        for wait in (RETRY_SECONDS, 0.0):
            try:
                with db.connection_context():
                    return work()
            except (DatabaseError, InterfaceError, MaxConnectionsExceeded):
                log.exception("call %s: the database did not hear its conversation", self._call.id)
                time.sleep(wait)
        return otherwise

    def turn_begun(self, seconds: float) -> None:
        TURN_SECONDS.observe(seconds)

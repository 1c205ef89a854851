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

log = logging.getLogger(__name__)

LONGEST_GOODBYE_SECONDS: Final = 30
RETRY_SECONDS: Final = 1.0

Result = TypeVar("Result")


class LiveLine:
    """`app.voice.conversation.Line` for one call."""

    def __init__(self, call: Call, settings: Settings, speed: float) -> None:
        self._call = call
        self._settings = settings
        self._speed = speed

    def extend_hold(self, seconds: int) -> bool:
        return self._done(lambda: extend_hold(self._call.id, seconds, self._settings), otherwise=True)

    def do_not_call(self) -> None:
        account, mode = self._call.account_id, mode_of(self._call.mode)
        self._done(lambda: do_not_call.add(account, mode, self._call.to_number, "callee"), otherwise=None)

    def ending(self, reason: str) -> None:
        """Remember why, and have the carrier hang up should the goodbye not lead to it."""
        grace = LONGEST_GOODBYE_SECONDS / self._speed
        self._done(lambda: ask_hangup(self._call.id, reason, after_seconds=grace), otherwise=False)

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

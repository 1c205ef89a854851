"""The webhooks lane: claims deliveries that are due and puts them on the wire; the recorder does the rest."""

import logging
import time
from collections.abc import Callable
from typing import Final

from peewee import DatabaseError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from app.config import ConfigurationError, Settings
from app.db import db
from app.queue import Broken
from app.vault import Vault
from app.webhooks import claiming
from app.webhooks.composing import Composer
from app.webhooks.guard import reach
from app.webhooks.outcome import failed
from app.webhooks.recorder import Recorder
from app.webhooks.recording import Attempted
from app.webhooks.resolving import Resolver
from app.webhooks.wire import Posting, Wire

log = logging.getLogger(__name__)

BATCH: Final = 500
LEASE_MARGIN_SECONDS: Final = 20
IDLE_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 0.5
EMPTY_SECONDS: Final = 0.1
EMPTY_SHARE: Final = 10  # an empty lane is asked again after so many times what asking took
LANES: Final[tuple[claiming.Lane, ...]] = (
    claiming.SAMPLES,
    claiming.FIRST_TRIES,
    claiming.RETRIES,
    claiming.REPLAYS,
)
STOP_SECONDS: Final = 15.0


class Sender:
    """Works the lane over one wire. `freed` is called, from another thread, when slots have come free."""

    def __init__(
        self,
        settings: Settings,
        vault: Vault,
        *,
        resolver: Resolver | None = None,
        freed: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._composer = Composer(vault)
        self._lease = settings.webhook_timeout_seconds + LEASE_MARGIN_SECONDS
        self._empty_until = dict.fromkeys(LANES, 0.0)
        self._wire: Wire[claiming.Claimed] = Wire(
            reach(settings),
            resolver or Resolver(),
            slots=settings.webhook_connections,
            timeout_seconds=settings.webhook_timeout_seconds,
        )
        self._recorder = Recorder(self._wire, settings, freed)
        self._wire.finished = self._recorder.look

    def step(self) -> float:
        """Send what is due; the seconds after which to look again at the latest.

        Raises Broken when a thread of its own has died.
        """
        if not (self._wire.alive and self._recorder.alive):
            raise Broken("the sender's wire or recorder has died")
        try:
            with db.connection_context():
                passed_over = self._send()
                return min(claiming.seconds_barred(), EMPTY_SECONDS if passed_over else IDLE_SECONDS)
        except (DatabaseError, InterfaceError, MaxConnectionsExceeded) as error:
            log.warning("the sender waits for the database: %s", error)
            return RETRY_SECONDS

    def close(self) -> None:
        """Wait for what is on the wire, and have it recorded."""
        self._recorder.close(STOP_SECONDS)
        self._wire.close()

    def _send(self) -> bool:
        """First tries go before retries, retries before replays. Whether a lane was passed over, as it was empty just
        now: whoever rang may have meant that one.
        """
        passed_over = False
        for lane in LANES:
            room = min(self._wire.room - self._recorder.waiting, BATCH)
            if time.monotonic() < self._empty_until[lane]:
                passed_over = True
            elif room > 0:
                claimed = self._claimed(lane, room)
                self._wire.send([posting for delivery in claimed if (posting := self._composed(delivery))])
                if claimed:
                    self._recorder.look()
        return passed_over

    def _claimed(self, lane: claiming.Lane, room: int) -> list[claiming.Claimed]:
        """What is due in a lane. One that is empty is not asked at every step, but for the first tries."""
        began = time.monotonic()
        claimed = claiming.claim(lane, room, self._settings, lease_seconds=self._lease)
        if not claimed and lane != claiming.FIRST_TRIES:
            took = time.monotonic() - began
            self._empty_until[lane] = time.monotonic() + max(EMPTY_SECONDS, EMPTY_SHARE * took)
        return claimed

    def _composed(self, delivery: claiming.Claimed) -> Posting[claiming.Claimed] | None:
        """The request of an attempt; None, and the attempt has failed on our side, when it cannot be signed."""
        try:
            return self._composer.posting(delivery)
        except (ConfigurationError, ValueError) as error:
            log.error("delivery %s cannot be sent: %s", delivery.id, error)
            outcome = failed("internal", "it cannot be signed on our side", ours=True)
            self._recorder.put([Attempted(delivery, outcome)])
            return None

"""The webhooks lane: claims deliveries that are due and puts them on the wire; the recorder does the rest."""

import logging
import time
from collections.abc import Callable
from typing import Final

from peewee import DatabaseError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from app.config import ConfigurationError, Settings
from app.db import db
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
        self._empty_until = [0.0, 0.0, 0.0]
        self._wire: Wire[claiming.Claimed] = Wire(
            reach(settings),
            resolver or Resolver(),
            slots=settings.webhook_connections,
            timeout_seconds=settings.webhook_timeout_seconds,
        )
        self._recorder = Recorder(self._wire, settings, freed)
        self._wire.finished = self._recorder.look

    def step(self) -> float:
        """Send what is due; the seconds after which to look again at the latest."""
        try:
            with db.connection_context():
                self._send()
                return min(claiming.seconds_barred(), IDLE_SECONDS)
        except (DatabaseError, InterfaceError, MaxConnectionsExceeded) as error:
            log.warning("the sender waits for the database: %s", error)
            return RETRY_SECONDS

    def close(self) -> None:
        """Wait for what is on the wire, and have it recorded."""
        self._recorder.close(STOP_SECONDS)
        self._wire.close()

    def _send(self) -> None:
        """First tries go before retries, retries before replays. An empty lane but the first is not asked each time."""
        for lane in (claiming.FIRST_TRIES, claiming.RETRIES, claiming.REPLAYS):
            room = min(self._wire.room - self._recorder.waiting, BATCH)
            if room > 0 and time.monotonic() >= self._empty_until[lane]:
                claimed = claiming.claim(lane, room, self._settings, lease_seconds=self._lease)
                if not claimed and lane != claiming.FIRST_TRIES:
                    self._empty_until[lane] = time.monotonic() + EMPTY_SECONDS
                self._wire.send([posting for delivery in claimed if (posting := self._composed(delivery))])
                if claimed:
                    self._recorder.look()

    def _composed(self, delivery: claiming.Claimed) -> Posting[claiming.Claimed] | None:
        """The request of an attempt; None, and the attempt has failed on our side, when its secret cannot be opened."""
        try:
            return self._composer.posting(delivery)
        except ConfigurationError as error:
            log.error("delivery %s cannot be sent: %s", delivery.id, error)
            outcome = failed("internal", "its secret cannot be opened", ours=True)
            self._recorder.put([Attempted(delivery, outcome)])
            return None

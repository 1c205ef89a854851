"""Who calls: the X-API-Key header, looked up by its SHA-256."""

import threading
import time
from collections.abc import Callable
from typing import Final

from flask import g, request

from app.accounts.access import Identity, identify
from app.accounts.connectors import speaking
from app.accounts.keys import LONGEST, digest
from app.api.context import context
from app.api.rate_limit import RateLimit
from app.config import Settings
from app.errors import LimitReached, Unauthenticated

REMEMBERED_SECONDS: Final = 1.0
MOST_REMEMBERED: Final = 10_000


class Gate:
    """Lets a request with a valid key pass, as often as its rate allows, and notes its use and by what."""

    def __init__(self, settings: Settings) -> None:
        self._identities = Identities()
        self._rate = RateLimit(settings.requests_per_second / max(settings.api_processes, 1))

    def open(self) -> None:
        """Put the caller's identity on `g`. Raises Unauthenticated and LimitReached."""
        text = request.headers.get("X-API-Key", "")
        if not text:
            raise Unauthenticated("No API key was given. Pass yours in the X-API-Key header.")
        identity = self._identities.of(text) if len(text) <= LONGEST else None
        if identity is None:
            raise Unauthenticated("This API key is not valid. Create one under Integrations.")
        g.caller = identity
        wait = self._rate.take(identity.key_id)
        if wait:
            raise LimitReached("Too many requests with this API key. Wait a moment.", retry_after=wait)
        agent, client = request.headers.get("User-Agent", ""), request.headers.get("X-Mio-Client", "")
        context().usage.note(identity, speaking(agent, client))


class Identities:
    """Whose key it is, remembered for a second: a busy key costs no query, a revoked one is refused in a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[bytes, tuple[Identity, float]] = {}
        self._lock = threading.Lock()

    def of(self, text: str) -> Identity | None:
        """None for a key that is unknown or revoked."""
        name = digest(text)
        remembered = self._known.get(name)
        if remembered is not None and self._clock() < remembered[1]:
            return remembered[0]
        identity = identify(text)
        with self._lock:
            if identity is None:
                self._known.pop(name, None)
                return None
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[name] = (identity, self._clock() + REMEMBERED_SECONDS)
        return identity

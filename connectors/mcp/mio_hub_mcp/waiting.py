"""Waiting until a call has ended, by long polls, for as long as a tool may take."""

import logging
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import anyio

from mio_hub_mcp.hub import Fields, Hub
from mio_hub_mcp.refusal import Refusal

log = logging.getLogger(__name__)

LONG_POLL_SECONDS: Final = 25
# A hub with too many long polls answers each at once: it is asked again no sooner than this.
PACE_SECONDS: Final = 1.0

# Told (seconds waited, seconds in all, a sentence) now and then.
Tell = Callable[[float, float, str], Awaitable[None]]


@dataclass(slots=True)
class Places:
    """How many tools may wait at once, in all and with one key."""

    most: int
    most_for_each_key: int
    _taken: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def one(self, key: str) -> Iterator[None]:
        """Hold a place while the block lasts. Raises Refusal, before anything was done, when there is none."""
        if self._taken.total() >= self.most or self._taken[key] >= self.most_for_each_key:
            message = "Too many tools of this server wait for calls at this moment."
            advice = "Nothing was done. Try again when one of them has ended, or use a tool that does not wait."
            raise Refusal(message, "too_many_waits", retryable=True, advice=advice)
        self._taken[key] += 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            self._taken += Counter()  # forgets keys that hold nothing


async def until_ended(hub: Hub, key: str, call: Fields, seconds: float, tell: Tell) -> Fields:
    """The call once it has ended, with `timedOut` beside it; after so many seconds, the call as it is then.

    Raises Refusal when the hub is out of reach at the end, or refuses; the call goes on all the same.
    """
    began = anyio.current_time()
    trouble: Refusal | None = None
    try:
        while call["endedAt"] is None and (waited := anyio.current_time() - began) < seconds:
            await tell(waited, seconds, _told(call, trouble))
            call, trouble = await _look(hub, key, call, seconds - waited)
    except anyio.get_cancelled_exc_class():
        log.info("the client no longer waits; call %s goes on", call["id"])
        raise
    if trouble:
        raise trouble
    return call | {"timedOut": call["endedAt"] is None}


async def _look(hub: Hub, key: str, call: Fields, left: float) -> tuple[Fields, Refusal | None]:
    """The call as it is after one long poll, or as it was, with why there is no news."""
    asked = anyio.current_time()
    wait = min(LONG_POLL_SECONDS, max(1, math.ceil(left)))
    try:
        found, trouble = await hub.get(key, f"/calls/{call['id']}", wait=wait), None
    except Refusal as refusal:
        trouble = refusal.while_waiting_for(call["id"])
        if not refusal.retryable:
            raise trouble from refusal
        found = call
    if found["endedAt"] is None:
        pace = max(PACE_SECONDS, (trouble and trouble.retry_after) or 0)
        await anyio.sleep(min(left, max(0.0, asked + pace - anyio.current_time())))
    return found, trouble


def _told(call: Fields, trouble: Refusal | None) -> str:
    if trouble:
        return f"Call {call['id']} goes on. {trouble.message} Asking again."
    return f"Call {call['id']} is {call['status']}."

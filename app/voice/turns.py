"""The ordered writer of what is said: one thread, small batches, no database work on a call's own threads."""

import logging
import queue
import threading
import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from peewee import DatabaseError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from app.db import db, execute

log = logging.getLogger(__name__)

BATCH: Final = 200
MAX_WAITING: Final = 10_000
RETRY_SECONDS: Final = 0.5

_WRITE = """
INSERT INTO turn (call_id, position, role, text)
SELECT said.* FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::text[]) AS said (call_id, position, role, text)
JOIN call ON call.id = said.call_id
ON CONFLICT (call_id, position) DO UPDATE SET text = excluded.text
"""
_FORGET = """
DELETE FROM turn USING unnest(%s::uuid[], %s::int[]) AS unsaid (call_id, position)
WHERE turn.call_id = unsaid.call_id AND turn.position = unsaid.position
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A turn as it is known now; `text` None takes it back: it was never heard."""

    call_id: UUID
    position: int
    role: str
    text: str | None


class TurnWriter:
    """Writes turns in the order in which they were put. While the database is away they wait, up to a bound."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Written | threading.Event] = queue.Queue(MAX_WAITING)
        threading.Thread(target=self._run, name="turns", daemon=True).start()

    def put(self, turn: Written) -> None:
        self._waiting.put(turn)

    def flush(self, timeout: float) -> bool:
        """Wait until all that was put before is written; False if that took longer than `timeout` seconds."""
        marker = threading.Event()
        self._waiting.put(marker)
        return marker.wait(timeout)

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            turns = {(t.call_id, t.position): t for t in batch if isinstance(t, Written)}  # the newest word counts
            while turns and not self._written(list(turns.values())):
                time.sleep(RETRY_SECONDS)
            for marker in batch:
                if isinstance(marker, threading.Event):
                    marker.set()

    def _next_batch(self) -> list[Written | threading.Event]:
        batch = [self._waiting.get()]
        while len(batch) < BATCH:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _written(self, turns: list[Written]) -> bool:
        said = [turn for turn in turns if turn.text is not None]
        unsaid = [turn for turn in turns if turn.text is None]
        try:
            with db.connection_context(), db.atomic():
                if said:
                    columns = zip(*((t.call_id, t.position, t.role, t.text) for t in said), strict=True)
                    execute(_WRITE, [list(column) for column in columns])
                if unsaid:
                    execute(_FORGET, [[t.call_id for t in unsaid], [t.position for t in unsaid]])
        except (DatabaseError, InterfaceError, MaxConnectionsExceeded) as error:
            log.warning("turns wait for the database: %s", type(error).__name__)
            return False
        return True

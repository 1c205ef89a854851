"""The ordered writer of what is said: one thread, small batches, no database work on a call's own threads."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from peewee import DatabaseError, DataError, IntegrityError, InterfaceError
from playhouse.pool import MaxConnectionsExceeded

from app.calls.conversation import close_relay
from app.changes import announce
from app.db import Row, db, rows

log = logging.getLogger(__name__)

BATCH: Final = 200
MAX_WAITING: Final = 10_000  # at 100 live calls, the turns of some five minutes without a database
RETRY_SECONDS: Final = 0.5

_WRITE = """
WITH written AS (
    INSERT INTO turn (call_id, position, role, text, interrupted)
    SELECT said.* FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::text[], %s::boolean[])
        AS said (call_id, position, role, text, interrupted)
    JOIN call ON call.id = said.call_id
    ON CONFLICT (call_id, position) DO UPDATE
        SET text = excluded.text, interrupted = turn.interrupted OR excluded.interrupted
    RETURNING call_id
)
SELECT DISTINCT call.id, call.account_id FROM written JOIN call ON call.id = written.call_id
"""
_FORGET = """
DELETE FROM turn USING unnest(%s::uuid[], %s::int[]) AS unsaid (call_id, position), call
WHERE turn.call_id = unsaid.call_id AND turn.position = unsaid.position AND call.id = turn.call_id
RETURNING call.id, call.account_id
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A turn as it is known now; `text` None takes it back: it was never heard. Once `interrupted` it stays so."""

    call_id: UUID
    position: int
    role: str
    text: str | None
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """No turn of this call follows: it may be summed up once those before are stored; `handed_over` is set then."""

    call_id: UUID
    handed_over: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Duty:
    """What must be written however long the database is away: a wish of the callee's."""

    call_id: UUID
    work: Callable[[], object]


class TurnWriter:
    """Writes turns in the order in which they were put, and hands a call over once all of its turns are stored.

    While the database is away they wait, up to `room` of them. A turn that the database refuses is dropped alone.
    """

    def __init__(self, room: int = MAX_WAITING) -> None:
        self._waiting: queue.Queue[Written | Duty | Closed] = queue.Queue(room)
        threading.Thread(target=self._run, name="turns", daemon=True).start()

    def put(self, turn: Written) -> None:
        """Have a turn written soon. Never waits, as its conversation is held meanwhile: without room it is dropped."""
        try:
            self._waiting.put_nowait(turn)
        except queue.Full:
            log.error("call %s: turn %s is lost, too many wait for the database", turn.call_id, turn.position)

    def see_to(self, duty: Duty) -> None:
        """Have a duty done before the call is handed over. Waits for room: it must not be lost."""
        self._waiting.put(duty)

    def close(self, call_id: UUID, timeout: float) -> bool:
        """Hand a call over to be summed up, after all that was put before.

        False if that took longer than `timeout` seconds: then it is handed over when its turns are stored at last.
        """
        until = time.monotonic() + timeout
        closed = Closed(call_id)
        try:
            self._waiting.put(closed, timeout=timeout)
        except queue.Full:
            return False
        return closed.handed_over.wait(max(until - time.monotonic(), 0))

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            turns = {(t.call_id, t.position): t for t in batch if isinstance(t, Written)}  # the newest word counts
            if turns:
                _store(list(turns.values()))
            for item in batch:
                if isinstance(item, Duty) and not _done(item.work):
                    log.error("call %s: what its callee asked for could not be written", item.call_id)
                elif isinstance(item, Closed):
                    _hand_over(item)

    def _next_batch(self) -> list[Written | Duty | Closed]:
        batch = [self._waiting.get()]
        while len(batch) < BATCH:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch


def _store(turns: Sequence[Written]) -> None:
    """Write these turns; when one is refused, each by itself, so that only that one is lost."""
    if _done(lambda: _write(turns)):
        return
    if len(turns) == 1:
        log.error("call %s: turn %s is lost, it cannot be stored", turns[0].call_id, turns[0].position)
    else:
        for turn in turns:
            _store([turn])


def _hand_over(closed: Closed) -> None:
    if not _done(lambda: close_relay(closed.call_id)):
        log.error("call %s is not handed over", closed.call_id)
    closed.handed_over.set()


def _done(work: Callable[[], object]) -> bool:
    """Do `work` on a connection, waiting for a database that is away; False when it cannot be done.

    No failure of one call's may stop the turns of all others: there is only this thread to write them.
    """
    while True:
        try:
            with db.connection_context(), db.atomic():
                work()
            return True
        except (DataError, IntegrityError, UnicodeError) as error:  # its message may hold what was said
            log.warning("the database refuses a turn: %s", type(error).__name__)
            return False
        except (DatabaseError, InterfaceError, MaxConnectionsExceeded) as error:
            log.warning("turns wait for the database: %s", type(error).__name__)
            time.sleep(RETRY_SECONDS)
        except Exception:
            log.exception("turns could not be written, for a bug of ours")
            return False


def _write(turns: Sequence[Written]) -> None:
    said = [turn for turn in turns if turn.text is not None]
    unsaid = [turn for turn in turns if turn.text is None]
    if said:
        columns = zip(*((t.call_id, t.position, t.role, t.text, t.interrupted) for t in said), strict=True)
        _announce(rows(_WRITE, [list(column) for column in columns]))
    if unsaid:
        _announce(rows(_FORGET, [[t.call_id for t in unsaid], [t.position for t in unsaid]]))


def _announce(calls: Sequence[Row]) -> None:
    for call in calls:
        announce(call["account_id"], f"call:{call['id']}")

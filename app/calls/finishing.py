"""The finish lane: sums up ended calls, then settles them."""

import logging
from collections.abc import Mapping
from typing import Final
from uuid import uuid4

from app.calls.ending import summary_without_talk
from app.calls.ports import ModelFailed, Spoken, Summarizer
from app.calls.reading import turns_of
from app.calls.settling import settle
from app.config import Mode, Settings, mode_of
from app.crew import Crew
from app.db import db, execute, rows
from app.models.call import Call

log = logging.getLogger(__name__)

THREADS: Final = 16
TRIES: Final = 4
NO_SUMMARY: Final = "No summary could be made of this call; the transcript is complete."

# A relay that is still open when its grace is over was lost with its voice process: then it was not the callee who
# hung up, as it looked.
_LOST = "relay_opened_at IS NOT NULL AND relay_closed_at IS NULL AND end_reason = 'callee_hangup'"
_CLAIM = f"""
UPDATE call SET finish_token = %s, finish_tries = finish_tries + 1,
    finish_lease_until = now() + %s * interval '1 second',
    outcome = CASE WHEN {_LOST} THEN 'failed' ELSE outcome END,
    end_reason = CASE WHEN {_LOST} THEN 'relay_failed' ELSE end_reason END
WHERE id IN (
    SELECT id FROM call WHERE finish_due_at <= now() AND (finish_lease_until IS NULL OR finish_lease_until < now())
    ORDER BY finish_due_at LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING *
"""


class Finisher:
    """Works the lane with a bounded pool of threads; `summarizers` holds the model of each mode that has one."""

    def __init__(self, summarizers: Mapping[Mode, Summarizer], settings: Settings) -> None:
        self._summarizers = summarizers
        self._settings = settings
        self._crew = Crew("finish", THREADS)

    def step(self) -> float:
        """Start what is due; the seconds after which to look again at the latest."""
        room = self._crew.room
        if room <= 0:
            return 0.05
        with db.connection_context():
            claimed = [Call(**values) for values in rows(_CLAIM, (uuid4(), self._settings.lease_seconds, room))]
        for call in claimed:
            self._crew.start(self._finish, call)
        return 0.0 if len(claimed) == room else 1.0

    def close(self) -> None:
        """Wait for what is under way."""
        self._crew.close()

    def _finish(self, call: Call) -> None:
        try:
            with db.connection_context():
                turns = turns_of([call.id])[call.id]
            summary = self._summary(call, [Spoken(turn.role, turn.text) for turn in turns])
            with db.connection_context():
                settle(call, summary, self._settings, token=call.finish_token)
        except ModelFailed as failure:
            self._try_later(call, failure)

    def _summary(self, call: Call, spoken: list[Spoken]) -> str:
        """What came of the call. Its row counts the tries: whatever goes wrong, no model is asked for ever."""
        said_by = {turn.role for turn in spoken}
        if "human" not in said_by or call.end_reason == "voicemail":
            return summary_without_talk(call, greeted="agent" in said_by)
        summarizer = self._summarizers.get(mode_of(call.mode))
        if summarizer is None or call.finish_tries > TRIES:
            return NO_SUMMARY
        try:
            return summarizer.summarize(call.instructions, call.name, spoken)
        except ModelFailed:
            if call.finish_tries < TRIES:
                raise
            return NO_SUMMARY

    def _try_later(self, call: Call, failure: ModelFailed) -> None:
        log.warning("call %s not summed up yet: %s", call.id, failure)
        with db.connection_context():
            execute(
                "UPDATE call SET finish_token = NULL, finish_lease_until = NULL,"
                " finish_due_at = now() + %s * interval '1 second' WHERE id = %s AND finish_token = %s",
                (2**call.finish_tries, call.id, call.finish_token),
            )

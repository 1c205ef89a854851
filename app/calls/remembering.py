"""Keep the words that an ended call is found by."""

from collections.abc import Sequence

from app.calls.words import lexemes
from app.config import mode_of
from app.db import execute
from app.models.call import Call, Turn


def remember_words(call: Call, turns: Sequence[Turn]) -> None:
    """Those of its name, its instructions and its summary, and what was said. They go with the call."""
    texts = [call.name, call.instructions, call.summary, *(turn.text for turn in turns)]
    execute(
        "INSERT INTO call_words (call_id, words) VALUES (%s, array_to_tsvector(%s::text[])) ON CONFLICT DO NOTHING",
        (call.id, lexemes(call.account_id, mode_of(call.mode), texts)),
    )

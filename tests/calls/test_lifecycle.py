import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calls.lifecycle import (
    ACTIVE,
    END_REASONS,
    ENDED,
    FOLLOWS,
    STATUSES,
    may_follow,
    move,
    outcome_of,
    predecessors,
)
from app.config import Settings
from app.db import rows
from tests.making import a_call, an_account, fresh


def test_nothing_follows_the_end() -> None:
    assert all(not FOLLOWS[status] for status in ENDED)


def test_every_state_can_be_reached_and_every_open_one_can_end() -> None:
    assert all(predecessors(status) for status in STATUSES if status != "scheduled")
    assert all(FOLLOWS[status] & ENDED for status in STATUSES if status not in ENDED)


@pytest.mark.parametrize(
    ("before", "after"),
    [("in-progress", "ringing"), ("ringing", "initiated"), ("completed", "failed"), ("scheduled", "ringing")],
)
def test_a_call_never_goes_back(before: str, after: str) -> None:
    assert not may_follow(before, after)


@given(
    st.sampled_from(STATUSES),
    st.booleans(),
    st.none() | st.sampled_from(["agent_hangup", "voicemail", "canceled", "silence", "relay_failed"]),
)
def test_an_outcome_is_final_has_a_reason_and_may_follow(status: str, answered: bool, asked: str | None) -> None:
    outcome, reason = outcome_of(status, answered=answered, hangup_reason=asked)
    assert outcome in ENDED
    assert reason in END_REASONS
    assert may_follow("in-progress" if answered else "ringing", outcome)


@pytest.mark.parametrize(
    ("status", "answered", "asked", "expected"),
    [
        ("completed", True, None, ("completed", "callee_hangup")),
        ("completed", True, "agent_hangup", ("completed", "agent_hangup")),
        ("completed", True, "canceled", ("canceled", "canceled")),
        ("completed", True, "relay_failed", ("failed", "relay_failed")),
        ("completed", False, None, ("no-answer", "no_answer")),
        ("no-answer", False, None, ("no-answer", "no_answer")),
        ("no-answer", True, None, ("no-answer", "no_answer")),
        ("busy", False, None, ("busy", "busy")),
        ("busy", True, "silence", ("busy", "busy")),
        ("canceled", True, None, ("canceled", "canceled")),
        ("failed", False, None, ("failed", "carrier_rejected")),
        ("canceled", False, "canceled", ("canceled", "canceled")),
    ],
)
def test_the_carriers_last_word_and_our_wish_make_the_outcome(
    status: str, answered: bool, asked: str | None, expected: tuple[str, str]
) -> None:
    assert outcome_of(status, answered=answered, hangup_reason=asked) == expected


@pytest.mark.usefixtures("database")
def test_a_move_is_made_once_and_recorded(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    assert move(call.id, "ringing", "carrier") is not None
    assert move(call.id, "ringing", "carrier") is None
    recorded = rows("SELECT status FROM call_event WHERE call_id = %s ORDER BY id", (call.id,))
    assert [row["status"] for row in recorded] == ["initiated", "ringing"]


@pytest.mark.usefixtures("database")
def test_a_move_that_may_not_follow_changes_nothing(settings: Settings) -> None:
    call = a_call(an_account(), settings)
    move(call.id, "in-progress", "answered")
    assert move(call.id, "ringing", "late") is None
    assert fresh(call).status == "in-progress"


@given(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=8))
def test_any_walk_along_the_table_ends_at_most_once(walk: list[str]) -> None:
    taken = [walk[0]]
    for status in walk[1:]:
        if may_follow(taken[-1], status):
            taken.append(status)
    assert sum(status in ENDED for status in taken) <= 1
    assert all(may_follow(a, b) for a, b in pairwise(taken))
    assert not (ACTIVE & ENDED)


def test_the_schema_names_every_end_reason() -> None:
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "call.json").read_text())
    assert schema["properties"]["endReason"]["enum"] == [*END_REASONS, None]

"""How calls end in the words of CRMs: a table, and the schema that has the names."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.calls.lifecycle import STATUSES
from app.calls.ports import Spoken
from app.crm.ending import ending_fields, ending_of, has_ended
from app.models.call import Call
from app.models.crm import CrmEnrolment

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parents[2] / "schemas/crm.ending.json").read_text()))
TALK = [Spoken("agent", "Hello?"), Spoken("human", "Yes?")]
ALONE = TALK[:1]


def call(status: str, **fields: Any) -> Call:
    plain = {"id": uuid4(), "mode": "live", "summary": "Said.", "duration": 95, "cost": 112, "end_reason": "busy"}
    return Call(**plain | {"status": status} | fields)


def enrolled(**fields: Any) -> CrmEnrolment:
    return CrmEnrolment(**{"id": uuid4(), "mode": "live", "questions": [], "answers": None, "refusal": None} | fields)


@pytest.mark.parametrize(
    ("status", "answered_by", "turns", "outcome"),
    [
        ("completed", "human", TALK, "reached"),
        ("completed", "unknown", TALK, "reached"),
        ("completed", "human", ALONE, "no_answer"),
        ("completed", "unknown", [], "no_answer"),
        ("completed", "voicemail", TALK, "voicemail"),
        ("completed", "voicemail", [], "voicemail"),
        ("no-answer", "unknown", [], "no_answer"),
        ("busy", "unknown", [], "busy"),
        ("failed", "unknown", [], "failed"),
        ("failed", "human", TALK, "failed"),
        ("canceled", "unknown", [], "canceled"),
        ("scheduled", "unknown", [], "timed_out"),
        ("initiated", "unknown", [], "timed_out"),
        ("ringing", "unknown", [], "timed_out"),
        ("in-progress", "human", TALK, "timed_out"),
    ],
)
def test_every_end_has_an_outcome(status: str, answered_by: str, turns: list[Spoken], outcome: str) -> None:
    ending = ending_of(None, call(status, answered_by=answered_by), turns)
    assert ending.outcome == outcome
    assert ending.status == (status if outcome != "timed_out" else "timed_out")


def test_a_call_under_way_tells_nothing_that_may_change() -> None:
    ending = ending_of(enrolled(questions=["When?"]), call("in-progress", summary=None), TALK)
    assert (ending.duration, ending.cost, ending.end_reason, ending.answers) == (0, 0, "", ("",))
    assert "not ended" in ending.summary


def test_a_refusal_is_told_with_its_reason_and_no_call() -> None:
    refusal = {"error": "There is no phone number.", "code": "number_missing"}
    ending = ending_of(enrolled(refusal=refusal, mode="test", questions=["When?", "Who?"]), None, [])
    assert (ending.call_id, ending.status, ending.outcome, ending.test) == (None, "refused", "refused", True)
    assert (ending.refusal, ending.refusal_code) == (refusal["error"], "number_missing")
    assert refusal["error"] in ending.summary
    assert ending.answers == ("", "")


def test_without_a_call_and_a_refusal_nothing_has_ended() -> None:
    with pytest.raises(ValueError, match="nothing has ended"):
        ending_of(enrolled(), None, [])


texts = st.text(max_size=20)
reasons = st.none() | st.fixed_dictionaries({"error": texts, "code": texts})


@given(
    st.sampled_from(STATUSES),
    st.sampled_from(["human", "voicemail", "unknown"]),
    st.lists(texts, max_size=3),
    st.booleans(),
    reasons,
)
def test_whatever_ends_is_told_as_the_schema_says(
    status: str, answered_by: str, questions: list[str], known: bool, refusal: dict[str, str] | None
) -> None:
    answers = [text.upper() for text in questions] if known else None
    enrolment = enrolled(questions=questions, answers=answers, refusal=refusal)
    ended = None if refusal else call(status, answered_by=answered_by, summary=None)
    fields = ending_fields(ending_of(enrolment, ended, TALK))
    SCHEMA.validate(fields)
    assert (fields["callId"] == "") == (refusal is not None)
    if ended is not None and has_ended(ended) and known:
        assert [fields[f"answer{number}"] for number in (1, 2, 3)] == [*answers, "", "", ""][:3]  # type: ignore[misc]


def test_the_names_are_those_of_the_schema() -> None:
    fields = ending_fields(ending_of(None, call("busy", answered_by="unknown"), []))
    assert list(fields) == SCHEMA.schema["required"]

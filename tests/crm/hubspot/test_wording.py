"""How a call reads on a timeline."""

import re
from dataclasses import replace
from html import escape, unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crm.hubspot.wording import body_of, properties_of
from tests.crm.hubspot.notes import CALL_ID, ending, note


def test_a_call_is_told_in_texts_alone() -> None:
    told = properties_of(note())
    assert all(isinstance(text, str) and text for text in told.values())
    assert told["mio_call_id"] == str(CALL_ID)
    assert told["hs_timestamp"] == "2026-03-20T18:30:00.000Z"
    assert told["hs_call_duration"] == "95000"
    assert told["hs_call_direction"] == "OUTBOUND"
    assert (told["hs_call_from_number"], told["hs_call_to_number"]) == ("+15550100100", "+15551234567")
    assert told["hs_call_title"] == "AI call to Sam Lee: reached"


@pytest.mark.parametrize(
    ("status", "outcome", "told", "disposition"),
    [
        ("completed", "reached", "COMPLETED", "f240bbac-87c9-4f6e-bf70-924b57d47db7"),
        ("completed", "voicemail", "COMPLETED", "b2cf5968-551e-4856-9783-52b3da59a7d0"),
        ("no-answer", "no_answer", "NO_ANSWER", "73a0d17f-1163-4015-bdd5-ec830791da20"),
        ("busy", "busy", "BUSY", "9d9162e7-6cf3-4944-bf63-4dff82258764"),
        ("failed", "failed", "FAILED", None),
        ("canceled", "canceled", "CANCELED", None),
    ],
)
def test_every_ending_has_hubspots_words(status: str, outcome: str, told: str, disposition: str | None) -> None:
    properties = properties_of(note(ending(status=status, outcome=outcome)))
    assert properties["hs_call_status"] == told
    assert properties.get("hs_call_disposition") == disposition


def test_the_body_has_summary_answers_instructions_and_who_said_what() -> None:
    body = body_of(note())
    parts = [
        "Sam wants a demo",
        "Answer 1:</strong> Yes.",
        "Answer 3:</strong> Kim",
        "Offer a demo.",
        "Agent:</strong> Hello.",
        "Callee:</strong> Hi.",
    ]
    assert [part for part in parts if part not in body] == []


def test_a_test_call_says_so() -> None:
    assert "no phone rang" in body_of(note(ending(test=True)))
    assert "no phone rang" not in body_of(note())


def test_a_long_conversation_is_told_as_far_as_there_is_room() -> None:
    body = body_of(note(turns=[("human", "&" * 900)] * 200))
    assert len(body) <= 65_536
    assert re.search(r"… and \d+ more turns", body)
    assert body.endswith("</p>")


@pytest.mark.parametrize("letter", ["&", '"', "\n", "é", "a"])
def test_the_longest_texts_fit(letter: str) -> None:
    long = ending(summary=letter * 70_000, answers=[letter * 9_000] * 3)
    body = body_of(replace(note(long, turns=[("human", letter * 9_000)] * 50), instructions=letter * 5_000))
    assert 60_000 < len(body) <= 65_536
    assert "</strong> " + escape(letter) in body.replace("<br>", "\n")


@given(
    st.text(max_size=20_000),
    st.lists(st.tuples(st.sampled_from(["agent", "human"]), st.text(max_size=9000)), max_size=30),
    st.lists(st.text(max_size=5000), max_size=3),
)
def test_no_text_breaks_the_page_or_the_bound(summary: str, turns: list[tuple[str, str]], answers: list[str]) -> None:
    body = body_of(note(ending(summary=summary, answers=answers), turns=turns))
    assert len(body) <= 65_536
    tags = set(re.findall(r"<[^>]*>", body))
    assert tags <= {"<p>", "</p>", "<strong>", "</strong>", "<br>"}


def test_markup_is_shown_and_not_carried_out() -> None:
    body = body_of(note(ending(summary='<img src=x onerror="alert(1)">\nA & B')))
    assert "<img" not in body
    assert '<img src=x onerror="alert(1)">' in unescape(body)


def test_a_title_is_no_longer_than_a_line_of_a_timeline() -> None:
    assert len(properties_of(replace(note(), callee="x" * 1000))["hs_call_title"]) == 250

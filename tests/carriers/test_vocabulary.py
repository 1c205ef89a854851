"""Twilio's words in ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.rest.api.v2010.account.call import CallInstance

from app.calls.lifecycle import END_REASONS, STATUSES
from app.carriers.vocabulary import REFUSALS, answered_by, call_status, failure, refusal


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", "initiated"),
        ("initiated", "initiated"),
        ("ringing", "ringing"),
        ("in-progress", "in-progress"),
        ("answered", "in-progress"),
        ("completed", "completed"),
        ("busy", "busy"),
        ("no-answer", "no-answer"),
        ("failed", "failed"),
        ("canceled", "canceled"),
        ("IN-PROGRESS", "in-progress"),
        ("teleported", "initiated"),
        ("", "initiated"),
    ],
)
def test_a_status_of_twilio_is_one_of_ours(word: str, status: str) -> None:
    assert call_status(word) == status


def test_every_status_that_the_library_knows_but_the_queue_keeps_its_name() -> None:
    known = {word for name, word in vars(CallInstance.Status).items() if name.isupper()}
    assert {call_status(word) for word in known - {"queued"}} == known - {"queued"}


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("human", "human"),
        ("machine_start", "voicemail"),
        ("machine_end_beep", "voicemail"),
        ("machine_end_silence", "voicemail"),
        ("machine_end_other", "voicemail"),
        ("fax", "voicemail"),
        ("unknown", "unknown"),
        ("parrot", "unknown"),
        ("", "unknown"),
    ],
)
def test_who_answered(word: str, verdict: str) -> None:
    assert answered_by(word) == verdict


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (21211, 400, "invalid_number"),
        (21217, 400, "invalid_number"),
        (13224, 400, "invalid_number"),
        (21215, 403, "destination_not_allowed"),
        (13227, 403, "destination_not_allowed"),
        (21216, 400, "destination_not_allowed"),
        (21210, 400, "carrier_account"),
        (20003, 401, "carrier_account"),
        (32100, 400, "carrier_account"),
        (99999, 400, "carrier_rejected"),
        (None, 400, "carrier_rejected"),
        (None, 401, "carrier_account"),
        (None, 403, "carrier_account"),
        (99999, 404, "carrier_account"),
    ],
)
def test_a_refusal_is_an_end_reason(code: int | None, status: int, reason: str) -> None:
    assert refusal(code, status) == reason


@pytest.mark.parametrize(
    ("sip_response", "reason"),
    [("404", "invalid_number"), ("604", "invalid_number"), ("486", None), ("503", None), ("", None), ("x", None)],
)
def test_the_networks_last_word_may_tell_why_a_call_failed(sip_response: str, reason: str | None) -> None:
    assert failure(sip_response) == reason


def test_every_refusal_is_in_the_closed_list_of_end_reasons() -> None:
    assert {*REFUSALS.values(), refusal(None, 400)} <= set(END_REASONS)


@given(st.text())
def test_no_word_is_too_strange(word: str) -> None:
    assert call_status(word) in STATUSES
    assert answered_by(word) in ("human", "voicemail", "unknown")

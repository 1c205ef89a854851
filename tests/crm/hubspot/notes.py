"""Endings and calls as the hub tells them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.crm.platform import CallNote, Ending

CALL_ID = UUID("d4e5f6a7-3b1c-4f2e-9a8d-7c6b5a493827")


def ending(**changed: Any) -> Ending:
    told: dict[str, Any] = {
        "call_id": CALL_ID,
        "status": "completed",
        "outcome": "reached",
        "summary": "Sam wants a demo on Thursday at 3 pm.",
        "duration": 95,
        "cost": 112,
        "answered_by": "human",
        "end_reason": "agent_hangup",
        "answers": ("Yes.", "", "Kim"),
        "test": False,
    }
    return Ending(**told | changed)


def refusal(sentence: str = "The number cannot be called.", code: str = "number_invalid") -> Ending:
    return ending(
        call_id=None,
        status="refused",
        outcome="refused",
        duration=0,
        cost=0,
        answers=(),
        refusal=sentence,
        refusal_code=code,
    )


def note(
    of: Ending | None = None, *, turns: Sequence[tuple[str, str]] = (("agent", "Hello."), ("human", "Hi."))
) -> CallNote:
    return CallNote(
        call_id=CALL_ID,
        ending=of or ending(),
        to_number="+15551234567",
        from_number="+15550100100",
        callee="Sam Lee",
        instructions="Offer a demo.",
        started_at=datetime(2026, 3, 20, 18, 30, tzinfo=UTC),
        turns=turns,
    )

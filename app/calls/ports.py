"""What a call needs of the world outside: a carrier that dials, a model that sums up, and one that answers questions.

The adapters in `app.carriers` and `app.llm` satisfy these; the composition roots pass them in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CarrierCall:
    """What the carrier says of a call. `status` is one of ours (see `lifecycle`); `duration` seconds or None."""

    sid: str
    status: str
    created_at: datetime | None
    duration: int | None
    answered: bool


class CarrierError(Exception):
    """The carrier did not place the call."""


class CarrierRefused(CarrierError):
    """It said no for good: `reason` is an `endReason` of ours (`invalid_number`, `destination_not_allowed`, …)."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class CarrierNotReached(CarrierError):
    """Certainly not placed (throttled, or no connection was made): safe to dial again after `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: float) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class CarrierInDoubt(CarrierError):
    """It may or may not have been placed (time-out, 5xx, a broken answer): never dial again.

    `reason` is the `endReason` if no trace of the call is found: `dial_unknown` or `carrier_error`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class Carrier(Protocol):
    """One carrier account. Every method may raise CarrierNotReached or CarrierInDoubt."""

    def place(self, call_id: UUID, to_number: str) -> str:
        """Dial, with callbacks that bear `call_id`; the carrier's sid. Sends one request only. Also CarrierRefused."""

    def look_up(self, sid: str) -> CarrierCall | None:
        """The call as the carrier knows it; None when it knows none."""

    def find(self, to_number: str, since: datetime) -> list[CarrierCall]:
        """Calls from our number to `to_number` created at `since` (to the second) or later."""

    def hang_up(self, sid: str) -> None:
        """End the call, before or after it is answered. A call that is over already is no error."""


HandsetAct = Literal["answer", "decline", "typing", "speech", "keys", "hang-up"]


@dataclass(frozen=True, slots=True)
class HandsetState:
    """How far a call is for who was called, and whether they hear the agent speak just now."""

    stage: Literal["rings", "talks", "over"]
    agent_speaks: bool


class HandsetRefused(Exception):
    """It could not be done, for a reason that the message tells a person."""

    def __init__(self, reason: Literal["unusable", "not_now", "too_much"], message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class HandsetAway(Exception):
    """The sandbox gave no answer that can be used."""


class Handset(Protocol):
    """The phone of a callee in the sandbox who is a person at a keyboard. Every method may raise HandsetAway."""

    def look(self, sid: str) -> HandsetState:
        """How far the call with the carrier's `sid` is. Also HandsetRefused, where nobody types in it."""

    def do(self, sid: str, act: HandsetAct, words: str = "") -> HandsetState:
        """Do what a person does at a phone; `words` are those of a speech, or keys. Also HandsetRefused."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One turn as the model sees it: `role` is `agent` or `human`."""

    role: str
    text: str


class ModelFailed(Exception):
    """The model gave no usable answer."""


class Summarizer(Protocol):
    def summarize(self, instructions: str, callee: str | None, turns: list[Spoken]) -> str:
        """What came of the call, in a few sentences. Raises ModelFailed."""


class Answerer(Protocol):
    def answer(
        self, questions: Sequence[str], instructions: str, callee: str | None, turns: Sequence[Spoken]
    ) -> list[str]:
        """What the call found out, a text for each question in their order; "" where it did not. Raises ModelFailed."""

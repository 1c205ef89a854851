"""Be the callee of a test call yourself: pick up, speak by typing, press keys, hang up."""

from dataclasses import dataclass
from uuid import UUID

from app.calls.ports import Handset, HandsetAct, HandsetAway, HandsetRefused, HandsetState
from app.calls.reading import get
from app.cast import YOU
from app.db import row
from app.errors import AppError, Conflict, InvalidRequest, LimitReached, NotFound, Unavailable
from app.models.call import Call


@dataclass(frozen=True, slots=True)
class OwnPhone:
    """The callee's phone in one call. It speaks to the sandbox: borrow no database connection meanwhile."""

    sid: str
    handset: Handset

    def look(self) -> HandsetState | None:
        """How far the call is; None when the sandbox cannot tell."""
        try:
            return self.handset.look(self.sid)
        except (HandsetRefused, HandsetAway):
            return None

    def do(self, act: HandsetAct, words: str = "") -> None:
        """Raises InvalidRequest for words that cannot be said or keys that are none, Conflict `not_now` when the call
        is not at a point for this, LimitReached and Unavailable; all blame `text`.
        """
        try:
            self.handset.do(self.sid, act, words)
        except HandsetRefused as refused:
            raise _refusal(refused) from refused
        except HandsetAway as away:
            raise Unavailable("The sandbox does not answer. Try again in a moment.", field="text") from away


def own_phone(account_id: UUID, call_id: UUID, handset: Handset | None) -> OwnPhone:
    """The callee's phone in a call of the account's. Raises NotFound for a call that somebody else answers or that is
    another account's, and Conflict `not_now` for one that has ended or does not ring yet.
    """
    call = get(account_id, "test", call_id)
    if call.to_number != YOU:
        raise NotFound("No such call.")
    phone = phone_of(call, handset)
    if phone is None:
        said = "The call has ended." if call.outcome else "The phone does not ring yet. Wait a moment."
        raise Conflict(said, code="not_now", field="text")
    return phone


def phone_of(call: Call, handset: Handset | None) -> OwnPhone | None:
    """The callee's phone in a call that the carrier has, as long as it has not ended."""
    if call.mode != "test" or call.to_number != YOU or call.outcome or not call.carrier_sid or handset is None:
        return None
    return OwnPhone(call.carrier_sid, handset)


def under_way(account_id: UUID) -> UUID | None:
    """The call of the account's that its owner answers, or could: there is one at a time."""
    found = row(
        "SELECT id FROM call WHERE account_id = %s AND mode = 'test' AND to_number = %s"
        " AND status IN ('initiated', 'ringing', 'in-progress')",
        (account_id, YOU),
    )
    return found["id"] if found else None


def _refusal(refused: HandsetRefused) -> AppError:
    if refused.reason == "unusable":
        return InvalidRequest(refused.message, field="text")
    if refused.reason == "too_much":
        return LimitReached(refused.message, retry_after=1, field="text")
    return Conflict(refused.message, code="not_now", field="text")

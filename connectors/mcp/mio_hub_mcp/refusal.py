"""Why a tool did not do what it was asked to, in words for an agent and in data for programs."""

from dataclasses import dataclass, replace
from typing import Any, Final

META: Final = "gg.mio/error"

_ADVICE: Final = {
    "no_api_key": "Ask whoever set up this server to give it an API key.",
    "unauthenticated": "The API key is not valid (any more): ask the person you work for to give this server another.",
    "insufficient_balance": "Ask the person you work for to add funds. Nobody was called.",
    "do_not_call": "Do not call this number, and do not try another way to reach this person.",
    "call_active": "Nobody was called again. Use wait_for_call with the call's id to follow the call that is active.",
    "call_over": "Nothing is left to cancel: get_call shows how it ended.",
    "idempotency_conflict": "That idempotencyKey was used for another request: choose another one for a new call.",
    "idempotency_in_progress": "Repeat this tool in a moment with the same arguments and the same idempotencyKey.",
}
_AGAIN: Final = "Nothing was done. Try again later."
_CORRECT: Final = "Nothing was done. Correct it and try again."


@dataclass(eq=False)
class Refusal(Exception):
    """`message` is a sentence, the hub's own where it gave one; `code` is stable.

    `retryable`: the same again may succeed later. `unknown`: nobody knows whether it was done; then only a repetition
    with `idempotency_key` is safe, or any where there is none. `advice` says what to do, where the code alone does
    not. `retry_after` in seconds.
    """

    message: str
    code: str
    retryable: bool = False
    unknown: bool = False
    field: str | None = None
    call_id: str | None = None
    retry_after: int | None = None
    idempotency_key: str | None = None
    advice: str | None = None

    def __str__(self) -> str:
        return self.message

    def under(self, idempotency_key: str) -> "Refusal":
        """The same, of a request that bore this key."""
        return replace(self, idempotency_key=idempotency_key)

    def while_waiting_for(self, call_id: str) -> "Refusal":
        """The same, of a look at a call that goes on."""
        advice = (
            f"The call {call_id} was started and may go on: do not start it again. "
            "Use wait_for_call with this id later."
        )
        return replace(self, call_id=call_id, advice=advice)

    def text(self) -> str:
        """For the model: what happened, and what to do."""
        about = [f"code: {self.code}"]
        about += [f"field: {self.field}"] if self.field else []
        about += [f"call: {self.call_id}"] if self.call_id else []
        about += [f"try again after {self.retry_after} s"] if self.retry_after else []
        return f"{self.message} ({'; '.join(about)})\n{self.what_to_do()}"

    def what_to_do(self) -> str:
        if self.advice:
            return self.advice
        if self.unknown and self.idempotency_key:
            return (
                "It is not known whether this was done. Repeat this tool with the same arguments and with "
                f"idempotencyKey {self.idempotency_key}: it is then done once at most. Never repeat it without it."
            )
        if self.unknown:
            return "It is not known whether this was done. Repeat it: to do it twice changes nothing more."
        return _ADVICE.get(self.code) or (_AGAIN if self.retryable else _CORRECT)

    def data(self) -> dict[str, Any]:
        """For programs, in the result's `_meta`."""
        found = {
            "message": self.message,
            "code": self.code,
            "retryable": self.retryable,
            "outcome": "unknown" if self.unknown else "refused",
            "field": self.field,
            "callId": self.call_id,
            "retryAfterSeconds": self.retry_after,
            "idempotencyKey": self.idempotency_key,
        }
        return {name: value for name, value in found.items() if value is not None}

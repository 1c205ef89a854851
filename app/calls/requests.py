"""What a client asks for."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A call to place: `call_at` is an aware time, or None for now."""

    phone_number: str
    instructions: str
    first_message: str | None = None
    call_at: datetime | None = None
    name: str | None = None

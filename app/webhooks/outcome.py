"""What came of one attempt."""

import time
from dataclasses import dataclass, field

# Every class of failure, and what it means. `None` in its place is a 2xx.
ERRORS = (
    "dns",  # the name has no address, or nobody says
    "blocked_address",  # the name leads to a private or reserved address
    "refused",  # no connection came about
    "no_route",  # we have no way to the network
    "tls",  # no trusted connection came about
    "timeout",  # not everything was there within the time
    "reset",  # the connection broke
    "protocol",  # the answer was no HTTP
    "http_1xx",
    "http_3xx",
    "http_4xx",
    "http_5xx",
    "internal",  # a fault of ours
)


@dataclass(frozen=True, slots=True)
class Phases:
    """Milliseconds from the start of the request until each was done; None for what did not come about.

    `dns` comes before the request and is the time that the look-up took; 0 for a name that was known.
    """

    dns: int | None = None
    connect: int | None = None
    tls: int | None = None
    first_byte: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is one of ERRORS, or None for a 2xx; `retry_after` in seconds where the receiver gave one.

    `ours` marks a failure on our side (no route, the resolver down): it never counts against the receiver. `ended`
    is a moment on the monotonic clock.
    """

    status_code: int | None
    error: str | None
    detail: str | None
    duration_ms: int
    phases: Phases = Phases()
    address: str | None = None
    answer: str | None = None
    retry_after: float | None = None
    ours: bool = False
    ended: float = field(default_factory=time.monotonic, compare=False)

    @property
    def delivered(self) -> bool:
        return self.error is None


def failed(error: str, detail: str, duration_ms: int = 0, *, ours: bool = False) -> Outcome:
    """An attempt that never reached the receiver."""
    return Outcome(None, error, detail, duration_ms, ours=ours)

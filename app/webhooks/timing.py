"""Where the time of an attempt went. Pure."""

from typing import NamedTuple

from app.models.webhook import Attempt


class Step(NamedTuple):
    """One part of an attempt in milliseconds: `begin` counts from the start of the first."""

    name: str
    begin: int
    took: int


def steps(attempt: Attempt) -> list[Step]:
    """The parts of an attempt that came about, one after the other.

    The columns count from the start of the request, but for the look-up of the name, which comes before it. On a
    connection that was kept from an earlier attempt nothing is connected anew.
    """
    dns = attempt.dns_ms or 0
    if attempt.error == "dns":
        return [Step("Look up the name", 0, int(attempt.duration_ms))]
    found, done = [Step("Look up the name", 0, dns)] if dns else [], 0
    parts = (("Connect", attempt.connect_ms), ("TLS", attempt.tls_ms), ("Wait for the answer", attempt.first_byte_ms))
    for name, until in parts:
        if until is not None and until > done:
            found.append(Step(name, dns + done, until - done))
            done = until
    rest = attempt.duration_ms - done
    if rest > 0:
        last = "Read the answer" if attempt.first_byte_ms else "Until it failed"
        found.append(Step(last, dns + done, rest))
    return found


def whole(attempt: Attempt) -> int:
    """Milliseconds from the look-up of the name to the end."""
    return (attempt.dns_ms or 0) + int(attempt.duration_ms)

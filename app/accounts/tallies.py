"""How often something was tried within a time. A try is counted before it is made: many at once are counted too.

What was tried, and by whom, is kept as a digest.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from app.db import execute, row
from app.errors import LimitReached

_NETWORK_BITS: Final = 64  # of an IPv6 address: what one line is given (RFC 6177)

_TAKE: Final = """
INSERT INTO tally AS t (name, count, until) VALUES (%(name)s, 1, now() + %(within)s * interval '1 second')
ON CONFLICT (name) DO UPDATE SET
    count = CASE WHEN t.until <= now() THEN 1 ELSE least(t.count, %(most)s) + 1 END,
    until = CASE WHEN t.until > now() AND t.count + 1 <> %(most)s THEN t.until
                 ELSE now() + %(within)s * interval '1 second' END
RETURNING count, ceil(extract(epoch FROM until - now()))::int AS seconds
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` tries within `within` seconds. The last of them starts the time anew, in which there are no more."""

    what: str
    most: int
    within: int


@dataclass(frozen=True, slots=True)
class Try:
    """`wait` is 0 for a try that is allowed, else the seconds until the next one is; `last`: there are no more."""

    wait: int
    last: bool


def take(limit: Limit, who: str) -> Try:
    """Count one try of `who`."""
    found = row(_TAKE, {"name": _name(limit, who), "most": limit.most, "within": limit.within})
    assert found is not None  # noqa: S101 - an upsert returns its row
    over = found["count"] > limit.most
    return Try(wait=max(int(found["seconds"]), 1) if over else 0, last=found["count"] == limit.most)


def require(limit: Limit, who: str, message: str) -> Try:
    """Count one try of `who`. Raises LimitReached with `message`, in which `{wait}` says how long to wait."""
    tried = take(limit, who)
    if tried.wait:
        raise LimitReached(message.format(wait=in_words(tried.wait)), retry_after=tried.wait)
    return tried


def give_back(limit: Limit, who: str) -> None:
    """The last try of `who` does not count."""
    execute("UPDATE tally SET count = count - 1 WHERE name = %s AND count > 0", (_name(limit, who),))


def forget(limit: Limit, who: str) -> None:
    """Begin from nothing for `who`."""
    execute("DELETE FROM tally WHERE name = %s", (_name(limit, who),))


def network(address: str) -> str:
    """What stands for one sender: an IPv4 address, or the /64 that an IPv6 address is part of."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> _NETWORK_BITS << _NETWORK_BITS))


def in_words(seconds: int) -> str:
    """`1 minute`, `15 minutes`: rounded up."""
    minutes = max(-(-seconds // 60), 1)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _name(limit: Limit, who: str) -> bytes:
    return hashlib.sha256(f"{limit.what}\0{who}".encode("utf-8", "surrogatepass")).digest()

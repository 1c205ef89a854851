"""Which URLs may be webhooks, and which addresses may be dialled. Pure."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna

from app.errors import InvalidRequest

MAX_URL: Final = 2000

# What `is_global` does not already refuse, or refuses only in newer Pythons: carrier-grade NAT, NAT64 and 6to4
# (both carry an IPv4 address inside), Teredo, discard, and benchmarking ranges (IANA special-purpose registries).
_REFUSED: Final = tuple(
    ip_network(text)
    for text in ("100.64.0.0/10", "198.18.0.0/15", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48",
                 "2002::/16", "2001::/32", "100::/64", "fec0::/10", "::/96")
)  # fmt: skip


def may_dial(address: str, *, allow_loopback: bool = False) -> bool:
    """Whether `address` (an IP literal) is one of the public internet; loopback only where that is allowed."""
    parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return allow_loopback
    if any(parsed.version == network.version and parsed in network for network in _REFUSED):
        return False
    return parsed.is_global and not parsed.is_multicast


def check_url(url: str, *, allow_http_loopback: bool) -> str:
    """`url`, if it may be a webhook. Raises InvalidRequest, blaming `url` and saying what would be right."""
    if len(url) > MAX_URL or not url.isprintable() or " " in url or "\\" in url:
        raise _refused(f"url must be a URL of at most {MAX_URL} characters, without spaces or backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("url is not a URL: its host or port cannot be read.") from None
    if port == 0:
        raise _refused("url has a port that cannot be used.")
    if parts.username is not None or parts.password is not None:
        raise _refused("url must not contain a user name or a password. Verify our signature instead.")
    if not parts.hostname:
        raise _refused("url has no host. Give a full address, like https://example.com/mio.")
    literal = _literal(parts.hostname)
    loopback = literal is not None and ip_address(literal).is_loopback
    if parts.scheme != "https" and not (parts.scheme == "http" and allow_http_loopback and loopback):
        raise _refused("url must start with https://.")
    _check_host(parts, literal, allow_http_loopback)
    return url


def _check_host(parts: SplitResult, literal: str | None, allow_loopback: bool) -> None:
    host = (parts.hostname or "").rstrip(".")
    if literal is not None:
        if not may_dial(literal, allow_loopback=allow_loopback):
            raise _refused("url points to a private or reserved address. It must be reachable from the internet.")
        return
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".home.arpa")) or "." not in host:
        raise _refused("url points to a private host. It must be reachable from the internet.")
    try:
        idna.encode(host, uts46=True)
    except idna.IDNAError:
        raise _refused("url has a host that is no valid name.") from None


def _literal(host: str) -> str | None:
    """The address that `host` spells, also as the decimal, octal, hex and short forms that resolvers accept."""
    host = host.rstrip(".")
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        parts = [_number(part) for part in host.split(".")]
    except ValueError:
        return None
    if len(parts) > 4 or any(part > 255 for part in parts[:-1]) or parts[-1] >= 256 ** (5 - len(parts)):
        return "0.0.0.0"  # looks like a number, is none: refused as an address
    value = parts[-1] + sum(part << (8 * (3 - place)) for place, part in enumerate(parts[:-1]))
    return str(IPv4Address(value))


def _number(text: str) -> int:
    """A part of an IPv4 address as inet_aton reads it: 0x is hex, a leading 0 octal. Raises ValueError."""
    if text.lower().startswith("0x"):
        return int(text[2:] or "0", 16)
    if not text.isdecimal() or not text.isascii():
        raise ValueError(text)
    return int(text, 8) if text.startswith("0") and text != "0" and set(text) <= set("01234567") else int(text)


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, field="url")

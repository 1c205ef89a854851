"""Which URLs may be webhooks, and which addresses may be dialled. Pure."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna

from app.config import ConfigurationError, Settings
from app.errors import InvalidRequest

MAX_URL: Final = 2000

# What `is_global` does not refuse, or only in newer Pythons (IANA special-purpose registries): carrier-grade NAT,
# IETF assignments (some clouds keep metadata there), benchmarking, 6to4 relays; Azure's metadata; and inside the
# global unicast range of IPv6, outside of which nothing is dialled: Teredo and others, 6to4, documentation.
_REFUSED: Final = tuple(
    ip_network(text)
    for text in ("100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "192.88.99.0/24", "168.63.129.16/32",
                 "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)  # fmt: skip
_GLOBAL_UNICAST: Final = ip_network("2000::/3")
_PRIVATE_NAMES: Final = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".svc")


Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Reach:
    """Where webhooks may lead: to the public internet, and to the `allowed` networks.

    `http_loopback` also allows `http://` with a loopback address, for development.
    """

    allowed: tuple[Network, ...] = ()
    http_loopback: bool = False

    def may_dial(self, address: str) -> bool:
        """Whether `address` (an IP literal) may be dialled. IPv4 inside IPv6 counts as IPv4."""
        parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        if any(parsed in network for network in self.allowed):
            return True
        if parsed.is_loopback:
            return self.http_loopback
        if not parsed.is_global or parsed.is_multicast or any(parsed in network for network in _REFUSED):
            return False
        return parsed.version == 4 or parsed in _GLOBAL_UNICAST

    def check_url(self, url: str, field: str = "url") -> str:
        """`url`, if it may be a webhook. Raises InvalidRequest, blaming `field` and saying what would be right."""
        try:
            return self._checked(url)
        except ValueError as problem:
            raise InvalidRequest(f"{field} {problem}", field=field) from None

    def _checked(self, url: str) -> str:
        if len(url) > MAX_URL or not url.isprintable() or " " in url or "\\" in url:
            raise ValueError(f"must be a URL of at most {MAX_URL} characters, without spaces or backslashes.")
        if not url.isascii():
            raise ValueError("must be written in ASCII: %-encode its path, and write its host in the xn-- form.")
        parts = _parts(url)
        if parts.username is not None or parts.password is not None:
            raise ValueError("must not contain a user name or a password. Verify our signature instead.")
        if not parts.hostname:
            raise ValueError("has no host. Give a full address, like https://example.com/mio.")
        literal = _literal(parts.hostname)
        loopback = literal is not None and ip_address(literal).is_loopback
        if parts.scheme != "https" and not (parts.scheme == "http" and self.http_loopback and loopback):
            raise ValueError("must start with https://.")
        if literal is None:
            self._check_name(parts.hostname.rstrip("."))
        elif not self.may_dial(literal):
            raise ValueError("points to a private or reserved address. It must be reachable from the internet.")
        return url

    def _check_name(self, host: str) -> None:
        if not self.allowed and (host.lower().endswith(_PRIVATE_NAMES) or "." not in host):
            raise ValueError("points to a private host. It must be reachable from the internet.")
        try:
            idna.encode(host, uts46=True)
        except idna.IDNAError:
            raise ValueError("has a host that is no valid name.") from None


def reach(settings: Settings) -> Reach:
    """Where this hub's webhooks may lead. Raises ConfigurationError."""
    try:
        allowed = [ip_network(part.strip()) for part in settings.webhook_allowed_networks.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigurationError(
            f"WEBHOOK_ALLOWED_NETWORKS must be networks separated by commas, like 10.0.0.0/8,fd00::/8: {error}"
        ) from error
    return Reach(tuple(allowed), settings.webhook_allow_http_loopback)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL: its host or port cannot be read.") from None
    if port == 0:
        raise ValueError("has a port that cannot be used.")
    return parts


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

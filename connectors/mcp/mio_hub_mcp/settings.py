"""What the environment says; nothing else of this package reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

DEFAULT_URL: Final = "https://api.mio.gg/api/v1"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_WAIT_SECONDS: Final = 3600

_PATH: Final = "/api/v1"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")


class WrongSetting(Exception):
    """The message names the setting, and says what it must be; it never repeats a key."""


@dataclass(frozen=True)
class Settings:
    """`url` ends in /api/v1; `api_key` is None where each client sends its own. `wait_seconds` is how long a tool waits
    for a call when the agent does not say. At most `waits` tools wait at once, `waits_for_each_key` with one key."""

    url: str = DEFAULT_URL
    api_key: str | None = None
    wait_seconds: int = 50
    waits: int = 200
    waits_for_each_key: int = 20


def read(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment names. Raises WrongSetting."""
    key = environment.get("MIO_API_KEY", "").strip()
    if key and not is_key(key):
        raise WrongSetting("MIO_API_KEY is no API key: it must be printable ASCII without spaces, like sk_test_….")
    return Settings(
        url=base_url(environment.get("MIO_URL", "").strip() or DEFAULT_URL),
        api_key=key or None,
        wait_seconds=_number(environment, "MIO_WAIT_SECONDS", Settings.wait_seconds, LONGEST_WAIT_SECONDS),
        waits=_number(environment, "MIO_WAITS", Settings.waits, 10_000),
        waits_for_each_key=_number(environment, "MIO_WAITS_FOR_EACH_KEY", Settings.waits_for_each_key, 10_000),
    )


def is_key(text: str) -> bool:
    """Whether this can be sent as a header; whether it is a valid key only the hub knows."""
    return _KEY.fullmatch(text) is not None


def base_url(text: str) -> str:
    """The API's address, from one with or without a last slash and with or without /api/v1. Raises WrongSetting for
    one that would send the key in the clear, or that holds a password, a query or a fragment."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise WrongSetting("MIO_URL is no address.") from None
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise WrongSetting("MIO_URL must be an address alone, like https://api.mio.gg.")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise WrongSetting("MIO_URL must begin with https://, as the API key is sent there; http:// only on localhost.")
    path = parts.path.rstrip("/").removesuffix(_PATH)
    return f"{parts.scheme}://{parts.netloc}{path}{_PATH}"


def _number(environment: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = environment.get(name, "").strip() or str(default)
    if not re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise WrongSetting(f"{name} must be a whole number from 1 to {most}.")
    return int(text)

"""Which addresses are Salesforce's: where to sign in, and where an organisation's API is."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from app.config import Settings
from app.errors import InvalidRequest

PRODUCTION: Final = "production"
SANDBOX: Final = "sandbox"
_HOST: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
PLACES: Final = "production, sandbox, or the https address of your My Domain, such as https://example.my.salesforce.com"
_WRONG: Final = f"loginUrl must be {PLACES}."


def login_url(settings: Settings, text: str | None) -> str:
    """Where to sign in, without a trailing slash. Raises InvalidRequest (`loginUrl`)."""
    if text in (None, "", PRODUCTION):
        return settings.salesforce_login_url.rstrip("/")
    if text == SANDBOX:
        return settings.salesforce_sandbox_login_url.rstrip("/")
    found = origin(settings, text)
    if found is None:
        raise InvalidRequest(_WRONG, field="loginUrl")
    return found


def origin(settings: Settings, url: str) -> str | None:
    """The scheme and host of an address of Salesforce's; None where it is not one, or names more than a host.

    It is https and its host ends with one of `salesforce_hosts`; plain http on this machine is taken only from who has
    its own login address there.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    bare = not (parts.username or parts.password or parts.query or parts.fragment) and parts.path in ("", "/")
    if not bare or url != url.strip() or not url.isascii():
        return None
    if parts.scheme == "https" and port in (None, 443) and _is_salesforces(settings, parts.hostname or ""):
        return f"https://{parts.hostname}"
    if _on_this_machine(parts) and _on_this_machine(urlsplit(settings.salesforce_login_url)):
        return f"http://{parts.netloc}"
    return None


def _is_salesforces(settings: Settings, host: str) -> bool:
    ends = [end.strip().lower() for end in settings.salesforce_hosts.split(",") if end.strip()]
    return any(host.endswith(f".{end.lstrip('.')}") for end in ends) and _HOST.fullmatch(host) is not None


def _on_this_machine(parts: SplitResult) -> bool:
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"

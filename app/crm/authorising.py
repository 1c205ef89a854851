"""Authorising a connection: a link for a person, who comes back with a code, or a key of the hub's own."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

from app.config import Mode, Settings
from app.crm.adopting import Authorised, adopt
from app.crm.failures import CrmFailed, Later
from app.crm.platform import Platform
from app.crm.wire import door
from app.db import db, execute, row
from app.errors import AppError, InvalidRequest, Unavailable
from app.models.crm import CrmConnection
from app.vault import Vault

STATE_SECONDS: Final = 600
LONGEST: Final = 4096  # characters of a code

_BEGIN: Final = """
UPDATE crm_connection SET state_hash = %s, state_until = now() + %s * interval '1 second', verifier = %s
WHERE id = %s
"""
# Once: who comes second with the same state finds none.
_TAKE: Final = """
UPDATE crm_connection SET state_hash = NULL, state_until = NULL, verifier = NULL
FROM (
    SELECT id, verifier, state_until > now() AS valid FROM crm_connection
    WHERE platform = %s AND state_hash = %s FOR UPDATE
) AS begun
WHERE crm_connection.id = begun.id
RETURNING begun.id, begun.verifier, begun.valid AND status NOT IN ('leaving', 'disconnected') AS valid
"""


def lacks(platform: Platform, settings: Settings) -> list[str]:
    """The names of the settings that this hub lacks for a CRM; none when it is ready."""
    return list(dict.fromkeys([*platform.missing_settings(), *([] if settings.api_url else ["API_PUBLIC_URL"])]))


def check_settings(platform: Platform, settings: Settings) -> None:
    """Raises Unavailable `crm_not_configured` with the names of the settings that this hub lacks for a CRM."""
    if missing := lacks(platform, settings):
        raise Unavailable(
            f"This hub is not set up for {platform.name}. Its operator has to set {', '.join(missing)}.",
            code="crm_not_configured",
        )


def begin(connection: CrmConnection, platform: Platform, settings: Settings, vault: Vault) -> str:
    """The link by which a person authorises a connection: good once, for ten minutes; an older one is void.

    Raises Unavailable `crm_not_configured`.
    """
    check_settings(platform, settings)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    execute(_BEGIN, (_hash(state), STATE_SECONDS, vault.seal(verifier.encode()), connection.id))
    return platform.authorize_url(connection, state, challenge_of(verifier))


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def finish(platform: Platform, query: Mapping[str, str], settings: Settings, vault: Vault) -> Authorised:
    """What a person came back with. It works outside transactions: the CRM is asked for the grant.

    Raises InvalidRequest, Conflict and Unavailable in words for the person; the link is used up then, too.
    """
    connection, verifier = _taken(platform, query.get("state", ""), vault)
    code = query.get("code", "")
    if "error" in query or not code or len(code) > LONGEST:
        raise InvalidRequest(f"{platform.name} says that the authorisation was not given.")
    try:
        grant = platform.exchange(door(connection, settings, purpose="authorize"), connection, code, verifier)
    except CrmFailed as failure:
        raise _told(platform, failure) from failure
    return adopt(connection, platform, grant, vault)


def by_key(
    connection: CrmConnection, platform: Platform, settings: Settings, vault: Vault, key_mode: Mode
) -> Authorised:
    """Authorise a connection with a username, without a person, where the account has a connection to that portal by
    one. It works outside transactions, as `finish`. `key_mode` is that of the API key that asks for it.

    Raises InvalidRequest (`username`), Forbidden, Conflict and Unavailable.
    """
    check_settings(platform, settings)
    try:
        grant = platform.grant_by_key(door(connection, settings, purpose="authorize"), connection)
    except CrmFailed as failure:
        raise _told(platform, failure, field="username") from failure
    if grant is None:
        raise InvalidRequest(
            f"{platform.name} is authorised by a person alone: leave username out, and open the link.",
            field="username",
        )
    return adopt(connection, platform, grant, vault, by_key=key_mode)


def _told(platform: Platform, failure: CrmFailed, field: str | None = None) -> AppError:
    if isinstance(failure, Later):
        return Unavailable(f"{platform.name} could not be asked: {failure.detail} Try again in a moment.")
    return InvalidRequest(f"{platform.name} does not accept the authorisation: {failure.detail}", field=field)


def _taken(platform: Platform, state: str, vault: Vault) -> tuple[CrmConnection, str]:
    with db.connection_context():
        begun = row(_TAKE, (platform.key, _hash(state))) if state else None
        if begun is None or not begun["valid"]:
            raise InvalidRequest(
                "This link was used already, or is older than ten minutes. If it has just connected you, all is well.",
                field="state",
            )
        return CrmConnection.get_by_id(begun["id"]), vault.open(begun["verifier"]).decode()


def _hash(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()

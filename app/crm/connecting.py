"""What an account asks of a connection: a new one, and changes of one."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from app.config import Mode, Settings
from app.crm.connections import authorised, get, not_ended, owned
from app.crm.countries import is_country
from app.crm.platform import Platform
from app.db import db, execute, rows
from app.errors import Conflict, Forbidden, InvalidRequest
from app.models.crm import CrmConnection

_CREATE: Final = """
INSERT INTO crm_connection (id, account_id, platform, status, name, default_country, logs, login_url, username)
SELECT %(id)s, %(account)s, %(platform)s, 'pending', %(name)s, %(default_country)s, %(logs)s, %(login_url)s,
    %(username)s
WHERE (SELECT count(*) FROM crm_connection WHERE account_id = %(account)s AND status <> 'disconnected') < %(limit)s
RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asks of a connection; None is left as it is, or as it is by default."""

    name: str | None = None
    default_country: str | None = None
    logs: str | None = None
    mode: Mode | None = None

    def columns(self) -> dict[str, Any]:
        """The columns that change. Raises InvalidRequest (`defaultCountry`)."""
        if self.default_country is not None and not is_country(self.default_country):
            raise InvalidRequest("defaultCountry must be a country of two letters, like US.", field="defaultCountry")
        found = {"name": self.name, "default_country": self.default_country, "logs": self.logs, "mode": self.mode}
        return {name: value for name, value in found.items() if value is not None}


def platform_named(key: str, platforms: Mapping[str, Platform]) -> Platform:
    """The CRM that a client names by its key. Raises InvalidRequest (`platform`)."""
    if key not in platforms:
        known = ", ".join(platforms) or "none"
        raise InvalidRequest(f"There is no such CRM here. What there is: {known}.", field="platform")
    return platforms[key]


def create(
    account_id: UUID,
    platform: Platform,
    wanted: Wanted,
    settings: Settings,
    *,
    login_url: str | None = None,
    username: str | None = None,
) -> CrmConnection:
    """A new connection, pending and in test mode. Raises InvalidRequest and Conflict `too_many_connections`."""
    default = {"name": platform.name, "logs": "own"}
    values = {
        "id": uuid4(),
        "account": account_id,
        "platform": platform.key,
        "login_url": platform.check_login_url(login_url),
        "username": username,
        "limit": settings.crm_connections_per_account,
    }
    with db.atomic():
        execute("SELECT 1 FROM account WHERE id = %s FOR NO KEY UPDATE", (account_id,))  # two do not take one place
        made = rows(_CREATE, default | wanted.columns() | values)
    if not made:
        raise Conflict(
            f"An account has at most {settings.crm_connections_per_account} connections. End one that is not needed.",
            code="too_many_connections",
        )
    return CrmConnection(**made[0])


def update(account_id: UUID, key_mode: Mode, connection_id: UUID, wanted: Wanted) -> CrmConnection:
    """Change what is given. Raises NotFound, InvalidRequest, Forbidden `live_key_needed`, and Conflict
    `connection_not_active` for a connection that is to be live and is not authorised, or has been ended.
    """
    changes = wanted.columns()
    with db.atomic():
        connection = owned(account_id, key_mode, connection_id)
        _check_change(connection, key_mode, wanted)
        if changes:
            assignments = ", ".join(f"{name} = %({name})s" for name in changes)
            execute(
                f"UPDATE crm_connection SET {assignments}, updated_at = now() WHERE id = %(id)s",
                changes | {"id": connection.id},
            )
        return get(account_id, connection_id)


def _check_change(connection: CrmConnection, key_mode: Mode, wanted: Wanted) -> None:
    not_ended(connection)
    if wanted.mode != "live":
        return
    if key_mode == "test":
        raise Forbidden(
            "A live connection rings phones and writes to the CRM: switch it with an sk_live_ key.",
            code="live_key_needed",
            field="mode",
        )
    authorised(connection, "mode")


def new_inbound(connection_id: UUID, platform: Platform, settings: Settings) -> str | None:
    """A new secret address for a CRM's messages, in the old one's place; None for a CRM that needs none."""
    if platform.secret_inbound is None:
        return None
    secret = secrets.token_urlsafe(32)
    hashed = hashlib.sha256(secret.encode()).digest()
    execute("UPDATE crm_connection SET inbound_hash = %s, updated_at = now() WHERE id = %s", (hashed, connection_id))
    return f"{settings.api_url}/crm/{platform.key}/{platform.secret_inbound}/{secret}"

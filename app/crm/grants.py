"""What a CRM has granted: sealed at rest, renewed ahead of time and by one at a time."""

import json
import time
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from app.config import Settings
from app.crm.connections import lost
from app.crm.failures import CrmFailed, Later, Revoked
from app.crm.platform import Door, Grant, Platform
from app.db import db, execute
from app.errors import AppError
from app.models.crm import CrmConnection
from app.times import now
from app.vault import Vault

AHEAD: Final = timedelta(minutes=5)
LOOK_SECONDS: Final = 0.05
REQUESTS: Final = 3  # at most, that a renewal may take
HOLD_SECONDS: Final = 1.0
NO_TIME: Final = timedelta(0)

_CLAIM: Final = """
UPDATE crm_connection SET refresh_lease_until = now() + %s * interval '1 second'
WHERE id = %s AND credentials = %s AND status IN ('active', 'leaving')
  AND (refresh_lease_until IS NULL OR refresh_lease_until < now())
"""
_KEEP: Final = """
UPDATE crm_connection SET credentials = %s, expires_at = %s, refresh_lease_until = NULL, updated_at = now()
WHERE id = %s AND credentials = %s
"""
# After a failure the claim is held for a moment: a server in trouble is not asked by everybody at once.
_HOLD: Final = """
UPDATE crm_connection SET refresh_lease_until = now() + %s * interval '1 second' WHERE id = %s AND credentials = %s
"""


def sealed(grant: Grant, vault: Vault) -> bytes:
    """A grant as `crm_connection.credentials` keeps it."""
    return vault.seal(json.dumps(asdict(grant), default=datetime.isoformat).encode())


def opened(connection: CrmConnection, vault: Vault) -> Grant:
    """The grant of a connection that has one, however old. Raises Revoked when there is none."""
    if connection.credentials is None:
        raise Revoked(connection.status_reason or "The connection is not authorised.")
    fields = json.loads(vault.open(connection.credentials))
    return Grant(**fields | {"expires_at": datetime.fromisoformat(fields["expires_at"])})


def reload(connection: CrmConnection) -> None:
    """Bring `connection` up to date with its row. Raises Revoked when it is gone."""
    with db.connection_context():
        found = CrmConnection.get_or_none(CrmConnection.id == connection.id)
    if found is None:
        raise Revoked("The connection is not there any more.")
    connection.__data__.update(found.__data__)


def fresh(
    connection: CrmConnection, platform: Platform, door: Door, settings: Settings, vault: Vault, *, force: bool = False
) -> Grant:
    """A grant that is good for some minutes yet; `connection` is brought up to date. Raises Revoked and Later.

    With `force` the one that `connection` carries is no good: it is renewed unless somebody just did.
    """
    refused = connection.credentials if force else None
    lease = REQUESTS * settings.crm_timeout_seconds
    until = time.monotonic() + 2 * lease
    while time.monotonic() < until:
        _look(connection)
        good_for = _good_for(connection, refused)
        if good_for > AHEAD:
            return opened(connection, vault)
        if _claimed(connection, lease):
            try:
                if grant := _renewed(connection, platform, door, settings, vault):
                    return grant
            except Later:
                if good_for <= NO_TIME:
                    raise
        if good_for > NO_TIME:  # somebody else renews it, or it could not be renewed yet
            return opened(connection, vault)
        time.sleep(LOOK_SECONDS)
    raise Later("The authorisation is being renewed, for too long.", perhaps_done=False)


def _look(connection: CrmConnection) -> None:
    reload(connection)
    if connection.status not in ("active", "leaving"):
        raise Revoked(connection.status_reason or "The connection is not authorised.")


def _good_for(connection: CrmConnection, refused: bytes | None) -> timedelta:
    if connection.expires_at is None or connection.credentials == refused:
        return NO_TIME
    left: timedelta = connection.expires_at - now()
    return left


def _claimed(connection: CrmConnection, seconds: float) -> bool:
    with db.connection_context():
        return execute(_CLAIM, (seconds, connection.id, connection.credentials)) == 1


def _renewed(
    connection: CrmConnection, platform: Platform, door: Door, settings: Settings, vault: Vault
) -> Grant | None:
    """A new grant, kept; None when it was authorised anew meanwhile."""
    try:
        grant = platform.refresh(door, connection, opened(connection, vault))
    except Revoked as revoked:
        lost(connection.id, revoked.detail, settings, credentials=connection.credentials)
        raise
    except (CrmFailed, AppError) as failure:  # an AppError is for a setting of the hub's that is wrong
        with db.connection_context():
            execute(_HOLD, (HOLD_SECONDS, connection.id, connection.credentials))
        told = failure.detail if isinstance(failure, CrmFailed) else failure.message
        raise Later(f"The authorisation could not be renewed: {told}", perhaps_done=False) from failure
    return grant if _kept(connection, grant, vault) else None


def _kept(connection: CrmConnection, grant: Grant, vault: Vault) -> bool:
    anew = sealed(grant, vault)
    with db.connection_context():
        kept = execute(_KEEP, (anew, grant.expires_at, connection.id, connection.credentials)) == 1
    if kept:
        connection.credentials, connection.expires_at = anew, grant.expires_at
    return kept

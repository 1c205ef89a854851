"""An account's connections to CRMs: who sees them, and how they break and end."""

from functools import partial
from typing import Final
from uuid import UUID

from peewee import SQL
from psycopg.types.json import Jsonb

from app.config import Mode, Settings
from app.cursors import after, next_cursor
from app.db import db, execute, row
from app.errors import Conflict, Forbidden, NotFound
from app.models.crm import CrmConnection, CrmRequest
from app.notices import write
from app.queue import ring

ENDED: Final = ("leaving", "disconnected")
LEFT: Final = {"code": "connection_ended", "error": "The connection to the CRM was ended before the call was made."}

_LOSE: Final = """
UPDATE crm_connection SET status = 'broken', status_reason = %(reason)s, refresh_lease_until = NULL, updated_at = now()
WHERE id = %(id)s AND status = 'active' AND (%(credentials)s::bytea IS NULL OR credentials = %(credentials)s)
RETURNING account_id, name
"""
_BAR: Final = """
UPDATE crm_connection SET barred_until = greatest(coalesce(barred_until, now()), now() + %s * interval '1 second')
WHERE id = %s RETURNING barred_until
"""
_GONE: Final = """
UPDATE crm_connection SET status = 'disconnected', credentials = NULL, expires_at = NULL, refresh_lease_until = NULL,
    barred_until = NULL, state_hash = NULL, state_until = NULL, verifier = NULL, inbound_hash = NULL, updated_at = now()
WHERE id = %s AND status <> 'disconnected'
"""
_LOST_SUBJECT: Final = "Your connection {name} needs to be authorised again"
_LOST_TEXT: Final = (
    "The CRM has taken back the authorisation of your connection {name}: {reason}\n\n"
    "Until it is authorised again, it starts no calls and nothing is written to its records; what waits is kept."
    " Authorise it on its page, {url}/settings/crm/connections/{id}, or by the link that"
    " POST /api/v1/crm/connections/{id}/authorize gives.\n"
)
_LEAVE: Final = """
UPDATE crm_connection SET status = 'leaving', state_hash = NULL, state_until = NULL, verifier = NULL, updated_at = now()
WHERE id = %s AND status IN ('active', 'broken')
"""
_SKIP: Final = """
UPDATE crm_job SET status = 'skipped', result = 'connection_ended', due_at = NULL, claim_token = NULL,
    lease_until = NULL, completed_at = now()
WHERE id IN (
    SELECT id FROM crm_job WHERE connection_id = %s AND status = 'pending' AND kind NOT IN ('leave', 'forget')
    ORDER BY id FOR UPDATE
)
"""
_REFUSE: Final = """
UPDATE crm_enrolment SET refusal = %s, asked = NULL
WHERE id IN (
    SELECT id FROM crm_enrolment WHERE connection_id = %s AND call_id IS NULL AND refusal IS NULL
    ORDER BY id FOR UPDATE
)
"""
_REST: Final = "UPDATE crm_rule SET active = false, updated_at = now() WHERE connection_id = %s AND active"
_ABOUT_NO_LIVE_CALL: Final = (
    "NOT EXISTS (SELECT 1 FROM crm_job j JOIN call c ON c.id = j.call_id WHERE j.id = job_id AND c.mode = 'live')"
)
_PART: Final = """
INSERT INTO crm_job (account_id, connection_id, kind, due_at) VALUES (%s, %s, 'leave', now())
"""


def get(account_id: UUID, connection_id: UUID) -> CrmConnection:
    """Raises NotFound, also for another account's."""
    found = CrmConnection.get_or_none(CrmConnection.id == connection_id, CrmConnection.account_id == account_id)
    if found is None:
        raise NotFound("There is no such connection. GET /crm/connections lists yours.")
    return found


def owned(account_id: UUID, key_mode: Mode, connection_id: UUID) -> CrmConnection:
    """A connection that the key may change: a live one needs a live key. Raises NotFound, Forbidden."""
    connection = get(account_id, connection_id)
    if key_mode == "test" and connection.mode == "live":
        raise Forbidden("This connection is live: it needs an sk_live_ key.", code="live_key_needed")
    return connection


def not_ended(connection: CrmConnection) -> CrmConnection:
    """The same. Raises Conflict `connection_not_active` for one that was ended."""
    if connection.status in ENDED:
        raise Conflict("This connection has been ended. Make a new one.", code="connection_not_active")
    return connection


def authorised(connection: CrmConnection, field: str | None = None) -> CrmConnection:
    """The same. Raises Conflict `connection_not_active`, blaming `field`, unless its CRM can be asked."""
    if not_ended(connection).status != "active":
        raise Conflict(
            "This connection is not authorised. Authorise it on its page, or by the link that"
            " POST /crm/connections/{id}/authorize gives.",
            code="connection_not_active",
            field=field,
        )
    return connection


def page(
    account_id: UUID, *, limit: int, cursor: str | None = None, platform: str | None = None, status: str | None = None
) -> tuple[list[CrmConnection], str | None]:
    """Up to `limit` connections, newest first; those that were ended only where `status` asks for them.

    Raises InvalidRequest for a bad cursor.
    """
    query = CrmConnection.select().where(CrmConnection.account_id == account_id)
    query = query.where(CrmConnection.status == status if status else CrmConnection.status != "disconnected")
    if platform:
        query = query.where(CrmConnection.platform == platform)
    if cursor:
        query = query.where(after(CrmConnection, cursor))
    found = list(query.order_by(CrmConnection.created_at.desc(), CrmConnection.id.desc()).limit(limit + 1))
    return found[:limit], next_cursor(found, limit)


def requests_of(
    connection_id: UUID, key_mode: Mode, *, limit: int, cursor: str | None = None
) -> tuple[list[CrmRequest], str | None]:
    """Up to `limit` requests to a connection's CRM, newest first; for a test key those about no live call: one that
    ended when its connection was in test mode again stands in them with all that was said.

    Raises InvalidRequest for a bad cursor.
    """
    query = CrmRequest.select().where(CrmRequest.connection_id == connection_id)
    if key_mode == "test":
        query = query.where(SQL(_ABOUT_NO_LIVE_CALL))
    if cursor:
        query = query.where(after(CrmRequest, cursor))
    found = list(query.order_by(CrmRequest.created_at.desc(), CrmRequest.id.desc()).limit(limit + 1))
    return found[:limit], next_cursor(found, limit)


def bar(connection: CrmConnection, seconds: float) -> None:
    """The CRM takes no requests of this connection for some seconds."""
    with db.connection_context():
        found = row(_BAR, (seconds, connection.id))
    if found:
        connection.barred_until = found["barred_until"]


def lost(connection_id: UUID, reason: str, settings: Settings, *, credentials: bytes | None = None) -> None:
    """The CRM has taken the authorisation back: the connection is broken, and its owner is told, once.

    With `credentials` only if it still has those: somebody may have authorised it anew meanwhile.
    """
    with db.connection_context(), db.atomic():
        found = row(_LOSE, {"id": connection_id, "reason": reason, "credentials": credentials})
        if found:
            told = {"id": connection_id, "name": " ".join(found["name"].split()), "reason": reason}
            told["url"] = settings.api_url
            write(found["account_id"], _LOST_SUBJECT.format(**told), _LOST_TEXT.format(**told), settings)


def disconnect(account_id: UUID, key_mode: Mode, connection_id: UUID) -> CrmConnection:
    """End a connection: its rules rest, what is pending is skipped, no call is made any more, and the authorisation is
    taken back at the CRM by a job. Twice is no error. Raises NotFound, Forbidden `live_key_needed`.
    """
    with db.atomic():
        owned(account_id, key_mode, connection_id)
        execute("SELECT 1 FROM crm_connection WHERE id = %s FOR NO KEY UPDATE", (connection_id,))
        if execute(_LEAVE, (connection_id,)):
            execute(_PART, (account_id, connection_id))
            db.after_commit(partial(ring, "crm"))
        elif get(account_id, connection_id).status == "pending":
            gone(connection_id)
        _give_up(connection_id)
        return get(account_id, connection_id)


def gone(connection_id: UUID) -> None:
    """A connection has left, or gives its portal up: what it was granted is erased. Twice is no error."""
    with db.connection_context(), db.atomic():
        execute(_GONE, (connection_id,))
        _give_up(connection_id)


def _give_up(connection_id: UUID) -> None:
    """Make no more calls for a connection that ends or has ended, and tell it of none."""
    execute(_REST, (connection_id,))
    execute(_REFUSE, (Jsonb(LEFT), connection_id))
    execute(_SKIP, (connection_id,))


def discard(connection_id: UUID) -> None:
    """Forget a connection that was never authorised."""
    execute("DELETE FROM crm_connection WHERE id = %s AND status = 'pending' AND external_id IS NULL", (connection_id,))

"""Which connection a grant belongs to: a portal or an organisation has one connection at a time."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from app.config import Mode
from app.crm.connections import ENDED, gone
from app.crm.grants import sealed
from app.crm.platform import Grant, Platform
from app.db import Row, db, execute, row
from app.errors import Conflict, Forbidden
from app.models.crm import CrmConnection
from app.queue import ring
from app.text import storable
from app.vault import Vault

MOST_NAME: Final = 200

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_OWN: Final = """
SELECT c.*, a.name AS account_name FROM crm_connection c JOIN account a ON a.id = c.account_id
WHERE c.id = %s FOR NO KEY UPDATE OF c
"""
_HOLDER: Final = """
SELECT * FROM crm_connection WHERE platform = %s AND external_id = %s AND status IN ('active', 'broken')
FOR NO KEY UPDATE
"""
# One that is being taken back at the CRM would take the new authorisation back with it.
_STOP_LEAVING: Final = """
WITH stopped AS (
    UPDATE crm_connection SET status = 'disconnected', credentials = NULL, expires_at = NULL, inbound_hash = NULL,
        updated_at = now()
    WHERE platform = %s AND external_id = %s AND status = 'leaving' RETURNING id
)
UPDATE crm_job SET status = 'skipped', result = 'authorised_anew', due_at = NULL, claim_token = NULL,
    lease_until = NULL, completed_at = now()
FROM stopped WHERE crm_job.connection_id = stopped.id AND crm_job.status = 'pending' AND crm_job.kind <> 'forget'
"""
_GIVE: Final = """
UPDATE crm_connection SET status = 'active', status_reason = NULL, external_id = %(external_id)s,
    external_name = %(external_name)s, name = CASE WHEN external_id IS NULL AND name = %(default)s
        THEN %(external_name)s ELSE name END,
    login_url = %(login_url)s, username = %(username)s, inbound_hash = coalesce(inbound_hash, %(inbound_hash)s),
    credentials = %(credentials)s, expires_at = %(expires_at)s, refresh_lease_until = NULL, barred_until = NULL,
    updated_at = now()
WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Authorised:
    """A connection that is authorised now, and whose it is; `older` when it is an older one of the same portal, which
    has taken the grant over.
    """

    connection: CrmConnection
    account_name: str
    older: bool


def adopt(
    connection: CrmConnection, platform: Platform, grant: Grant, vault: Vault, *, by_key: Mode | None = None
) -> Authorised:
    """Give a grant to its connection: to the account's older one of the same portal, if there is one.

    `by_key` is the mode of the API key that asked for a grant without a person. The hub signs for every account alike,
    so that such a grant proves nothing of the account: it only takes the place of one that a person gave it. Raises
    Forbidden then, `link_needed` and `live_key_needed`.

    Raises Conflict: `connection_not_active` for one that was ended meanwhile, `other_portal` for a connection that
    belongs to another portal, `portal_taken` when another account has this one and it was not taken back from it.
    """
    with db.connection_context(), db.atomic():
        execute(_LOCK, (f"crm {platform.key} {grant.external_id}",))
        own = row(_OWN, (connection.id,))
        if own is None or own["status"] in ENDED:
            raise Conflict("This connection was ended meanwhile. Make a new one.", code="connection_not_active")
        if by_key is not None:
            _check_by_key(own, platform, grant, by_key)
        keeper = _keeper(own, platform, grant)
        execute(_STOP_LEAVING, (platform.key, grant.external_id))
        if keeper["id"] != own["id"]:
            execute("DELETE FROM crm_connection WHERE id = %s", (own["id"],))
        execute(_GIVE, _values(own, platform, grant, vault) | {"id": keeper["id"]})
        db.after_commit(partial(ring, "crm"))
        kept = CrmConnection.get_by_id(keeper["id"])
    return Authorised(kept, own["account_name"], older=kept.id != connection.id)


def _check_by_key(own: Row, platform: Platform, grant: Grant, mode: Mode) -> None:
    """Nothing is told of an organisation that is another account's, or nobody's."""
    holder = row(_HOLDER, (platform.key, grant.external_id))
    if holder is None or holder["account_id"] != own["account_id"]:
        raise Forbidden(
            "This account has no connection to the organisation of this user. Connect it by a link first, without a"
            " username: somebody of the organisation has to agree that it is connected to this account.",
            code="link_needed",
            field="username",
        )
    if mode == "test" and holder["mode"] == "live":
        raise Forbidden("This organisation's connection is live: it needs an sk_live_ key.", code="live_key_needed")


def _keeper(own: Row, platform: Platform, grant: Grant) -> Row:
    """The row that is to have the grant."""
    if own["external_id"] not in (None, grant.external_id):
        raise Conflict(
            f"This connection belongs to {own['external_name']} ({own['external_id']}), and the authorisation is for"
            f" {grant.external_name} ({grant.external_id}). Make a new connection for that one.",
            code="other_portal",
        )
    holder = row(_HOLDER, (platform.key, grant.external_id))
    if holder is None or holder["account_id"] == own["account_id"]:
        return holder or own
    if holder["status"] != "broken":
        raise Conflict(
            f"{grant.external_name} ({grant.external_id}) is connected to another account of this hub. End that"
            " connection first.",
            code="portal_taken",
        )
    # It was taken back from that account, and somebody of the portal has just agreed to this one.
    gone(holder["id"])
    return own


def _values(own: Row, platform: Platform, grant: Grant, vault: Vault) -> dict[str, object]:
    name = " ".join(storable(grant.external_name).split())[:MOST_NAME]
    return {
        "external_id": grant.external_id,
        "external_name": name or grant.external_id,
        "default": platform.name,
        "login_url": own["login_url"],
        "username": own["username"],
        "inbound_hash": own["inbound_hash"],
        "credentials": sealed(grant, vault),
        "expires_at": grant.expires_at,
    }

"""/crm/connections: CRMs that an account has authorised, and what was sent to them."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from app.api.context import caller, context, settings
from app.api.operation import operation
from app.crm import authorising, connecting, connections
from app.crm.platform import Platform
from app.crm.presenting import connection_object, request_object
from app.errors import AppError, InvalidRequest
from app.models.crm import CrmConnection
from app.web.connection import lent
from app.web.validation import Fields

crm = Blueprint("crm", __name__)


@crm.get("/crm/connections")
@operation(query="crm.connection.list.query", answer="crm.connection.list")
def list_connections(query: Fields) -> dict[str, Any]:
    """List your connections to CRMs, newest first.

    Those that were ended are listed only with `status=disconnected`.
    """
    found, cursor = connections.page(
        caller().account_id,
        limit=query.get("limit", 20),
        cursor=query.get("cursor"),
        platform=query.get("platform"),
        status=query.get("status"),
    )
    return {"data": [connection_object(connection) for connection in found], "nextCursor": cursor}


@crm.post("/crm/connections")
@operation(
    body="crm.connection.create",
    answer="crm.connection.created",
    status=201,
    in_transaction=False,
    refuses=(
        "too_many_connections",
        "connection_not_active",
        "portal_taken",
        "other_portal",
        "link_needed",
        "live_key_needed",
        "crm_not_configured",
    ),
)
def create_connection(body: Fields) -> dict[str, Any]:
    """Connect a CRM.

    A person opens `authorizeUrl` and agrees. The connection is in test mode: its calls go to the sandbox, and nothing
    is written to the CRM.
    """
    platform = _platform(body["platform"])
    authorising.check_settings(platform, settings())
    made = connecting.create(
        caller().account_id,
        platform,
        _wanted(body),
        settings(),
        login_url=body.get("loginUrl"),
        username=body.get("username"),
    )
    inbound = connecting.new_inbound(made.id, platform, settings())
    try:
        connection, link = _invited(made, platform)
    except AppError:
        connections.discard(made.id)
        raise
    kept = inbound if connection.id == made.id else None
    return connection_object(connection) | {"authorizeUrl": link, "inboundUrl": kept}


@crm.get("/crm/connections/<uuid:connection_id>")
@operation(answer="crm.connection")
def read_connection(connection_id: UUID) -> dict[str, Any]:
    """Read a connection to a CRM."""
    return connection_object(connections.get(caller().account_id, connection_id))


@crm.put("/crm/connections/<uuid:connection_id>")
@operation(body="crm.connection.update", answer="crm.connection", refuses=("live_key_needed", "connection_not_active"))
def update_connection(connection_id: UUID, body: Fields) -> dict[str, Any]:
    """Change a connection to a CRM.

    Its name, country, what is logged, or its mode: in `live` it rings phones and writes to the CRM. What is left out
    stays.
    """
    return connection_object(connecting.update(caller().account_id, caller().mode, connection_id, _wanted(body)))


@crm.delete("/crm/connections/<uuid:connection_id>")
@operation(answer="crm.connection", refuses=("live_key_needed",))
def end_connection(connection_id: UUID) -> dict[str, Any]:
    """End a connection to a CRM.

    Its rules rest and its waiting calls are not made. The authorisation is taken back at the CRM, then erased here.
    """
    return connection_object(connections.disconnect(caller().account_id, caller().mode, connection_id))


@crm.post("/crm/connections/<uuid:connection_id>/authorize")
@operation(
    answer="crm.connection.created",
    in_transaction=False,
    refuses=(
        "live_key_needed",
        "link_needed",
        "connection_not_active",
        "portal_taken",
        "other_portal",
        "crm_not_configured",
    ),
)
def authorize_connection(connection_id: UUID) -> dict[str, Any]:
    """Authorise a connection anew.

    Also a broken one: what waits is taken up once a person has opened the new `authorizeUrl` and agreed.
    """
    connection = connections.not_ended(connections.owned(caller().account_id, caller().mode, connection_id))
    authorised, link = _invited(connection, _platform(connection.platform))
    return connection_object(authorised) | {"authorizeUrl": link, "inboundUrl": None}


@crm.post("/crm/connections/<uuid:connection_id>/rotate-inbound")
@operation(answer="crm.connection.created", refuses=("live_key_needed", "connection_not_active", "crm_not_configured"))
def rotate_inbound(connection_id: UUID) -> dict[str, Any]:
    """Give a connection a new secret address.

    For the messages of a CRM that signs none. It is shown in this answer alone; the old one is closed at once.
    """
    connection = connections.not_ended(connections.owned(caller().account_id, caller().mode, connection_id))
    platform = _platform(connection.platform)
    authorising.check_settings(platform, settings())
    inbound = connecting.new_inbound(connection.id, platform, settings())
    if inbound is None:
        raise InvalidRequest(f"{platform.name} signs its messages: there is no secret address.")
    return connection_object(connection) | {"authorizeUrl": None, "inboundUrl": inbound}


@crm.get("/crm/connections/<uuid:connection_id>/requests")
@operation(query="page.query", answer="crm.request.list", refuses=("live_key_needed",))
def list_requests(connection_id: UUID, query: Fields) -> dict[str, Any]:
    """List what was sent to a CRM, newest first.

    And what would have been written, were the connection live: `sent` is false there.
    """
    connection = connections.owned(caller().account_id, caller().mode, connection_id)
    found, cursor = connections.requests_of(
        connection.id, caller().mode, limit=query.get("limit", 20), cursor=query.get("cursor")
    )
    return {"data": [request_object(request) for request in found], "nextCursor": cursor}


def _wanted(body: Fields) -> connecting.Wanted:
    return connecting.Wanted(body.get("name"), body.get("defaultCountry"), body.get("logs"), body.get("mode"))


def _platform(key: str) -> Platform:
    return connecting.platform_named(key, context().crms)


def _invited(connection: CrmConnection, platform: Platform) -> tuple[CrmConnection, str | None]:
    """A connection with its link; one with a username is authorised at once instead."""
    if connection.username is None:
        return connection, authorising.begin(connection, platform, settings(), context().vault)
    with lent():
        return authorising.by_key(connection, platform, settings(), context().vault, caller().mode).connection, None

"""/crm: what CRMs and the people who authorise us send here. No API key: a CRM's module says what it believes."""

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from app.api.body import raw_body
from app.api.context import context, settings
from app.api.pages import Onward, page
from app.crm import authorising
from app.crm.arrivals import HubArrivals
from app.crm.platform import Inbound, Platform
from app.errors import NotFound
from app.models.crm import CrmConnection
from app.web.connection import borrow
from app.web.statuses import STATUSES, status_of

crm_inbound = Blueprint("crm_inbound", __name__)

MOST_BODY: Final = 8 * 1024 * 1024  # 100 records with long texts, in one message of Salesforce's
METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@crm_inbound.get("/crm/<key>/authorized")
def finish_authorising(key: str) -> Response:
    """A person comes back from the CRM, with a code or without."""
    platform = _platform(key)
    if request.method == "HEAD":  # a look at the link must not use it up
        return Response()
    try:
        found = authorising.finish(platform, request.args, settings(), context().vault)
    except tuple(STATUSES) as error:
        status = status_of(error) or 500
        return page(f"{platform.name} is not connected", [error.message, TRY_AGAIN], status, onward=_ALL)
    connection = found.connection
    told = f"{connection.external_name} ({connection.external_id}) is connected to the account {found.account_name}."
    older = [f"Its earlier connection {connection.name} was renewed; rules and addresses stay."] if found.older else []
    following = _NEXT[connection.mode].format(id=connection.id)
    return page(f"{platform.name} is connected", [told, *older, following, NOT_YOURS], onward=_to(connection))


@crm_inbound.route("/crm/<key>/<path:name>", methods=METHODS)
def receive(key: str, name: str) -> Response:
    """A request of a CRM's."""
    platform = _platform(key)
    request.max_content_length = MOST_BODY
    asked = Inbound(
        method=request.method,
        url=settings().api_url + _target(),
        headers={header.lower(): value for header, value in request.headers.items()},
        body=raw_body(),
        query=request.args.to_dict(),
    )
    borrow()
    reply = platform.receive(name, asked, HubArrivals(platform, settings(), context().vault))
    return Response(reply.body, reply.status, content_type=reply.content_type)


TRY_AGAIN: Final = (
    "For another try open a new link: the connection's page in the dashboard leads to one, and POST"
    " /api/v1/crm/connections/{id}/authorize gives one."
)
NOT_YOURS: Final = "If this account is not yours, remove the app in your CRM's settings now. You may close this page."
_NEXT: Final = {
    "test": "It is in test mode: calls go to the sandbox, and nothing is written to the CRM. When all is as it should"
    " be, switch it to live: on its page in the dashboard, or by PUT /api/v1/crm/connections/{id} with an sk_live_"
    " key.",
    "live": "It is live: it rings phones and writes to the CRM.",
}


_ALL: Final = Onward("/settings/crm", "Your connections in the dashboard")


def _to(connection: CrmConnection) -> Onward:
    return Onward(f"/settings/crm/connections/{connection.id}", "The connection in the dashboard")


def _platform(key: str) -> Platform:
    platform = context().crms.get(key)
    if platform is None:
        raise NotFound("There is no such CRM here.")
    return platform


def _target() -> str:
    """Path and query exactly as they were sent: signatures are computed over them."""
    raw: str = request.environ.get("RAW_URI") or request.environ["REQUEST_URI"]
    if raw.startswith("/"):
        return raw
    parts = urlsplit(raw)  # the absolute form, as to a proxy
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"

"""Connecting a CRM: which one, what it asks for, and the way to where a person agrees."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from app.crm import authorising, connecting, connections
from app.crm.countries import countries
from app.crm.platform import Platform
from app.dashboard import crm_words
from app.dashboard.context import account_id, context, settings
from app.dashboard.pages.crm import RIGHTS, whole
from app.dashboard.views import Shown, page, shows, submits, to
from app.errors import AppError, InvalidRequest, NotFound
from app.models.crm import CrmConnection
from app.web.connection import lent
from app.web.texts import check_texts
from app.web.validation import Fields, check

_NAMES = ("name", "defaultCountry", "logs", "loginUrl", "username")

crm_connecting = Blueprint("crm_connecting", __name__)


@crm_connecting.get("/settings/crm/connect")
@shows("crm/connect.html")
def choose() -> Shown:
    """The CRMs that there are, and which of them this hub is set up for."""
    found = [(platform, authorising.lacks(platform, settings())) for platform in context().crms.values()]
    return {"platforms": found}


@crm_connecting.get("/settings/crm/connect/<key>")
@shows("crm/new.html")
def new(key: str) -> Shown:
    """What a CRM asks for."""
    return _offered(key)


@crm_connecting.post("/settings/crm/connect/<key>")
@submits("crm/new.html", given=lambda key: _offered(key))
def create(key: str) -> Answer:
    """Make a connection, and show the way to where a person agrees; and, this once, its secret address."""
    platform = _platform(key)
    authorising.check_settings(platform, settings())
    made = _made(platform, _typed(key))
    inbound = connecting.new_inbound(made.id, platform, settings())
    link = authorising.begin(made, platform, settings(), context().vault)
    return _way(made, platform, link, inbound)


@crm_connecting.post("/settings/crm/connect/<key>/user")
@submits("crm/new.html", given=lambda key: _offered(key), once=False)
def create_by_key(key: str) -> Answer:
    """Have the hub sign for a user of an organisation that is connected already. Twice is the same connection."""
    platform, typed = _platform(key), _typed(key)
    if not typed.get("username"):
        raise InvalidRequest("Say for which user the hub is to sign.", field="username")
    authorising.check_settings(platform, settings())
    made = _made(platform, typed)
    try:
        kept = _by_key(made, platform)
    except AppError:
        connections.discard(made.id)
        raise
    return to("crm.show", connection_id=kept.id, done="crm_authorised")


@crm_connecting.post("/settings/crm/connections/<uuid:connection_id>/authorize")
@submits("crm/show.html", given=lambda connection_id: whole(connection_id), once=False)
def authorize(connection_id: UUID) -> Answer:
    """Show a new way to where a person agrees; the old one is void. One by a username is authorised at once."""
    connection = connections.not_ended(connections.get(account_id(), connection_id))
    platform = _of(connection)
    if connection.username is None:
        link = authorising.begin(connection, platform, settings(), context().vault)
        return _way(connection, platform, link, None)
    kept = _by_key(connection, platform)
    return to("crm.show", connection_id=kept.id, done="crm_authorised")


@crm_connecting.get("/settings/crm/connections/<uuid:connection_id>/inbound")
@shows("crm/rotate.html")
def ask_to_rotate(connection_id: UUID) -> Shown:
    """What follows from a new secret address."""
    return _rotating(connection_id)


@crm_connecting.post("/settings/crm/connections/<uuid:connection_id>/inbound")
@submits("crm/rotate.html", given=lambda connection_id: _rotating(connection_id))
def rotate(connection_id: UUID) -> Answer:
    """Give it a new secret address, which is shown this once."""
    connection = connections.not_ended(connections.get(account_id(), connection_id))
    platform = _of(connection)
    authorising.check_settings(platform, settings())
    inbound = connecting.new_inbound(connection.id, platform, settings())
    if inbound is None:
        raise InvalidRequest(f"{platform.name} signs its messages: there is no secret address.")
    return _way(connection, platform, None, inbound)


def _platform(key: str) -> Platform:
    platform = context().crms.get(key)
    if platform is None:
        raise NotFound("There is no such CRM here.")
    return platform


def _of(connection: CrmConnection) -> Platform:
    return connecting.platform_named(connection.platform, context().crms)


def _typed(key: str) -> Fields:
    """What was typed, held against the schema. Raises InvalidRequest."""
    given = {name: text for name in _NAMES if (text := request.form.get(name, "").strip())}
    check_texts(given)
    return check("crm.connection.create", given | {"platform": key})


def _made(platform: Platform, typed: Fields) -> CrmConnection:
    wanted = connecting.Wanted(typed.get("name"), typed["defaultCountry"], typed.get("logs"))
    return connecting.create(
        account_id(), platform, wanted, settings(), login_url=typed.get("loginUrl"), username=typed.get("username")
    )


def _by_key(connection: CrmConnection, platform: Platform) -> CrmConnection:
    with lent():
        return authorising.by_key(connection, platform, settings(), context().vault, RIGHTS).connection


def _way(connection: CrmConnection, platform: Platform, link: str | None, inbound: str | None) -> Answer:
    minutes = authorising.STATE_SECONDS // 60
    shown = {"connection": connection, "platform": platform, "agree_url": link, "inbound": inbound}
    return page("crm/way.html", **shown, minutes=minutes)


def _offered(key: str) -> dict[str, Any]:
    platform = _platform(key)
    return {
        "platform": platform,
        "lacks": authorising.lacks(platform, settings()),
        "countries": [(code, f"{name} (+{calling})") for code, name, calling in countries()],
        "logs": crm_words.LOGS,
    }


def _rotating(connection_id: UUID) -> dict[str, Any]:
    connection = connections.get(account_id(), connection_id)
    return {"connection": connection, "platform": _of(connection)}

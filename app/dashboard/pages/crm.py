"""Connections to CRMs: what there is, how each does, and what was sent to it."""

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as Answer

from app.config import Mode, mode_of
from app.crm import browsing, connecting, connections, rules
from app.crm.countries import countries
from app.dashboard import crm_words
from app.dashboard.context import account_id, context
from app.dashboard.views import Shown, shows, submits, to
from app.errors import InvalidRequest
from app.models.crm import CrmConnection
from app.web.texts import check_texts
from app.web.validation import check

LISTED: Final = 50
LINES: Final = 25
MOST_RULES: Final = 100
# An owner acts with the rights of a live key.
RIGHTS: Final[Mode] = "live"

crm = Blueprint("crm", __name__)


@crm.get("/settings/crm")
@shows("crm/index.html")
def index() -> Shown:
    """The connections, newest first; those that were ended where they are asked for."""
    ended, cursor = request.args.get("show") == "ended", request.args.get("cursor")
    found, older = connections.page(account_id(), limit=LISTED, cursor=cursor, status="disconnected" if ended else None)
    kept: dict[str, Any] = {"show": "ended" if ended else None}
    return {
        "lines": [(one, *_names(one)) for one in found],
        "last_used": browsing.last_used([one.id for one in found]),
        "ended": ended,
        "older": url_for("crm.index", **kept, cursor=older) if older else "",
        "newest": url_for("crm.index", **kept) if cursor else "",
        "statuses": crm_words.STATUSES,
    }


@crm.get("/settings/crm/connections/<uuid:connection_id>")
@shows("crm/show.html")
def show(connection_id: UUID) -> Shown:
    """A connection: how it does, and what can be done with it."""
    return whole(connection_id)


@crm.post("/settings/crm/connections/<uuid:connection_id>")
@submits("crm/show.html", given=lambda connection_id: whole(connection_id))
def change(connection_id: UUID) -> Answer:
    """Change its name, its country, and which calls are put on records."""
    wanted = {name: request.form.get(name, "").strip() for name in ("name", "defaultCountry", "logs")}
    check_texts(wanted)
    body = check("crm.connection.update", wanted)
    asked = connecting.Wanted(body.get("name"), body.get("defaultCountry"), body.get("logs"))
    connecting.update(account_id(), RIGHTS, connection_id, asked)
    return to("crm.show", connection_id=connection_id, done="saved")


@crm.get("/settings/crm/connections/<uuid:connection_id>/mode")
@shows("crm/mode.html")
def ask_for_mode(connection_id: UUID) -> Shown:
    """What changes when a connection goes live, or back to test mode."""
    return _turning(connection_id)


@crm.post("/settings/crm/connections/<uuid:connection_id>/mode")
@submits("crm/mode.html", given=lambda connection_id: _turning(connection_id))
def turn(connection_id: UUID) -> Answer:
    """Switch it to live, or back to test."""
    mode = request.form.get("mode", "")
    if mode not in ("test", "live"):
        raise InvalidRequest("Choose test or live.")
    connecting.update(account_id(), RIGHTS, connection_id, connecting.Wanted(mode=mode_of(mode)))
    return to("crm.show", connection_id=connection_id, done=f"crm_{mode}")


@crm.get("/settings/crm/connections/<uuid:connection_id>/end")
@shows("crm/end.html")
def ask_to_end(connection_id: UUID) -> Shown:
    """What ends with a connection."""
    return _turning(connection_id)


@crm.post("/settings/crm/connections/<uuid:connection_id>/end")
@submits("crm/end.html", given=lambda connection_id: _turning(connection_id))
def end(connection_id: UUID) -> Answer:
    """End it."""
    connections.disconnect(account_id(), RIGHTS, connection_id)
    return to("crm.show", connection_id=connection_id, done="crm_ended")


@crm.get("/settings/crm/connections/<uuid:connection_id>/requests")
@shows("crm/requests.html")
def log(connection_id: UUID) -> Shown:
    """Every request to its CRM, newest first, and what would have been written in test mode."""
    connection, cursor = connections.get(account_id(), connection_id), request.args.get("cursor")
    found, older = connections.requests_of(connection.id, RIGHTS, limit=LINES, cursor=cursor)
    here: dict[str, Any] = {"connection_id": connection.id}
    return {
        "connection": connection,
        "requests": found,
        "purposes": crm_words.PURPOSES,
        "failures": crm_words.FAILURES,
        "pretty": crm_words.pretty,
        "older": url_for("crm.log", **here, cursor=older) if older else "",
        "newest": url_for("crm.log", **here) if cursor else "",
    }


def whole(connection_id: UUID) -> dict[str, Any]:
    """All that a connection's page shows. Raises NotFound."""
    connection = connections.get(account_id(), connection_id)
    called, wrong = _names(connection)
    found, _ = rules.page(account_id(), limit=MOST_RULES, connection_id=connection_id)
    return {
        "connection": connection,
        "platform": context().crms.get(connection.platform),
        "platform_name": called,
        "problem": wrong,
        "is_barred": crm_words.is_barred(connection),
        "rules": found,
        "last_used": browsing.last_used([connection.id]).get(connection.id),
        "statuses": crm_words.STATUSES,
        "countries": [(code, f"{name} (+{calling})") for code, name, calling in countries()],
        "logs": crm_words.LOGS,
        "starts": crm_words.starts,
        "is_over": connection.status in connections.ENDED,
    }


def _names(connection: CrmConnection) -> tuple[str, str | None]:
    """What people call its CRM, and what is wrong with it."""
    platform = context().crms.get(connection.platform)
    return platform.name if platform else connection.platform, crm_words.problem(connection, platform)


def _turning(connection_id: UUID) -> dict[str, Any]:
    connection = connections.get(account_id(), connection_id)
    found, _ = rules.page(account_id(), limit=MOST_RULES, connection_id=connection_id, active=True)
    called, _ = _names(connection)
    return {"connection": connection, "platform_name": called, "rules": found, "starts": crm_words.starts}

"""Settings, security: the password, the address, one-time codes, and the sessions of an owner."""

from uuid import UUID

import segno
from flask import Blueprint, request
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from app.accounts import browsers, codes, moving, owners, resetting, sessions, signing_in
from app.dashboard import guard
from app.dashboard.context import context, settings, who
from app.dashboard.views import Shown, page, shows, submits, to
from app.dashboard.whereabouts import base
from app.errors import NotFound
from app.models.owner import Owner

security = Blueprint("security", __name__, url_prefix="/settings/security")


def _owner() -> Owner:
    return owners.get(who().owner_id)


def _index() -> Shown:
    found = sessions.of_owner(who().owner_id)
    return {
        "owner": _owner(),
        "sessions": [(session, browsers.in_words(session.user_agent)) for session in found],
    }


@security.get("")
@shows("security/index.html")
def index() -> Shown:
    """Everything about signing in."""
    return _index()


@security.post("/password")
@submits("security/index.html", given=_index, first=lambda: _know("currentPassword"))
def change_password() -> Answer:
    """Another password; all other sessions end, and a copy of this one's cookie opens nothing any more."""
    resetting.change(settings(), base(), _owner(), request.form.get("newPassword", ""), but=who().session_id)
    return guard.let_in(to("security.index", done="password_changed"), sessions.renew(who().session_id))


@security.post("/email")
@submits("security/index.html", given=_index, first=lambda: _know("emailPassword"))
def move() -> Answer:
    """Send a link to another address."""
    moving.ask(settings(), base(), _owner(), request.form.get("email", ""))
    return to("security.index", done="moving")


@security.post("/sessions/<uuid:session_id>/end")
@submits("security/index.html", given=lambda session_id: _index())
def end_session(session_id: UUID) -> Answer:
    """End one session: this one, too."""
    if not sessions.end(who().owner_id, session_id):
        raise NotFound("There is no such session.")
    if session_id == who().session_id:
        return guard.let_out(to("doors.sign_in", done="signed_out"))
    return to("security.index", done="ended")


@security.post("/sessions/end-others")
@submits("security/index.html", given=_index)
def end_others() -> Answer:
    """End every session but this one."""
    sessions.end_all(who().owner_id, but=who().session_id)
    return to("security.index", done="others_ended")


def _codes() -> Shown:
    owner = _owner()
    setup = codes.setup(owner, context().vault)
    return {
        "owner": owner,
        "setup": setup,
        "picture": _picture(setup.uri) if setup else None,
        "left": codes.left(owner.id) if owner.totp_since else 0,
    }


@security.get("/codes")
@shows("security/codes.html")
def one_time_codes() -> Shown:
    """Whether codes are on, and what an app is told while they are being set up."""
    return _codes()


@security.post("/codes")
@submits("security/codes.html", given=_codes)
def set_up() -> Answer:
    """Make a secret for an app."""
    codes.begin(who().owner_id, context().vault)
    return to("security.one_time_codes")


@security.post("/codes/confirm")
@submits("security/codes.html", given=_codes, first=lambda: _know("password"))
def switch_on() -> Answer:
    """Switch codes on, and show the recovery codes: once."""
    made = codes.confirm(settings(), base(), _owner(), context().vault, request.form.get("code", ""))
    return page("security/recovery.html", codes=made)


@security.post("/codes/recovery")
@submits("security/codes.html", given=_codes, first=lambda: _know("password"))
def renew() -> Answer:
    """Make new recovery codes, and show them: once."""
    return page("security/recovery.html", codes=codes.renew(settings(), base(), _owner()))


@security.post("/codes/off")
@submits("security/codes.html", given=_codes, first=lambda: _know("offPassword"))
def switch_off() -> Answer:
    """Ask for codes no longer."""
    codes.switch_off(settings(), base(), _owner())
    return to("security.one_time_codes", done="codes_off")


def _know(field: str) -> None:
    """Only who knows the password goes on: a session that somebody else got hold of does not do."""
    signing_in.require_password(_owner(), request.form.get(field, ""), field)


def _picture(uri: str) -> Markup:
    """A QR code as SVG: dark on light in every scheme, as cameras want it."""
    return Markup(segno.make(uri, micro=False).svg_inline(scale=5, border=4, dark="#000", light="#fff"))  # noqa: S704

"""Signing up, in and out, and what links in e-mails lead to.

Nothing that is shown, done or counted here tells whether an address has an account.
"""

from uuid import UUID

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response as Answer

from app.accounts import inviting, links, moving, registering, resetting, sessions, signing_in, tallies
from app.accounts.links import LinkGone
from app.accounts.tallies import Limit
from app.dashboard import guard
from app.dashboard.context import context, settings
from app.dashboard.views import Shown, nonce, page, shows, submits, to
from app.dashboard.whereabouts import address, base
from app.models.owner import Link, Owner

doors = Blueprint("doors", __name__)

_HOME = "/calls"
_FIRST_STEPS = "/start"
_FORM = Limit("form", most=1, within=600)


@doors.get("/sign-up")
@shows("doors/sign_up.html")
def sign_up() -> Shown | Answer:
    """The sign-up."""
    return redirect(_HOME, 303) if g.signed_in else _sign_up()


def _sign_up() -> Shown:
    return {"open": settings().sign_up_open, "credit": settings().signup_credit_cents}


@doors.post("/sign-up")
@submits("doors/sign_up.html", given=_sign_up, once=False)
def ask_to_sign_up() -> Answer:
    """Send the link that makes the account."""
    form = request.form
    asked = registering.Form(
        form.get("name", ""), form.get("phoneNumber", ""), form.get("email", ""), form.get("password", "")
    )
    if not _sent_already():
        registering.ask(settings(), base(), asked, browser=guard.visitor(), address=address())
    return to("doors.signed_up")


@doors.get("/sign-up/sent")
@shows("doors/sent.html")
def signed_up() -> Shown:
    """What to do now: the same for every address."""
    return {"again": "/sign-up"}


@doors.get("/sign-in")
@shows("doors/sign_in.html")
def sign_in() -> Shown | Answer:
    """The sign-in."""
    return redirect(_wanted(request.args.get("next")), 303) if g.signed_in else _sign_in()


def _sign_in() -> Shown:
    return {"next": _wanted(request.values.get("next")), "open": settings().sign_up_open}


@doors.post("/sign-in")
@submits("doors/sign_in.html", given=_sign_in, once=False)
def tell_password() -> Answer:
    """Let an owner in, or on to the code."""
    owner = signing_in.by_password(request.form.get("email", ""), request.form.get("password", ""), address())
    return _admit(owner, _wanted(request.form.get("next")))


@doors.get("/sign-in/code")
@shows("doors/code.html")
def code() -> Shown:
    """What comes after the password, where codes are on."""
    links.look(_waiting(), "code")
    return {}


@doors.post("/sign-in/code")
@submits("doors/code.html", once=False)
def tell_code() -> Answer:
    """Let an owner in who has told a right code."""
    told = request.form.get("code", "")
    owner, place = signing_in.by_code(settings(), context().vault, base(), _waiting(), told)
    return guard.take_back(_let_in(owner, place), "mio_code")


@doors.post("/sign-out")
def sign_out() -> Answer:
    """End this session."""
    if g.signed_in:
        sessions.end(g.signed_in.owner_id, g.signed_in.session_id)
    return guard.let_out(to("doors.sign_in", done="signed_out"))


@doors.get("/forgotten")
@shows("doors/forgotten.html")
def forgotten() -> Shown:
    """For who has forgotten the password."""
    return {}


@doors.post("/forgotten")
@submits("doors/forgotten.html", once=False)
def ask_to_reset() -> Answer:
    """Send the link by which a new password is chosen."""
    if not _sent_already():
        resetting.ask(settings(), base(), request.form.get("email", ""), address=address())
    return to("doors.reset_sent")


@doors.get("/forgotten/sent")
@shows("doors/sent.html")
def reset_sent() -> Shown:
    """What to do now: the same for every address."""
    return {"again": "/forgotten"}


def _link(token: str) -> Shown:
    link = links.look(token, "sign_up", "reset", "email", "invite")
    return {
        "token": token,
        "kind": link.kind,
        "asked": link.asked,
        "asks_password": _asks_password(link),
    }


def _asks_password(link: Link) -> bool:
    if link.kind == "email":
        return moving.asks_password(link, _signed_in())
    return link.kind == "sign_up" and registering.asks_password(link, guard.visitor())


def _signed_in() -> UUID | None:
    return g.signed_in.owner_id if g.signed_in else None


@doors.get("/links/<token>")
@shows("doors/link.html")
def link(token: str) -> Shown:
    """What a link in an e-mail leads to. Nothing happens yet: programs that look through mail follow links."""
    return _link(token)


@doors.post("/links/<token>")
@submits("doors/link.html", given=_link, once=False)
def use_link(token: str) -> Answer:
    """Do what a link allows."""
    kind, password = _link(token)["kind"], request.form.get("password", "")
    if kind == "email":
        moving.use(settings(), base(), token, signed_in=_signed_in(), password=password)
        return to("security.index" if g.signed_in else "doors.sign_in", done="moved")
    if kind == "reset":
        return _admit(resetting.use(settings(), base(), token, password), _HOME)
    if kind == "invite":
        return _let_in(inviting.accept(token, password), _FIRST_STEPS)
    browser = guard.visitor()
    owner = registering.confirm(settings(), context().vault, token, browser=browser, password=password)
    return _let_in(owner, _FIRST_STEPS)


@doors.errorhandler(LinkGone)
def gone(_error: LinkGone) -> Answer:
    """What to do about a link that leads nowhere; who waited for the code begins anew, or is in already."""
    return to("doors.sign_in") if request.path == "/sign-in/code" else page("doors/gone.html", 404)


def _admit(owner: Owner, place: str) -> Answer:
    """Let in who has told the password, after the code where codes are on."""
    if owner.totp_since is None:
        return _let_in(owner, place)
    token = signing_in.wait_for_code(owner, place)
    return guard.give(to("doors.code"), "mio_code", token, int(links.LIFETIMES["code"].total_seconds()))


def _let_in(owner: Owner, place: str) -> Answer:
    """Begin a session, with a cookie that nobody has seen before; one that this browser had ends."""
    agent = request.user_agent.string
    token = signing_in.let_in(owner, address=address(), user_agent=agent, settings=settings())
    if g.signed_in:
        sessions.end(g.signed_in.owner_id, g.signed_in.session_id)
    return guard.let_in(redirect(place, 303), token)


def _wanted(place: str | None) -> str:
    return guard.local_path(place, _HOME)


def _waiting() -> str:
    return request.cookies.get(guard.cookie("mio_code"), "")


def _sent_already() -> bool:
    """Whether this very form was sent before: pressed twice, it sends one e-mail."""
    return tallies.take(_FORM, str(nonce())).wait > 0

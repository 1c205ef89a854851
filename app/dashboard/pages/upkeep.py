"""What is done to webhooks: making, changing and deleting them, their secrets, verifying, and sending again."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from app.dashboard import webhook_form
from app.dashboard.context import account_id, context, mode, settings
from app.dashboard.times import moment
from app.dashboard.views import Shown, page, shows, submits, to
from app.errors import InvalidRequest
from app.times import now
from app.webhooks import choices, endpoints, replaying, rotating
from app.webhooks.verifiers import PROGRAMS

OVERLAPS: Final = (
    (86400, "a day", "Time to change the secret wherever it is kept."),
    (3600, "an hour", ""),
    (604800, "a week", ""),
    (0, "not at all", "For a secret that others may know: what still checks with it refuses from now on."),
)

upkeep = Blueprint("upkeep", __name__)


@upkeep.get("/webhooks/new")
@shows("webhooks/new.html")
def new() -> Shown:
    """The form of a new webhook."""
    return webhook_form.offered(webhook_form.blank(mode()))


@upkeep.post("/webhooks/new")
@submits("webhooks/new.html", given=lambda: webhook_form.offered(webhook_form.sent()))
def create() -> Answer:
    """Make a webhook, and show its secret this once."""
    fields = webhook_form.sent()
    rights, hears = webhook_form.world(fields)
    made, secret = endpoints.create(account_id(), rights, choices.wanted(fields), settings(), mode=hears)
    return page("webhooks/secret.html", webhook=made, secret=secret, programs=PROGRAMS, new=True)


@upkeep.get("/webhooks/<uuid:webhook_id>/edit")
@shows("webhooks/edit.html")
def edit(webhook_id: UUID) -> Shown:
    """The form of a webhook."""
    webhook = endpoints.find(account_id(), webhook_id)
    return webhook_form.offered(choices.fields_of(webhook)) | {"webhook": webhook}


@upkeep.post("/webhooks/<uuid:webhook_id>/edit")
@submits("webhooks/edit.html", given=lambda webhook_id: webhook_form.offered(webhook_form.sent()) | _named(webhook_id))
def save(webhook_id: UUID) -> Answer:
    """Change what the form holds."""
    webhook, wanted = endpoints.find(account_id(), webhook_id), choices.wanted(webhook_form.sent())
    endpoints.update(account_id(), endpoints.rights(webhook), webhook.id, wanted, settings())
    return to("webhooks.show", webhook_id=webhook.id, done="saved")


@upkeep.get("/webhooks/<uuid:webhook_id>/delete")
@shows("webhooks/delete.html")
def ask_to_delete(webhook_id: UUID) -> Shown:
    """What goes with a webhook."""
    return _named(webhook_id)


@upkeep.post("/webhooks/<uuid:webhook_id>/delete")
@submits("webhooks/delete.html", given=lambda webhook_id: _named(webhook_id))
def delete(webhook_id: UUID) -> Answer:
    """Forget a webhook and its log."""
    webhook = endpoints.find(account_id(), webhook_id)
    endpoints.delete(account_id(), endpoints.rights(webhook), webhook.id)
    return to("webhooks.index", done="deleted")


@upkeep.get("/webhooks/<uuid:webhook_id>/verify")
@shows("webhooks/verify.html")
def verify(webhook_id: UUID) -> Shown:
    """Programs that verify what it receives."""
    return _named(webhook_id) | {"programs": PROGRAMS}


@upkeep.get("/webhooks/<uuid:webhook_id>/secret")
@shows("webhooks/rotate.html")
def ask_to_rotate(webhook_id: UUID) -> Shown:
    """The secret's standing, and how to replace it."""
    return _rotating(webhook_id)


@upkeep.post("/webhooks/<uuid:webhook_id>/secret")
@submits("webhooks/rotate.html", given=lambda webhook_id: _rotating(webhook_id))
def rotate(webhook_id: UUID) -> Answer:
    """Make a new secret, and show it this once."""
    webhook, overlap = endpoints.find(account_id(), webhook_id), request.form.get("overlap", "")
    if overlap not in {str(seconds) for seconds, _, _ in OVERLAPS}:
        raise InvalidRequest("Choose for how long the old secret goes on.", field="overlap")
    rights, vault = endpoints.rights(webhook), context().vault
    changed, secret = rotating.rotate(account_id(), rights, webhook.id, vault, overlap_seconds=int(overlap))
    return page("webhooks/secret.html", webhook=changed, secret=secret, programs=PROGRAMS, new=False)


@upkeep.post("/webhooks/<uuid:webhook_id>/secret/overlap")
@submits("webhooks/rotate.html", given=lambda webhook_id: _rotating(webhook_id))
def end_overlap(webhook_id: UUID) -> Answer:
    """Have the old secret end now."""
    webhook = endpoints.find(account_id(), webhook_id)
    rotating.end_overlap(account_id(), endpoints.rights(webhook), webhook.id)
    return to("upkeep.ask_to_rotate", webhook_id=webhook.id, done="overlap_ended")


@upkeep.get("/webhooks/<uuid:webhook_id>/replay")
@shows("webhooks/replay.html")
def ask_to_replay(webhook_id: UUID) -> Shown:
    """What can be sent again."""
    return _replaying(webhook_id)


@upkeep.post("/webhooks/<uuid:webhook_id>/replay")
@submits("webhooks/replay.html", given=lambda webhook_id: _replaying(webhook_id))
def replay(webhook_id: UUID) -> Answer:
    """Send again what did not arrive within a time."""
    webhook, which = endpoints.find(account_id(), webhook_id), request.form.getlist("which")
    since, until = (moment(request.form.get(name, ""), name) for name in ("since", "until"))
    if since is None:
        raise InvalidRequest("Give the time from which on deliveries are missing.", field="since")
    if not which or not set(which) <= set(replaying.WHICH):
        raise InvalidRequest("Choose at least one of these.", field="which")
    rights = endpoints.rights(webhook)
    count, more = replaying.replay(account_id(), rights, webhook.id, settings(), since=since, until=until, which=which)
    return to("upkeep.ask_to_replay", webhook_id=webhook.id, sent=count, more=int(more))


def _named(webhook_id: UUID) -> dict[str, Any]:
    return {"webhook": endpoints.find(account_id(), webhook_id)}


def _rotating(webhook_id: UUID) -> dict[str, Any]:
    webhook = endpoints.find(account_id(), webhook_id)
    ends = webhook.old_secret_until
    return {"webhook": webhook, "overlaps": OVERLAPS, "old_ends": ends if ends and ends > now() else None}


def _replaying(webhook_id: UUID) -> dict[str, Any]:
    plain = {"since": f"{now() - timedelta(days=1):%Y-%m-%dT%H:%M}", "until": "", "which": ["failed"]}
    typed = {name: request.form.get(name, "") for name in ("since", "until")} | {"which": request.form.getlist("which")}
    return _named(webhook_id) | {
        "fields": typed if request.method == "POST" else plain,
        "sent": request.args.get("sent", type=int),
        "more": request.args.get("more") == "1",
        "most": replaying.MOST,
    }

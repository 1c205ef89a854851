"""Integrations: the account's API keys, and what of the hub is installed elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import Blueprint, request
from werkzeug.wrappers import Response as Answer

from app.accounts import connectors, own_keys
from app.config import MODES, mode_of
from app.crm import in_use
from app.crm.in_use import Use
from app.dashboard.connector_cards import CARDS, Card
from app.dashboard.context import account_id, context
from app.dashboard.views import Shown, page, shows, submits, to
from app.dashboard.whereabouts import hub_url
from app.errors import InvalidRequest

integrations = Blueprint("integrations", __name__, url_prefix="/settings/integrations")

_INDEX: Final = "settings/integrations.html"
_KEY: Final = "settings/key.html"


@dataclass(frozen=True, slots=True)
class Installed:
    """A connector's card, and what is known of its use."""

    card: Card
    in_use: bool
    spoke_at: datetime | None


def _listed() -> Shown:
    spoke, crms = connectors.last_uses(account_id()), in_use.uses(account_id())
    return {
        "valid": own_keys.valid(account_id()),
        "revoked": own_keys.revoked(account_id()),
        "installed": [_installed(card, spoke, crms) for card in CARDS],
        "url": hub_url(),
        "most_revoked": own_keys.MOST_REVOKED_SHOWN,
    }


def _one(key_id: UUID) -> Shown:
    return {"key": own_keys.get(account_id(), key_id), "back": "/settings/integrations"}


@integrations.get("")
@shows(_INDEX)
def index() -> Shown:
    """The keys, and a card for each connector."""
    return _listed()


@integrations.post("/keys")
@submits(_INDEX, given=_listed)
def make_key() -> Answer:
    """A new key, whose text is shown on this page."""
    wanted = request.form.get("mode", "")
    if wanted not in MODES:
        raise InvalidRequest("Choose test or live.", field="mode")
    key, text = own_keys.make(account_id(), mode_of(wanted), request.form.get("name", ""), context().vault)
    return page("settings/key_text.html", 201, key=key, text=text, url=hub_url(), new=True)


@integrations.get("/keys/<uuid:key_id>")
@shows(_KEY)
def show_key(key_id: UUID) -> Shown:
    """One key: what it is called, and what can be done with it."""
    return _one(key_id)


@integrations.post("/keys/<uuid:key_id>/name")
@submits(_KEY, given=_one)
def rename_key(key_id: UUID) -> Answer:
    """Call a key otherwise."""
    own_keys.rename(account_id(), key_id, request.form.get("name", ""))
    return to("integrations.show_key", done="saved", key_id=key_id)


@integrations.post("/keys/<uuid:key_id>/text")
@submits(_KEY, given=_one, once=False)
def show_key_again(key_id: UUID) -> Answer:
    """The text of a test key once more."""
    text = own_keys.shown_again(account_id(), key_id, context().vault)
    return page("settings/key_text.html", key=own_keys.get(account_id(), key_id), text=text, url=hub_url(), new=False)


@integrations.post("/keys/<uuid:key_id>/revoke")
@submits(_KEY, given=_one)
def revoke_key(key_id: UUID) -> Answer:
    """End a key."""
    own_keys.revoke(account_id(), key_id)
    return to("integrations.index", done="revoked")


def _installed(card: Card, spoke: Mapping[str, datetime], crms: Mapping[str, Use]) -> Installed:
    crm = crms.get(card.name, Use(connected=False, spoke_at=None))
    times = [at for at in (spoke.get(card.name), crm.spoke_at) if at]
    return Installed(card, crm.connected or bool(times), max(times, default=None))

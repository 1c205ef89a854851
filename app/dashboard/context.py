"""What the pages share: made once by `application.build`, reached through the Flask application."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import current_app, g

from app.accounts.sessions import SignedIn
from app.billing.checkout import Checkout
from app.calls.ports import Handset
from app.config import Mode, Settings
from app.crm.platform import Platform
from app.vault import Vault
from app.web.streams import Streams


@dataclass(frozen=True, slots=True)
class Context:
    """`vault` seals and opens secrets, `checkout` is where owners pay, `crms` are the CRMs by their keys, `streams`
    tell live views what changes, `handset` is the phone of who answers test calls by typing, where there is a sandbox.
    """

    settings: Settings
    vault: Vault
    checkout: Checkout
    crms: Mapping[str, Platform]
    streams: Streams
    handset: Handset | None


def context() -> Context:
    found: Context = current_app.extensions["mio"]
    return found


def settings() -> Settings:
    return context().settings


def checkout() -> Checkout:
    return context().checkout


def who() -> SignedIn:
    """Who looks at this page; the guard has seen to it that somebody is signed in."""
    found: SignedIn = g.signed_in
    return found


def account_id() -> UUID:
    return who().account_id


def mode() -> Mode:
    """The world that this page shows: `?mode=` of the link, else the session's."""
    found: Mode = g.mode
    return found

"""What the routes share: made once by `application.build`, reached through the Flask application."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app, g

from app.accounts.access import Identity
from app.accounts.usage import KeyUsage
from app.api.longpoll import Endings
from app.config import Settings
from app.crm.platform import Platform
from app.vault import Vault


@dataclass(frozen=True, slots=True)
class Context:
    """`vault` seals stored answers, `ended` wakes requests that wait for an end, `usage` notes uses of keys, `crms` are
    the CRMs by their keys.
    """

    settings: Settings
    vault: Vault
    ended: Endings
    usage: KeyUsage
    crms: Mapping[str, Platform]


def settings() -> Settings:
    return context().settings


def context() -> Context:
    found: Context = current_app.extensions["mio"]
    return found


def caller() -> Identity:
    """Who this request comes from; `auth` has seen to it that it comes from someone."""
    identity: Identity = g.caller
    return identity

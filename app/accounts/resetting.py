"""Another password: for who has forgotten it, through a link; for who knows it, by telling it."""

from typing import Final
from uuid import UUID

from app import notices
from app.accounts import letters, links, owners, passwords, profile, sessions, signing_in, tallies
from app.accounts.tallies import Limit
from app.config import Settings
from app.db import db
from app.models.owner import Owner

ASKING: Final = Limit("reset", most=20, within=3600)
LETTERS: Final = Limit("reset letter", most=5, within=3600)


def ask(settings: Settings, base: str, email: str, *, address: str) -> None:
    """Send a link to whoever signs in with this address, or word that nobody does.

    Raises InvalidRequest for what is no address, and LimitReached.
    """
    given = profile.checked_email(email.strip())
    tallies.require(ASKING, tallies.network(address), "Too many requests from your network. Try again in {wait}.")
    if tallies.take(LETTERS, owners.address(given)).wait:
        return
    with db.atomic():
        if owner := owners.find(given):
            to, letter = owner.email, letters.reset(base, links.issue("reset", {}, owner_id=owner.id))
        else:
            to, letter = given, letters.unknown(base)
        notices.send(to, *letter, settings)


def use(settings: Settings, base: str, token: str, password: str) -> Owner:
    """Set the password that a link allows to; every session ends, and so does a lock. One-time codes stay.

    Raises LinkGone for a link that does not work, InvalidRequest, and Unavailable.
    """
    link = links.look(token, "reset")
    owner = links.owner_of(link)
    kept = passwords.hashed(passwords.checked(password, owner.email))
    with db.atomic():
        links.spend(link)
        _set(owner, kept, base, settings)
        sessions.end_all(owner.id)
    tallies.forget(signing_in.BY_EMAIL, owners.address(owner.email))
    return owner


def change(settings: Settings, base: str, owner: Owner, password: str, *, but: UUID) -> None:
    """Set another password, for who has told the present one; every session ends but that of the id `but`.

    Raises InvalidRequest, and Unavailable.
    """
    kept = passwords.hashed(passwords.checked(password, owner.email, field="newPassword"))
    with db.atomic():
        _set(owner, kept, base, settings)
        sessions.end_all(owner.id, but=but)


def _set(owner: Owner, kept: str, base: str, settings: Settings) -> None:
    owners.set_password(owner.id, kept)
    owner.password_hash = kept
    notices.send(owner.email, *letters.password_changed(base), settings)

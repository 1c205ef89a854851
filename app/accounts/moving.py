"""Another e-mail address for an owner: asked for with the password, confirmed through a link to the new address."""

from typing import Final
from uuid import UUID

from app import notices
from app.accounts import letters, links, owners, profile, signing_in, tallies
from app.accounts.tallies import Limit
from app.config import Settings
from app.db import db
from app.errors import InvalidRequest
from app.models.owner import Link, Owner

ASKING: Final = Limit("move", most=10, within=3600)
LETTERS: Final = Limit("move letter", most=5, within=3600)


def ask(settings: Settings, base: str, owner: Owner, email: str) -> None:
    """Send a link to the new address, and word of it to the old one, for who has told the password.

    The same is said of an address that has an account. Raises InvalidRequest, and LimitReached.
    """
    new = profile.checked_email(email.strip())
    if new == owner.email:
        raise InvalidRequest("This is your address already.", field="email")
    tallies.require(ASKING, str(owner.id), "You have asked for many addresses. Try again in {wait}.")
    if tallies.take(LETTERS, owners.address(new)).wait:
        return
    with db.atomic():
        found = owners.find(new)
        if found and found.id != owner.id:
            to, letter = found.email, letters.move_taken(base)
        else:
            to, letter = new, letters.move(base, links.issue("email", {"email": new}, owner_id=owner.id))
        notices.send(to, *letter, settings)
        notices.send(owner.email, *letters.moving(base, new), settings)


def asks_password(link: Link, signed_in: UUID | None) -> bool:
    """Whether somebody else holds the link than the owner, who is signed in as `signed_in`: or a stranger could have
    the holder of an address make it the stranger's.
    """
    return link.owner_id != signed_in


def use(settings: Settings, base: str, token: str, *, signed_in: UUID | None, password: str) -> Owner:
    """Give the owner the address that a link confirms. Links that were sent to the old one lead nowhere.

    Raises LinkGone for a link that does not work, InvalidRequest for a wrong password, LimitReached, and Conflict when
    the address has got an account meanwhile. The caller has no transaction open.
    """
    link = links.look(token, "email")
    owner = links.owner_of(link)
    if asks_password(link, signed_in):
        signing_in.require_password(owner, password, "password")
    with db.atomic():
        links.spend(link)
        owners.move(owner, link.asked["email"])
        links.forget(owner.id)
        notices.send(owner.email, *letters.moved(base, link.asked["email"]), settings)
    return owners.get(owner.id)
